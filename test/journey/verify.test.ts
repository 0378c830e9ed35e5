import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('hostseal verify --batch answers what is no case, and a line of 17 MiB, and ends with 0 (needs no platform)', async () => {
  const child = spawn(path.resolve('bin/hostseal'), ['verify', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.write('{"id":"huge","trusted_certs":["');
  child.stdin.write('x'.repeat(17 * 1024 * 1024));
  child.stdin.end('"]}\nnonsense\n{"id":"empty"}');
  const answers = (await text(child.stdout)).trimEnd().split('\n');
  expect(answers.map((line) => (JSON.parse(line) as { id: string | null }).id)).toEqual(['huge', null, 'empty']);
  expect(answers.every((line) => line.includes('"FAILURE"'))).toBe(true);
  expect(await ended).toBe(0);
});

it('hostseal verify --batch ends without a word where nobody reads on, or the disk is full', async () => {
  const cases = '{"id":"a"}\n'.repeat(20_000);
  const unread = spawn(path.resolve('bin/hostseal'), ['verify', '--batch'], { stdio: ['pipe', 'pipe', 'pipe'] });
  unread.stdin.on('error', () => {}).end(cases);
  unread.stdout.once('data', () => unread.stdout.destroy());
  const full = spawn('sh', ['-c', 'exec bin/hostseal verify --batch > /dev/full'], { stdio: ['pipe', 'ignore', 'pipe'] });
  full.stdin.on('error', () => {}).end(cases);
  const endOf = async (child: ChildProcess) => {
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return [await text(child.stderr!), await ended];
  };
  expect(await Promise.all([unread, full].map(endOf))).toEqual([
    ['', 1],
    ['', 1],
  ]);
});
