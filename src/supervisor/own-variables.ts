/** Our variables of the environment, as everything after this reads them. */
import os from 'node:os';
import { say } from './problems.js';

export function ownVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const ours = Object.entries(env).filter((entry): entry is [string, string] => entry[0].startsWith('HOSTSEAL_') && entry[1] !== undefined);
  const variables = Object.fromEntries(ours);
  // The default names both loopback addresses; what an administrator names himself must be there.
  if (!variables['HOSTSEAL_LISTEN'] && !hasAddress('::1')) {
    say('This machine has no ::1; listening on 127.0.0.1 only.');
    variables['HOSTSEAL_LISTEN'] = '127.0.0.1';
  }
  return variables;
}

const hasAddress = (address: string): boolean =>
  Object.values(os.networkInterfaces()).some((interfaces) => interfaces?.some((one) => one.address === address));
