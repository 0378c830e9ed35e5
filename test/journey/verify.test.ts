import { spawn } from 'node:child_process';
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
