/** A platform that `npm start` has started: one home, from a port that is in use to its last stop. Each test goes on where the one before ended. */
import { once } from 'node:events';
import fs from 'node:fs';
import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NewHome, type Run } from '../support/npm-start.js';
import { waitFor } from '../support/suite/wait-for.js';
import { handshake } from '../support/tls/handshake.js';

const MORE_THAN_A_LOG = 11 * 1024 * 1024;

describe('what npm start has started', { timeout: 120_000 }, () => {
  let own: NewHome;
  let run: Run;
  beforeAll(async () => void (own = await NewHome.make()));
  afterAll(() => own?.remove());

  it('is nothing where a port is in use, which is named', async () => {
    const { https: port } = own.ports;
    const other = net.createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      const refused = own.start();
      expect(await refused.exitCode).toBe(4);
      expect(refused.lines.at(-1)).toMatch(new RegExp(`port ${port} is in use.*HOSTSEAL_HTTPS_PORT.*\\[PORT_IN_USE\\]$`));
      expect(own.processes()).toEqual([]);
    } finally {
      other.close();
    }
  });

  it('gets ready, and refuses a second copy', async () => {
    run = own.start();
    await run.says(/^ready https:\/\//);
    const copy = own.start();
    expect(await copy.exitCode).toBe(3);
    expect(copy.lines).toEqual([expect.stringMatching(/^Another copy \(process \d+\) runs on .*\[ALREADY_RUNNING\]$/)]);
    expect(run.child.exitCode).toBeNull();
  });

  it('is started again where it is killed: without the API the edge serves what it served, and so does the edge after its own death', async () => {
    const { https: port } = own.ports;
    const [served, edge, api] = [await shown(port), own.edge(), own.api()];
    process.kill(api, 'SIGKILL');
    const statuses = [await panelStatus(port)];
    run.forget();
    const ready = run.says(/^ready /).then(() => true);
    while (!(await Promise.race([ready, Promise.resolve(false)]))) {
      statuses.push(await panelStatus(port));
      expect(await shown(port)).toEqual(served);
    }
    expect(new Set(statuses)).toEqual(new Set([502, 200])); // the proxy's answer while nobody is behind it
    expect([own.edge(), own.api() === api]).toEqual([edge, false]);

    const again = own.api();
    process.kill(edge, 'SIGKILL');
    expect(await waitFor('the edge to serve again', () => shown(port))).toEqual(served);
    expect([own.edge() === edge, own.api()]).toEqual([false, again]);
    expect(run.child.exitCode).toBeNull();
  });

  it('is adopted after a kill -9 of the supervisor, PostgreSQL and the edge; the API stops by itself', async () => {
    const before = own.processes();
    run.signal('SIGKILL');
    await run.exitCode;
    run = own.start();
    await run.says(/^ready /);
    expect(own.processes()).toEqual(before);
  });

  it('is stopped with it, all of it; and without the key of its vault it does not start again', async () => {
    expect(own.processes().length).toBeGreaterThanOrEqual(2); // PostgreSQL and the edge name the home on their command lines
    run.signal('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(own.processes()).toEqual([]);

    const [key, log] = [path.join(own.home, 'vault.key'), path.join(own.home, 'logs/postgresql.log')];
    fs.rmSync(key);
    fs.truncateSync(log, MORE_THAN_A_LOG);
    const second = own.start();
    expect(await second.exitCode).toBe(2);
    expect(second.lines).toEqual([expect.stringMatching(/^The vault's key file .*vault\.key cannot.*\[VAULT_KEY_FILE_UNUSABLE\]$/)]);
    expect(fs.existsSync(key)).toBe(false);
    expect(own.processes()).toEqual([]);
    // On the way it has made room in what PostgreSQL writes.
    expect([fs.statSync(`${log}.1`).size, fs.statSync(log).size < MORE_THAN_A_LOG]).toEqual([MORE_THAN_A_LOG, true]);
  });
});

/** The leaf that the panel's name is served with. */
const shown = (port: number) => handshake({ address: '127.0.0.1', port }, 'localhost').then(({ fingerprint }) => fingerprint);

/** What a caller of the API is answered with. */
async function panelStatus(port: number): Promise<number> {
  const request = https.get({
    host: '127.0.0.1',
    port,
    path: '/health/ready',
    servername: 'localhost',
    rejectUnauthorized: false,
    agent: false,
    headers: { host: `localhost:${port}` },
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}
