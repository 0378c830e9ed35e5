/**
 * Sites of ours and sites of others in one nginx. Which server answers is decided first by the address that a connection came to,
 * then by name: a server at one address hides those that listen on every address, and of two at one address with one name the
 * first in the files wins. nginx tests neither as an error; both would silently take a site away.
 */
import { ipVersion } from '../../../values/ip-address.js';
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { bindingKeyText, type BindingKey, type Listener } from '../installer.js';
import { listenerOf } from '../generations/site.js';
import type { ForeignServer } from './syntax/foreign-servers.js';

/** One SERVER_CONFIG_REFUSED for each of their sites that our addresses would hide. */
export function hidden(listeners: readonly Listener[], foreign: readonly ForeignServer[]): readonly Problem[] {
  return foreign.filter(hasName).flatMap(({ file, names, listens }) =>
    listeners.flatMap(({ address, httpPort, httpsPort }) => {
      const everywhere = ipVersion(address) === 4 ? '*' : '::';
      const port = [httpPort, httpsPort].find((each) => listens.some((listen) => listen.address === everywhere && listen.port === each));
      const detail = `${names[0] ?? ''} in ${file} listens on every address, and would be hidden at ${address}:${port}: give its listen an address`;
      return port === undefined ? [] : [problem('SERVER_CONFIG_REFUSED', { detail })];
    }),
  );
}

/** One SERVER_CONFIG_REFUSED, with the binding as its subject, for each that a site of theirs answers already. */
export function taken(keys: readonly BindingKey[], listeners: readonly Listener[], foreign: readonly ForeignServer[]): readonly Problem[] {
  const theirs = new Map<string, string>(
    foreign.flatMap(({ file, names, listens }) =>
      listens.flatMap(({ address, port }) => names.map((name) => [`${address} ${port} ${name.toLowerCase()}`, file] as const)),
    ),
  );
  return keys.flatMap((key) => {
    const { address, port, name } = key;
    const ports = [port, listenerOf(key, listeners)?.httpPort];
    const host = withoutWildcard(name);
    // `.host` stands for the host and all below it.
    const spellings = isWildcard(name) ? [name, `.${host}`] : [name, `.${name}`];
    const places = spellings.flatMap((each) => ports.map((at) => `${address} ${at} ${each}`));
    const file = places.map((place) => theirs.get(place)).find((each) => each !== undefined);
    const detail = `another server has ${name} at this address`;
    return file === undefined ? [] : [problem('SERVER_CONFIG_REFUSED', { detail, file }, { subject: bindingKeyText(key) })];
  });
}

/** The page that a fresh nginx shows to everybody is nobody's site. */
const hasName = ({ names }: ForeignServer): boolean => names.some((name) => !['', '_', 'localhost'].includes(name));
