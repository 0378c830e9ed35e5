/**
 * Sites of ours and sites of others in one Apache. Which host answers is decided first by the address that a connection came to, then by
 * name: a host at one address hides those that are for every address, and of those at one address the first that has the name wins, exact
 * or not. Apache tests none of that as an error; each would silently take a site away.
 */
import { isWildcard, withoutWildcard } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { listenerOf } from '../generations/site.js';
import { bindingKeyText, type BindingKey, type Listener } from '../installer.js';

export type KnownHost = {
  /** `*`: every address of the machine. */
  readonly address: string;
  /** 0: every port. */
  readonly port: number;
  readonly file: string;
  /** None where its file gives it none: the page that a fresh Apache shows to everybody is nobody's site. */
  readonly names: readonly string[];
  readonly isOurs: boolean;
};

/** One SERVER_CONFIG_REFUSED for each of their sites that our addresses would hide, or that would take the place of what is nobody's. `line`: ours. */
export function hidden(listeners: readonly Listener[], hosts: readonly KnownHost[], line: string): readonly Problem[] {
  const places = listeners.flatMap(({ address, httpPort, httpsPort }) => [httpPort, httpsPort].map((port) => ({ address, port })));
  const refuse = (detail: string) => problem('SERVER_CONFIG_REFUSED', { detail });
  return places.flatMap(({ address, port }) => {
    const at = `${address}:${port}`;
    const everywhere = hosts.filter((host) => host.address === '*' && [0, port].includes(host.port) && host.names.length > 0);
    // Whoever names the address too is not hidden by us.
    const losers = everywhere.filter(
      ({ names }) => !hosts.some((host) => host.address === address && [0, port].includes(host.port) && host.names[0] === names[0]),
    );
    const [first] = hosts.filter((host) => host.address === address && host.port === port);
    return [
      ...losers.map(({ names: [name = ''], file }) =>
        refuse(`${name} in ${file} is for every address, and would be hidden at ${at}: give its VirtualHost an address`),
      ),
      ...(first && !first.isOurs
        ? [refuse(`${first.names[0] ?? 'a host'} in ${first.file} comes first at ${at}: move "${line}" above it`)]
        : []),
    ];
  });
}

/** One SERVER_CONFIG_REFUSED, with the binding as its subject, for each that a site of theirs answers already, or whose wildcard would take one. */
export function taken(keys: readonly BindingKey[], listeners: readonly Listener[], hosts: readonly KnownHost[]): readonly Problem[] {
  const theirs = hosts.filter(({ isOurs }) => !isOurs);
  // Of thousands of bindings each is looked up; wildcards, of which there are few, look at all of theirs.
  const named = Map.groupBy(
    theirs.flatMap(({ address, port, file, names }) => names.map((name) => ({ address, port, file, name: name.toLowerCase() }))),
    ({ address, port, name }) => `${address} ${port} ${name}`,
  );
  return keys.flatMap((key) => {
    const { address, name } = key;
    const ports = [key.port, listenerOf(key, listeners)?.httpPort];
    const below = `.${withoutWildcard(name)}`;
    const [same] = ports.flatMap((port) => named.get(`${address} ${port} ${name}`) ?? []);
    const found =
      same ??
      (isWildcard(name)
        ? [...named.values()].flat().find((each) => each.address === address && ports.includes(each.port) && each.name.endsWith(below))
        : undefined);
    if (!found) return [];
    const detail = `another host has ${found.name} at this address`;
    return [problem('SERVER_CONFIG_REFUSED', { detail, file: found.file }, { subject: bindingKeyText(key) })];
  });
}
