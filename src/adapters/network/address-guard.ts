/**
 * Where Hostseal may dial: the public Internet, and what the configuration names exactly. Names, redirects and URLs come from
 * strangers; without this a stranger's DNS record could make us talk to the cloud's metadata service or to a database next door.
 * The guard sees addresses only, never names, and the dialer dials the very address that was seen (no rebinding).
 */
import { isGlobalUnicast, type IpAddress } from '../../values/ip-address.js';

/** An address outside the public ranges that may be dialled; without a port, every port of it. */
export type AllowedAddress = { readonly address: IpAddress; readonly port?: number };

export interface AddressGuard {
  allows(address: IpAddress, port: number): boolean;
}

export const makeAddressGuard = (allowed: readonly AllowedAddress[]): AddressGuard => ({
  allows: (address, port) =>
    isGlobalUnicast(address) || allowed.some((entry) => entry.address === address && (entry.port ?? port) === port),
});
