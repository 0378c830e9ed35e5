/** What the program says about itself, and what follows from it for what we may write. */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type ApacheBuild = {
  readonly software: string;
  readonly version: string;
  /** The one that its mod_ssl is linked with. */
  readonly tlsLibrary: string;
  /** mod_http2 is loaded, and its MPM can do with it. */
  readonly http2: boolean;
  /** X25519MLKEM768 is in OpenSSL from 3.5 on. */
  readonly hybridGroups: boolean;
};

/** What we cannot do without. */
export const NEEDED_MODULES = ['authz_core', 'rewrite', 'ssl'] as const;

export type Found = {
  /** What `-V` prints. */
  readonly version: string;
  /** What `-M` lists, of the foreign configuration alone: `ssl_module`. */
  readonly modules: readonly string[];
  /** Those of `NEEDED_MODULES` that lie in its folder. */
  readonly loadable: readonly string[];
  /** `OpenSSL 3.0.19`; empty where it was not found out. */
  readonly tlsLibrary: string;
};

/** SERVER_REFUSED where it says something else, is too old, or lacks what we need. */
export function readBuild({ version: output, modules, loadable, tlsLibrary }: Found): Result<ApacheBuild> {
  const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
  const [, software, version] = /^Server version: (Apache)\/(\d+\.\d+\.\d+)\b/m.exec(output) ?? [];
  if (software === undefined || version === undefined) return refuse('its program does not say that it is Apache, or which');
  // The first whose mod_ssl knows TLS 1.3.
  if (!isAtLeast(versionOf(version), [2, 4, 36])) return refuse(`Apache ${version} is too old; 2.4.36 is the oldest that it can be`);
  const lacks = NEEDED_MODULES.filter((name) => !modules.includes(`${name}_module`) && !loadable.includes(name));
  if (lacks.length > 0) return refuse(`it has no ${lacks.map((name) => `mod_${name}`).join(', ')}: install it, or load it`);
  if (tlsLibrary === '') return refuse('which OpenSSL its mod_ssl is linked with could not be found out');
  return ok({
    software,
    version,
    tlsLibrary,
    http2: modules.includes('http2_module') && !modules.includes('mpm_prefork_module'),
    hybridGroups: tlsLibrary.startsWith('OpenSSL ') && isAtLeast(versionOf(tlsLibrary.slice('OpenSSL '.length)), [3, 5]),
  });
}

const versionOf = (text: string): readonly number[] => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);

function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  const differs = wanted.findIndex((number, at) => (version[at] ?? 0) !== number);
  return differs < 0 || (version[differs] ?? 0) > (wanted[differs] ?? 0);
}
