/** docs/graphql.md is a script that works: its blocks are run as a reader would, by a shell, against the API over HTTP. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';

const SCRIPT = [...readFileSync('docs/graphql.md', 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)].map((block) => block[1]).join('\n');

describe('the session of docs/graphql.md', { timeout: 120_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'hostseal-docs-'));
  let edge: TestEdge;
  let app: TestApp;

  beforeAll(async () => {
    edge = await startTestEdge();
    app = await startTestApp({ edge });
    await app.nest.listen(0, '127.0.0.1');
    writeFileSync(join(home, 'admin.token'), app.adminToken, { mode: 0o600 });
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
    rmSync(home, { recursive: true });
  });

  it('leads from an empty platform to a site that handshakes prove secure', async () => {
    const { port } = app.nest.getHttpServer().address() as AddressInfo;
    const env = { PATH: process.env['PATH'], HOSTSEAL_HOME: home, HOSTSEAL_URL: `http://127.0.0.1:${port}/graphql` };
    // A shell without curl says so in `stderr`.
    const session = promisify(execFile)('sh', ['-eu', '-c', SCRIPT], { env, timeout: 90_000 });
    const { stdout, stderr } = await session.catch((ended: { stdout: string; stderr: string }) => ended);
    expect(stderr).toBe('');
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { data: unknown; errors?: unknown });
    expect(answers.filter(({ errors }) => errors !== undefined)).toEqual([]);
    expect(answers).toContainEqual({ data: { order: expect.objectContaining({ state: 'ISSUED', problem: null }) } });
    expect(answers).toContainEqual({ data: { site: expect.objectContaining({ security: expect.objectContaining({ state: 'SECURE' }) }) } });
    expect(answers.at(-1)).toEqual({ data: { placeOrder: expect.objectContaining({ code: 'QUOTE_REQUIRED' }) } });
  });
});
