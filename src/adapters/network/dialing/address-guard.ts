/**
 * Where Hostseal may dial: the public Internet, and what the configuration names exactly. Names, redirects and URLs come from
 * strangers; without this a stranger's DNS record could make us talk to the cloud's metadata service or to a database next door.
 * The guard sees addresses only, never names, and the dialer dials the very address that was seen (no rebinding).
 */
import { networkInterfaces } from 'node:os';
import { isGlobalUnicast, type IpAddress } from '../../../values/ip-address.js';

/** An address that may be dialled whatever its range; without a port, every port of it. */
type AllowedAddress = { readonly address: IpAddress; readonly port?: number };

export interface AddressGuard {
  allows(address: IpAddress, port: number): boolean;
}

/** What a web server shows to everybody: CA/B BR 1.6.1 "Authorized Ports", of which the others are for mail and shells. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/**
 * `ownAddresses`: of this machine. A firewall hides its other ports from strangers, but not from a connection that begins here,
 * so a public address of our own is no more open to us than to them.
 */
export const makeAddressGuard = (allowed: readonly AllowedAddress[], ownAddresses = addressesOfThisMachine): AddressGuard => ({
  allows: (address, port) =>
    allowed.some((entry) => entry.address === address && (entry.port ?? port) === port) ||
    (isGlobalUnicast(address) && (WEB_PORTS.has(port) || !ownAddresses().has(address))),
});

/** Asked anew each time: addresses come and go while we run. */
const addressesOfThisMachine = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)));
