/** The file of HOSTSEAL_SERVERS: what is driven, and why it is not. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serversHere } from '../../../src/servers-here.js';
import { unwrap } from '../../../src/values/result.js';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'servers-file-'));
  file = join(folder, 'servers.json');
});
afterAll(() => rmSync(folder, { recursive: true }));

const PLACE = { binary: '/usr/sbin/nginx', mainConfiguration: '/etc/two/nginx.conf', tree: '/var/lib/two' };
const USUAL = { binary: '/usr/sbin/nginx', mainConfiguration: '/etc/nginx/nginx.conf', tree: '/var/lib/hostseal-nginx' };
const two = { name: 'two', kind: 'NGINX', place: PLACE };
const opened = (content: unknown, nginx?: typeof USUAL) => {
  rmSync(file, { force: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return serversHere({ serversFile: file, nginx });
};

it('names servers beside the nginx of the variables, which is the server nginx', () => {
  const none = { onDisk: [], cpanels: [] };
  expect(unwrap(serversHere({ serversFile: undefined, nginx: undefined }))).toEqual(none);
  expect(unwrap(opened([]))).toEqual(none);
  const found = unwrap(opened([two], USUAL)).onDisk;
  expect(found.map(({ name, kind, placed }) => [name, kind, placed.tree])).toEqual([
    ['nginx', 'NGINX', USUAL.tree],
    ['two', 'NGINX', PLACE.tree],
  ]);
});

it.each<[string, unknown, RegExp]>([
  ['no JSON', '[', /JSON/],
  ['no list', {}, /servers/],
  ['a field that there is not', [{ ...two, host: 'x' }], /servers\[0\]/],
  ['a name that is no name', [{ ...two, name: '../x' }], /servers\[0\]\.name/],
  ['the name of the edge', [{ ...two, name: 'edge' }], /servers\[0\]\.name/],
  ['a name twice', [two, { ...two, place: { ...PLACE, tree: '/other' } }], /two servers are called two/],
  ['a tree twice', [two, { ...two, name: 'three' }], /three and two have the same tree/],
  ['a kind that there is not', [{ ...two, kind: 'IIS' }], /two: IIS is none of/],
  ['a place without a tree', [{ ...two, place: { ...PLACE, tree: undefined } }], /two: tree/],
  ['a place with more than that', [{ ...two, place: { ...PLACE, user: 'root' } }], /two: place/],
  ['a path that means something to nginx', [{ ...two, place: { ...PLACE, tree: '/a;b' } }], /two: tree is not a plain absolute path/],
  ['more than a megabyte', ' '.repeat(1_048_577), /larger than/],
])('is refused for %s', (_, content, detail) => {
  const facts = { variable: 'HOSTSEAL_SERVERS', detail: expect.stringMatching(detail) };
  expect(opened(content)).toMatchObject({ problem: { code: 'CONFIG_INVALID', facts } });
});

it('is refused for a second server called nginx', () => {
  expect(opened([{ ...two, name: 'nginx' }], USUAL)).toMatchObject({
    problem: { facts: { detail: expect.stringContaining('HOSTSEAL_NGINX_CONFIG') } },
  });
});

it('is refused where it is not there, is no file, or is not safe from others', () => {
  const refused = (detail: RegExp) =>
    expect(serversHere({ serversFile: file, nginx: undefined })).toMatchObject({
      problem: { facts: { detail: expect.stringMatching(detail) } },
    });
  rmSync(file, { force: true });
  refused(/it is not there/);
  expect(spawnSync('mkfifo', [file]).status).toBe(0);
  refused(/it is not a file/);
  unwrapAny(opened([two]));
  chmodSync(file, 0o620);
  refused(/others may write it/);
  chmodSync(file, 0o600);
  if (process.getuid?.() !== 0) return;
  chownSync(file, 12_345, 12_345);
  refused(/belongs to another user/);
});

const unwrapAny = (result: ReturnType<typeof opened>) => void unwrap(result);
