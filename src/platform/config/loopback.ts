/** The default of HOSTSEAL_LISTEN names both loopback addresses; on a machine without IPv6 it means the one that is there. */
import os from 'node:os';

/** What an administrator names himself must be there: only the default gives way. */
export const listensOnIpv4Only = (variables: Readonly<Record<string, string | undefined>>): boolean =>
  !variables['HOSTSEAL_LISTEN'] && !hasAddress('::1');

const hasAddress = (address: string): boolean =>
  Object.values(os.networkInterfaces()).some((interfaces) => interfaces?.some((one) => one.address === address));
