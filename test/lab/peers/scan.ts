/** What the doctor and its peers both look for, in one form: versions as IANA numbers, suites and groups as IANA names. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SiteCheck } from '../../../src/cores/tls/check/site-check.js';
import { unwrap } from '../../../src/values/result.js';
import { part } from '../../support/suite/parts.js';

export type Scan = {
  /** Of each version that is spoken, in alphabetical order. */
  readonly suites: Readonly<Record<number, readonly string[]>>;
  /** In alphabetical order; absent where a peer does not look for them. */
  readonly groups?: readonly string[];
};

export const makeScan = (found: Iterable<readonly [version: number, suite: string]>, groups?: Iterable<string>): Scan => {
  const byVersion = Map.groupBy(found, ([version]) => version);
  const suites = Object.fromEntries([...byVersion].map(([version, all]) => [version, sorted(all.map(([, suite]) => suite))]));
  return groups === undefined ? { suites } : { suites, groups: sorted(groups) };
};
const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort();

/** Ours, of the first address. Fails where it could not find something out. */
export function scanOf({ addresses }: SiteCheck): Scan {
  const { versions, groups } = unwrap(addresses)[0]!;
  const suites = versions.flatMap(({ version, supported, suites: found }) => {
    if (!unwrap(supported)) return [];
    return unwrap(found!).names.map((name): [number, string] => [version, name]);
  });
  return makeScan(suites, groups ? unwrap(groups) : []);
}

/** Of our groups those that the peers of Debian 12 can name: their OpenSSL is of before the hybrid ones. */
export const known = (groups: readonly string[] = []): readonly string[] => groups.filter((name) => !name.includes('MLKEM'));

/** As peers write them. */
export const VERSIONS: Readonly<Record<string, number>> = {
  SSLv3: 0x0300,
  'TLSv1.0': 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
};

const run = promisify(execFile);
/** What it says on its standard output. */
export const ask = async (program: Parameters<typeof part>[0], args: readonly string[]): Promise<string> =>
  (await run(part(program), args, { maxBuffer: 2 ** 24 })).stdout;
