import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, it } from 'vitest';
import { makeAddressGuard } from '../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../src/adapters/network/dialing/dialer.js';
import { makeProber } from '../src/adapters/network/probe/prober.js';
import { makeResolver } from '../src/adapters/network/dialing/resolver.js';
import { SystemRandom } from '../src/platform/random.js';
import type { Hostname } from '../src/values/hostname.js';
import { instant } from '../src/values/instant.js';
import { makeCa } from '../test/support/pki/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../test/support/edge.js';
import { handshake } from '../test/support/tls/handshake.js';
import { inTurns, print, type Peer } from './figure.js';
import { commandOf, PEERS, SSLSCAN } from './handshake/peers.js';
import { type Cost, type Process, runProgram, startProcess } from './handshake/process.js';
import { type Server, startServer } from './handshake/server.js';

const run = promisify(execFile);
const NAME = 'bench.localhost' as Hostname;
let edge: TestEdge;
let server: Server;
let ours: Process;
beforeAll(async () => {
  server = await startServer();
  ours = await startProcess('ours.mjs', server.place);
  edge = await startTestEdge();
  await installOn(edge, [{ name: NAME, certificates: [await makeCa().then((ca) => ca.issue({ names: [NAME] }))] }]);
});
afterAll(async () => {
  await ours?.stop();
  await server?.stop();
  await edge?.stop();
});

const wall = (costs: readonly Cost[]) => costs.map(({ wallMs }) => wallMs);
const cpu = (costs: readonly Cost[]) => costs.map(({ cpuMs }) => cpuMs);
const each = (costs: readonly Cost[], count: number) =>
  costs.map(({ wallMs, cpuMs }) => ({ wallMs: wallMs / count, cpuMs: cpuMs / count }));

/** In turns; the peer as often as it is worth. */
async function against(title: string, command: readonly string[], times: number, one: () => Promise<Cost>) {
  const costs = { ours: [] as Cost[], peer: [] as Cost[] };
  for (let round = 0; round < times; round++) {
    costs.ours.push(await one());
    costs.peer.push(await runProgram(command));
  }
  const peer = (samples: readonly number[]): Peer => ({ name: `${title}, with its process`, samples });
  return { ours: costs.ours, wall: peer(wall(costs.peer)), cpu: peer(cpu(costs.peer)) };
}

it('one handshake with the embedded edge', async () => {
  const { address, httpsPort: port } = edge.listeners[0]!;
  const clock = { now: () => instant(Date.now()) };
  const dialer = makeDialer({ guard: makeAddressGuard([{ address }]), resolver: makeResolver({ servers: [] }) });
  const prober = makeProber({ dialer, clock, random: new SystemRandom(), timeoutMs: 10_000 });
  const ours = () => prober.observe({ address, port, servername: NAME });
  const nodeTls = await inTurns(200, ours, () => handshake({ address, port }, NAME));
  print('a proof: one handshake, observed', 'ms', nodeTls.ours, { name: `node:tls ${process.version}, unobserved`, samples: nodeTls.peer });
  const { stdout } = await run('openssl', ['version']);
  const connect = ['s_client', '-connect', `${address}:${port}`, '-servername', NAME, '-no-interactive'];
  const openssl = await inTurns(50, ours, () => run('sh', ['-c', 'openssl "$@" < /dev/null', 'sh', ...connect.slice(0, -1)]));
  print('the same', 'ms', openssl.ours, {
    name: `${stdout.split(' ').slice(0, 2).join(' ')} s_client, with its process`,
    samples: openssl.peer,
  });
});

it('a full check, inside the service', async () => {
  const check = () => ours.run<{ connections: number; facts: number }>('check');
  for (let round = 0; round < 20; round++) await check();
  for (const peer of PEERS) {
    const command = commandOf(peer, server.place);
    if ('missing' in command) {
      print('a full check', 'ms', [(await check()).wallMs], command);
      continue;
    }
    const costs = await against(peer.title, command, peer.times, check);
    print('a full check, its processor time', 'ms', cpu(costs.ours), costs.cpu);
    print('a full check', 'ms', wall(costs.ours), costs.wall);
  }
  const { connections, facts } = await check();
  process.stdout.write(`it takes ${connections} connections, and shows ${facts} facts\n`);
});

it('a full check from the command line', async () => {
  const { port, sites } = server.place;
  const [site] = sites;
  const command = ['bin/hostseal', 'check', `${site!.name}:${port}`, '--connect', site!.address, '--roots', server.rootFile];
  const peer = commandOf(SSLSCAN, server.place);
  if ('missing' in peer) return print('hostseal check', 'ms', wall([await runProgram(command)]), peer);
  await runProgram(command);
  const costs = await against(SSLSCAN.title, peer, 15, () => runProgram(command));
  print('hostseal check, its processor time', 'ms', cpu(costs.ours), costs.cpu);
  print('hostseal check', 'ms', wall(costs.ours), costs.wall);
});

it('a sweep', async () => {
  const SITES = 2_000;
  const nodeTls = await startProcess('node-tls.mjs', server.place);
  const costs = { ours: [] as Cost[], peer: [] as Cost[] };
  for (let round = 0; round < 6; round++) {
    costs.ours.push(await ours.run('sweep', SITES));
    costs.peer.push(await nodeTls.run('sweep', SITES));
  }
  await nodeTls.stop();
  // The first of each warms up.
  const [mine, theirs] = [each(costs.ours.slice(1), SITES), each(costs.peer.slice(1), SITES)];
  const name = `node:tls ${process.version}, 64 at once`;
  print('a handshake of a sweep, its processor time', 'ms', cpu(mine), { name, samples: cpu(theirs) });
  print('a handshake of a sweep', 'ms', wall(mine), { name, samples: wall(theirs) });
  const { heldMb } = await ours.run<{ heldMb: number[] }>('memory', { count: 10_000, after: [1_000, 10_000] });
  const [early, late] = heldMb;
  print('memory after 10,000 sites of a sweep', 'MB', [late!], { name: 'after 1,000', samples: [early!] });
});
