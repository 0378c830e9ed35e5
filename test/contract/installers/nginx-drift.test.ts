/** What somebody changed by hand, found and set right: in files of ours, and in the line of the foreign configuration. */
import { appendFile, readdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Serving } from '../../../src/adapters/installers/installer.js';
import { unwrap } from '../../../src/values/result.js';
import { installOnNginx, putAt, startTestNginx, type TestNginx } from '../../support/nginx/nginx.js';
import { makeCa, type TestCertificate } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';

const NAMES = ['one.example', 'two.example', 'three.example'];

describe.each<Serving>(['FILES', 'BY_NAME'])('an nginx (%s) that somebody has laid hands on', (serving) => {
  let nginx: TestNginx;
  let certificates: readonly TestCertificate[];
  const inTree = (...path: readonly string[]) => join(nginx.place.tree, ...path);
  const all = () => putAt(nginx, Object.fromEntries(NAMES.map((name, at) => [name, [certificates[at]!]])));
  const shown = async () => {
    const { address, httpsPort: port } = nginx.listeners[0];
    return Promise.all(NAMES.map(async (name) => (await handshake({ address, port }, name)).fingerprint));
  };
  const wanted = () => certificates.map(({ fingerprint }) => fingerprint);
  const drift = async () => unwrap(await nginx.installer.drift()).map(({ path }) => path);

  beforeAll(async () => {
    nginx = await startTestNginx({ serving });
    const ca = await makeCa();
    certificates = await Promise.all(NAMES.map((name) => ca.issue({ names: [name] })));
    await installOnNginx(nginx.installer, all());
  });
  afterAll(() => nginx.stop());

  it('has none where nobody has, and setting right changes nothing', async () => {
    const before = await readdir(nginx.place.tree, { recursive: true });
    expect(await drift()).toEqual([]);
    expect(unwrap(await nginx.installer.setRight(1))).toEqual({ complete: true });
    expect(await readdir(nginx.place.tree, { recursive: true })).toEqual(before);
  });

  it.each([
    ['our line is taken out', async () => unline(), true],
    ['the foundation is changed', async () => appendFile(inTree(await oneOf('foundations')), '# by hand\n'), true],
    ['a stranger’s link lies among the certificates', async () => symlink('/etc/passwd', inTree('certificates', 'extra.pem')), true],
    ['a shard is changed', async () => appendFile(inTree(await oneOf('shards')), '# by hand\n'), false],
    ['a shard is gone', async () => unlink(inTree(await oneOf('shards'))), false],
    ['a certificate is another', async () => writeFile(inTree(await oneOf('certificates')), 'by hand\n'), false],
    ['the generation is changed', async () => appendFile(inTree(await oneOf('generations')), '# by hand\n'), false],
    ['the link to it leads elsewhere', async () => turn(inTree('current.conf')), true],
  ])('%s', async (_, change, complete) => {
    await change();
    expect(await drift()).toHaveLength(1);
    const before = (await readdir(inTree('found-by-hand')).catch(() => [])).length;
    const [path] = await drift();
    expect(unwrap(await nginx.installer.setRight(1))).toEqual({ complete });
    expect(await drift()).toEqual([]);
    // What was there is kept; what was taken away, or is not ours, cannot be.
    const kept = (await readdir(inTree('found-by-hand')).catch(() => [])).length - before;
    expect(kept).toBe(path?.startsWith('the configuration') || _.endsWith('gone') ? 0 : 1);
    // Nothing that strangers see has changed, and what is lost comes with the next change, as a deployment makes it.
    if (complete || serving === 'FILES') expect(await shown()).toEqual(wanted());
    if (!complete) await installOnNginx(nginx.installer, all());
    expect(await shown()).toEqual(wanted());
    expect(unwrap(await nginx.installer.inventory()).bindings).toHaveLength(NAMES.length);
    await nginx.kill();
    await nginx.start();
    expect(await shown()).toEqual(wanted());
  });

  if (serving === 'BY_NAME') {
    it('a name is turned, and another one added', async () => {
      const { address, httpsPort } = nginx.listeners[0];
      const link = inTree('names', `${address}_${httpsPort}`, 'exact', 'on', 'one.example');
      await turn(link);
      await symlink('/nowhere', inTree('names', `${address}_${httpsPort}`, 'exact', 'on', 'once.example'));
      expect(await drift()).toHaveLength(2);
      expect(unwrap(await nginx.installer.setRight(1))).toEqual({ complete: true });
      expect([await drift(), await shown()]).toEqual([[], wanted()]);
    });
  }

  async function unline(): Promise<void> {
    const main = await readFile(nginx.place.mainConfiguration, 'utf8');
    await writeFile(nginx.place.mainConfiguration, main.replace(/^.*current\.conf.*\n/m, ''));
  }
  async function turn(link: string): Promise<void> {
    await unlink(link);
    await symlink('/nowhere', link);
  }
  /** One that is in use now. */
  async function oneOf(folder: string): Promise<string> {
    const generation = `generations/${unwrap(await nginx.installer.inventory()).generation}.conf`;
    if (folder === 'generations') return generation;
    const text = await readFile(inTree(generation), 'utf8');
    if (folder === 'certificates') {
      const shard = await readFile(inTree(/shards\/[0-9a-f.]+\.conf/.exec(text)![0]), 'utf8');
      return `certificates/${/[0-9a-f]{64}\.[0-9a-f]{32}/.exec(shard)![0]}.pem`;
    }
    return new RegExp(`${folder}/[0-9a-z.]+\\.conf`).exec(text)![0];
  }
});
