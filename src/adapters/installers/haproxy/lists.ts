/**
 * Sites by list. HAProxy is given its certificates in lists that are words of a `bind` line, at most about twenty of them; each list of ours is a
 * shard of the tree, and belongs to one address and port. A shard is named by five digits of its address and port, and one of the name.
 */
import { createHash } from 'node:crypto';
import { endpointText, type IpAddress } from '../../../values/ip-address.js';
import type { BindingKey, Listener } from '../installer.js';

type Endpoint = { readonly address: IpAddress; readonly port: number };

/** Five digits: two of a hundred addresses have the same in one of 200 configurations, which is refused (`endpointsCollide`). */
export const endpointId = (endpoint: Endpoint): string => digestOf(endpointText(endpoint)).slice(0, 5);
export const secureEndpoint = ({ address, httpsPort }: Listener): Endpoint => ({ address, port: httpsPort });

export const listOf = (key: BindingKey): string => `${endpointId(key)}${digestOf(key.name).slice(0, 1)}`;
export const listsOf = (listener: Listener): readonly string[] => DIGITS.map((digit) => `${endpointId(secureEndpoint(listener))}${digit}`);

export const endpointsCollide = (listeners: readonly Listener[]): boolean =>
  new Set(listeners.map((each) => endpointId(secureEndpoint(each)))).size < listeners.length;

const DIGITS = [...'0123456789abcdef'];
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
