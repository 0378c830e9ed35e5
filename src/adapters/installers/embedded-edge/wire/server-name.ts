/**
 * Names as strangers send them: in SNI (RFC 6066 3) and in Host or :authority (RFC 9110 7.2). Read cheaply and without judgement:
 * what is not a bound name finds nothing.
 */

/** Lower-case, without the trailing dot; undefined for what cannot be a bound name (IP literals in brackets, other characters, too long). */
export function parseServerName(text: string | undefined | false | null): string | undefined {
  if (!text || text.length > 254) return undefined;
  const name = text.toLowerCase().replace(/\.$/, '');
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) ? name : undefined;
}

/** The name in `host[:port]`; undefined where it names no host that could be bound. */
export function parseAuthority(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^([^:]+)(?::\d{1,5})?$/.exec(text);
  return parseServerName(match?.[1]);
}

/** Under which names a binding for `name` may stand: the name itself, then the wildcard for its first label (RFC 6125 6.4.3). */
export function bindingNamesFor(name: string): readonly string[] {
  const dot = name.indexOf('.');
  return dot > 0 ? [name, `*${name.slice(dot)}`] : [name];
}
