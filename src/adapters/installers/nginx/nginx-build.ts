/** What the program says about itself, and what follows from it for what we may write. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type NginxBuild = {
  readonly software: string;
  readonly version: string;
  /** The one that it runs with, which a package update may have changed since it was built. */
  readonly tlsLibrary: string;
  /** How HTTP/2 is switched on: by a word of `listen`, from 1.25.1 on by a directive of its own. */
  readonly http2: 'ON_LISTEN' | 'DIRECTIVE' | 'ABSENT';
  /** X25519MLKEM768 is in OpenSSL from 3.5 on. */
  readonly hybridGroups: boolean;
  /** Can it look a certificate up by the name of the handshake? From 1.15.9 on. */
  readonly looksUp: boolean;
  /** Can it be told to keep certificates that it has looked up? From 1.27.4 on. */
  readonly keepsCertificates: boolean;
  /** Of its workers, unless its configuration says otherwise: the first of them that there is (auto/unix of its sources). */
  readonly groups: readonly string[];
  /** Where it writes the master's pid, unless its configuration says otherwise. */
  readonly pidPath: string;
};

/** From the output of `nginx -V`. SERVER_REFUSED where it says something else, or was built without what we need. */
export function readBuild(output: string): Result<NginxBuild> {
  const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
  const [, software, version] = /^nginx version: ([A-Za-z][A-Za-z-]*)\/(\d+(?:\.\d+){1,3})\b/m.exec(output) ?? [];
  if (software === undefined || version === undefined) return refuse('its program does not say that it is nginx, or which');
  const [, built, running] = /^built with (.+?)(?: \(running with (.+)\))?$/m.exec(output) ?? [];
  const options = new Map(
    [...output.matchAll(/(?<=\s)--([a-z0-9_-]+)(?:=('[^']*'|\S+))?/g)].map(([, name = '', value = '']) => [name, value]),
  );
  if (built === undefined || !options.has('with-http_ssl_module')) return refuse('it was built without TLS');
  if (!/^TLS SNI support enabled$/m.test(output)) return refuse('it was built without SNI');
  const tlsLibrary = running ?? built;
  const numbers = versionOf(version);
  return ok({
    software,
    version,
    tlsLibrary: tlsLibrary.replace(/ +\d{1,2} [A-Z][a-z]{2} \d{4}.*$/, ''),
    http2: !options.has('with-http_v2_module') ? 'ABSENT' : isAtLeast(numbers, [1, 25, 1]) ? 'DIRECTIVE' : 'ON_LISTEN',
    hybridGroups: tlsLibrary.startsWith('OpenSSL ') && isAtLeast(versionOf(tlsLibrary.slice('OpenSSL '.length)), [3, 5]),
    looksUp: isAtLeast(numbers, [1, 15, 9]) && !options.has('without-http_map_module') && !options.has('without-pcre'),
    keepsCertificates: isAtLeast(numbers, [1, 27, 4]),
    groups: [options.get('group') ?? options.get('user')].flatMap((name) => name ?? ['nobody', 'nogroup']),
    pidPath: options.get('pid-path') ?? `${options.get('prefix') ?? '/usr/local/nginx'}/logs/nginx.pid`,
  });
}

const versionOf = (text: string): readonly number[] => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);

function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  const differs = wanted.findIndex((number, at) => (version[at] ?? 0) !== number);
  return differs < 0 || (version[differs] ?? 0) > (wanted[differs] ?? 0);
}
