/** The story of `npm run demo`, on its real processes: `npm start`'s own, Pebble and nginx. `npm run deep -- demo` plays it at worse CAs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { playDemo } from '../support/demo.js';

it('the demo holds, from an empty machine to a change that is undone', { timeout: 240_000 }, async () => {
  const said = await playDemo();
  for (const what of ['proven by a handshake at each address', 'its window is open', 'the change ended as UNDONE', 'none failed'])
    expect(said).toContain(`✓ ${what}`);
});

it('Ctrl-C, and the same again by npm, ends it and takes away what it started', { timeout: 120_000 }, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-stopped-'));
  fs.chmodSync(folder, 0o755); // where root runs it, Hostseal becomes a user that has to get there
  const args = ['--experimental-transform-types', '--import', path.resolve('scripts/typescript-sources.mjs'), 'demo/main.ts'];
  const env = { ...process.env, TMPDIR: folder };
  const demo = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(demo, 'close');
  for await (const line of createInterface({ input: demo.stdout }))
    if (line.includes('starting Hostseal')) {
      demo.kill('SIGINT');
      demo.kill('SIGINT');
    }
  expect(await ended).toEqual([130, null]);
  expect(fs.readdirSync(folder)).toEqual([]);
  fs.rmSync(folder, { recursive: true });
});
