import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, it } from 'vitest';
import { makeAddressGuard } from '../src/adapters/network/address-guard.js';
import { makeDialer } from '../src/adapters/network/dialer.js';
import { makeProber } from '../src/adapters/network/probe/prober.js';
import { makeResolver } from '../src/adapters/network/resolver.js';
import { SystemRandom } from '../src/platform/random.js';
import type { Hostname } from '../src/values/hostname.js';
import { instant } from '../src/values/instant.js';
import { makeCa } from '../test/support/certificates.js';
import { installOn, startTestEdge, type TestEdge } from '../test/support/edge.js';
import { handshake } from '../test/support/handshake.js';
import { inTurns, print } from './figure.js';

const run = promisify(execFile);
const NAME = 'bench.localhost' as Hostname;
let edge: TestEdge;
beforeAll(async () => {
  edge = await startTestEdge();
  await installOn(edge, [{ name: NAME, certificates: [await makeCa().then((ca) => ca.issue({ names: [NAME] }))] }]);
});
afterAll(() => edge?.stop());

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
