/** Ours: service.mjs as a process beside a real edge, asked over HTTP, watched in its database. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { freshDatabase, rows } from '../../test/support/database.js';
import { startTestEdge } from '../../test/support/edge.js';
import { rootsFile } from '../../test/support/acme/pebble.js';
import { addDomain, createSite, placeOrder, type Ask } from '../../test/support/story.js';
import { waitFor } from '../../test/support/suite/wait-for.js';
import { placeAt, type Contestant } from './contestant.js';

export async function startHostseal(): Promise<Contestant> {
  const [database, edge] = [await freshDatabase(), await startTestEdge()];
  const { address, httpPort, httpsPort } = edge.listeners[0]!;
  const place = await placeAt(httpPort);
  const acme = path.join(place.folder, 'acme');
  fs.mkdirSync(acme);
  fs.writeFileSync(path.join(acme, 'pebble.roots.pem'), rootsFile(place.pebble));
  const service = fork(path.join(import.meta.dirname, 'service.mjs'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
    serialization: 'advanced',
  });
  const ended = once(service, 'exit');
  service.send({
    env: {
      HOSTSEAL_HOME: place.folder,
      HOSTSEAL_LISTEN: address,
      HOSTSEAL_HTTP_PORT: `${httpPort}`,
      HOSTSEAL_HTTPS_PORT: `${httpsPort}`,
      HOSTSEAL_RATE_LIMIT: '1000000',
      HOSTSEAL_ACME_DIRECTORIES: `pebble=${place.pebble.directoryUrl}`,
      HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1',
      HOSTSEAL_DNS_SERVERS: place.pebble.dns.server,
    },
    databaseUrl: database.url,
    edgeControlSocket: edge.control.controlSocket,
  });
  const [{ url, tokenFile }] = (await Promise.race([
    once(service, 'message'),
    ended.then(() => Promise.reject(new Error('it ended'))),
  ])) as [{ url: string; tokenFile: string }];
  const ask = asker(url, fs.readFileSync(tokenFile, 'utf8').trim());
  await addDomain(ask, 'bench.test');
  const pids = [service.pid!, await edge.pid()];
  return {
    name: 'Hostseal',
    issue: async (names) => {
      const sites = await Promise.all(names.map((name) => createSite(ask, name)));
      const before = cpuOf(pids);
      const begun = performance.now();
      const orders = await Promise.all(sites.map((site) => placeOrder(ask, site)));
      const count = async (which: string) => {
        const [counted] = await rows(database.url, `SELECT count(*) AS n FROM orders WHERE id = ANY($1) AND ${which}`, [orders]);
        return Number(counted!['n']);
      };
      // Asked of the database: to ask the API again and again would be a load of its own.
      await waitFor('all to be stored', async () => (await count(`state = 'ISSUED'`)) === names.length, 60_000);
      const wallMs = performance.now() - begun;
      await waitFor('the files to be taken away', async () => (await count(`presented = '[]'`)) === names.length);
      return { wallMs, cpuMs: cpuOf(pids) - before };
    },
    issued: () => place.pebble.certificates().length,
    stop: async () => {
      service.kill();
      await ended;
      await place.leave();
      await edge.stop();
      await database.drop();
    },
  };
}

/** Milliseconds of user and system time (proc_pid_stat(5), fields 14 and 15), in ticks of ten. */
function cpuOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const afterName = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(afterName[11]) + Number(afterName[12]);
  });
  return ticks.reduce((sum, of) => sum + of, 0) * 10;
}

/** Over kept connections, as a script of a reseller asks. */
function asker(url: string, token: string): Ask {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return async (query, variables) => {
    const request = http.request(`${url}/graphql`, { method: 'POST', agent, headers });
    request.end(JSON.stringify({ query, variables }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const answer = JSON.parse(Buffer.concat(await response.toArray()).toString());
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data;
  };
}
