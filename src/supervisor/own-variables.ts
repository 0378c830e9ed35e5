/** Our variables of the environment, as everything after this reads them. */
import { listensOnIpv4Only } from '../platform/config/loopback.js';
import { say } from './problems.js';

export function ownVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const ours = Object.entries(env).filter((entry): entry is [string, string] => entry[0].startsWith('HOSTSEAL_') && entry[1] !== undefined);
  const variables = Object.fromEntries(ours);
  if (listensOnIpv4Only(variables)) {
    say('This machine has no ::1; listening on 127.0.0.1 only.');
    variables['HOSTSEAL_LISTEN'] = '127.0.0.1';
  }
  return variables;
}
