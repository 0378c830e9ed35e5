/** testssl.sh: versions, each suite by each version, groups. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { RunningServer } from '../lab.js';
import { ask, makeScan, type Scan } from './scan.js';

export async function testssl({ host, port, addresses: [address = ''] }: RunningServer): Promise<Scan> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'hostseal-testssl-'));
  const file = path.join(directory, 'found.json');
  const quietly = ['--quiet', '--warnings', 'off', '--color', '0'];
  try {
    await ask('testssl', [...quietly, '-p', '-E', '-f', '--ip', address, '--jsonfile', file, `${host}:${port}`]);
    return read(JSON.parse(await readFile(file, 'utf8')) as readonly Finding[]);
  } finally {
    await rm(directory, { recursive: true });
  }
}

type Finding = { readonly id: string; readonly finding: string };

function read(found: readonly Finding[]): Scan {
  const suites = found.flatMap(({ id, finding }): [number, string][] => {
    const version = VERSIONS[/^cipher-(.+)_x/.exec(id)?.[1] ?? ''];
    return version === undefined ? [] : [[version, words(finding).at(-1)!]];
  });
  const named = (wanted: string): readonly string[] => words(found.find(({ id }) => id === wanted)?.finding ?? '');
  // Among the finite fields it also names parameters of a server's own, which are no group that is agreed on.
  const groups = [...named('PFS_ECDHE_curves'), ...named('DH_groups').filter((name) => name.startsWith('ffdhe'))];
  return makeScan(
    suites,
    groups.map((name) => GROUPS[name] ?? name),
  );
}

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/** As it writes them (3.0). */
const VERSIONS: Readonly<Record<string, number>> = { ssl3: 0x0300, tls1: 0x0301, tls1_1: 0x0302, tls1_2: 0x0303, tls1_3: 0x0304 };
const GROUPS: Readonly<Record<string, string>> = { prime256v1: 'secp256r1', X25519: 'x25519', X448: 'x448' };
