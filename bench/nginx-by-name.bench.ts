/** One more site on an nginx that looks certificates up by name, beside the bare reload that one from files would take; and what a handshake costs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, it } from 'vitest';
import type { Serving } from '../src/adapters/installers/installer.js';
import { installOnNginx, putAt, startTestNginx, workersOf, type TestNginx } from '../test/support/nginx/nginx.js';
import { makeCa, type TestCa } from '../test/support/pki/certificates.js';
import { handshake } from '../test/support/tls/handshake.js';
import { print, timed } from './figure.js';

let ca: TestCa;
const running: TestNginx[] = [];
const start = async (serving: Serving): Promise<TestNginx> => {
  const nginx = await startTestNginx({ serving });
  running.push(nginx);
  return nginx;
};
beforeAll(async () => void (ca = await makeCa()));
afterAll(async () => {
  for (const nginx of running) await nginx.stop();
});

const ROUNDS = 15;
const AT_ONCE = 2000;

it('one more site: staged, tested, shown; beside `nginx -s reload` of the same number from files', { timeout: 3_600_000 }, async () => {
  const [byName, files] = [await start('BY_NAME'), await start('FILES')];
  const wildcard = await ca.issue({ names: ['*.filler.example'] });
  let there = 0;
  for (const wanted of [100, 1000, 10_000]) {
    for (; there < wanted; there = Math.min(wanted, there + AT_ONCE)) {
      const names = Array.from({ length: Math.min(AT_ONCE, wanted - there) }, (_, at) => `f${there + at}.filler.example`);
      for (const nginx of [byName, files]) {
        await installOnNginx(nginx.installer, putAt(nginx, Object.fromEntries(names.map((name) => [name, [wildcard]]))));
      }
    }
    const samples = { ours: [] as number[], peer: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const name = `site${wanted}-${round}.example`;
      const certificates = [await ca.issue({ names: [name] })];
      samples.ours.push(await timed(() => installOnNginx(byName.installer, putAt(byName, { [name]: certificates }))));
      if (round % 3 === 0) samples.peer.push(await timed(() => bareReload(files)));
    }
    print(`one more site beside ${wanted} by name`, 'ms', samples.ours, {
      name: '`nginx -s reload` from files, new workers there',
      samples: samples.peer,
    });
  }
});

it('CPU of a full handshake in the workers', async () => {
  const costs: Record<string, number[]> = {};
  const certificate = await ca.issue({ names: ['site.example'] });
  const rsa = await ca.issue({ names: ['pair.example'], algorithm: 'RSA' });
  const made = {
    files: await start('FILES'),
    'by name': await start('BY_NAME'),
    'by name, for pairs': await start('BY_NAME'),
  };
  for (const nginx of Object.values(made)) await installOnNginx(nginx.installer, putAt(nginx, { 'site.example': [certificate] }));
  await installOnNginx(
    made['by name, for pairs'].installer,
    putAt(made['by name, for pairs'], { 'pair.example': [await ca.issue({ names: ['pair.example'] }), rsa] }),
  );
  for (let round = 0; round < 5; round++) {
    for (const [which, nginx] of Object.entries(made)) (costs[which] ??= []).push(await cpuOf(nginx, 400));
  }
  const peer = { name: 'nginx from files', samples: costs['files']! };
  for (const which of ['by name', 'by name, for pairs']) print(`CPU of a full handshake, ${which}`, 'ms', costs[which]!, peer);
});

async function bareReload(nginx: TestNginx): Promise<void> {
  const before = await workersOf(nginx);
  const { binary, mainConfiguration } = nginx.place;
  const child = spawn(binary, ['-s', 'reload', '-c', mainConfiguration, '-e', `${nginx.directory}/error.log`], { stdio: 'ignore' });
  await once(child, 'exit');
  while ((await workersOf(nginx)).some((pid) => before.includes(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Milliseconds of the workers for each of so many, by proc_pid_stat(5). */
async function cpuOf(nginx: TestNginx, handshakes: number): Promise<number> {
  const { address, httpsPort: port } = nginx.listeners[0];
  const before = await ticks(nginx);
  for (let done = 0; done < handshakes; done += 4) await Promise.all([1, 2, 3, 4].map(() => handshake({ address, port }, 'site.example')));
  return (((await ticks(nginx)) - before) * MS_PER_TICK) / handshakes;
}

async function ticks(nginx: TestNginx): Promise<number> {
  let sum = 0;
  for (const pid of await workersOf(nginx)) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    sum += Number(fields[11]) + Number(fields[12]);
  }
  return sum;
}
const MS_PER_TICK = 10;
