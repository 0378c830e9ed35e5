/** One more site on an HAProxy with many: ours (staged, tested by it, swapped in on the disk and in its memory) beside the bare words to its socket. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listsOf } from '../src/adapters/installers/haproxy/lists.js';
import { unwrap } from '../src/values/result.js';
import { installOnHaproxy, putAt, startTestHaproxy, type TestHaproxy } from '../test/support/haproxy/haproxy.js';
import { makeCa, type TestCa, type TestCertificate } from '../test/support/pki/certificates.js';
import { handshake } from '../test/support/tls/handshake.js';
import { inTurns, print, timed } from './figure.js';

let haproxy: TestHaproxy;
let ca: TestCa;
beforeAll(async () => {
  [haproxy, ca] = [await startTestHaproxy(), await makeCa()];
});
afterAll(() => haproxy?.stop());

const ROUNDS = 20;
/** Names in one certificate of those that fill it up. */
const FILLED_AT_ONCE = 500;

it('one more site on HAProxy, until a handshake shows it', async () => {
  let there = 0;
  for (const wanted of [100, 1_000, 10_000]) {
    for (; there < wanted; there += Math.min(FILLED_AT_ONCE, wanted - there)) await fill(there, Math.min(there + FILLED_AT_ONCE, wanted));
    const sites = Array.from({ length: ROUNDS * 2 }, (_, at) => `o${wanted}-${at}.example`);
    const certificates = new Map<string, TestCertificate>();
    for (const name of sites) certificates.set(name, await ca.issue({ names: [name] }));
    const next = async (install: (name: string, certificate: TestCertificate) => Promise<unknown>) => {
      const name = sites.shift()!;
      const certificate = certificates.get(name)!;
      await install(name, certificate);
      expect((await handshake(place(), name)).fingerprint).toBe(certificate.fingerprint);
    };
    const samples = await inTurns(
      ROUNDS,
      () => next((name, certificate) => installOnHaproxy(haproxy.installer, putAt(haproxy, { [name]: [certificate] }))),
      () => next(byHand),
    );
    const peer = { name: 'its socket by hand, nothing on the disk', samples: samples.peer };
    print(`one more site on HAProxy with ${wanted}, and a handshake`, 'ms', samples.ours, peer);
    const all = await timed(async () => unwrap(await haproxy.installer.inventory()));
    print(`what HAProxy with ${wanted} serves, as its files and its memory say`, 'ms', [all], { missing: 'no peer keeps both' });
    // What was told by hand is in no file: taken away again.
    const put = await timed(async () => unwrap(await haproxy.installer.reload(1)));
    print(`all of ${wanted} compared and put right`, 'ms', [put], { missing: 'no peer does' });
    there += ROUNDS;
  }
}, 1_800_000);

const place = () => ({ address: haproxy.listeners[0].address, port: haproxy.listeners[0].httpsPort });

/** One leaf for all of them, but a file for each: HAProxy keeps every one. */
async function fill(from: number, to: number): Promise<void> {
  const names = Array.from({ length: to - from }, (_, at) => `f${from + at}.example`);
  const leaf = await ca.issue({ names });
  const sites = names.map((name): [string, TestCertificate[]] => [name, [{ ...leaf, chainPem: `${leaf.chainPem}# ${name}\n` }]]);
  const generation = unwrap(await haproxy.installer.stage(putAt(haproxy, Object.fromEntries(sites)), 1));
  unwrap(await haproxy.installer.apply(generation, 1));
  unwrap(await haproxy.installer.prune(1));
}

/** The least that brings a site: four words to the socket. */
async function byHand(name: string, { keyPem, chainPem }: TestCertificate): Promise<void> {
  const { tree } = haproxy.place;
  const ofFirst = listsOf(haproxy.listeners[0])[0]!;
  list ??= (await say('show ssl crt-list')).split('\n').find((line) => line.startsWith(`${tree}/shards/${ofFirst}`));
  const pem = `${keyPem}\n${chainPem}`.replace(/\n+/g, '\n');
  const path = `${tree}/certificates/${name}.pem`;
  await say(`new ssl cert ${path}`);
  await say(`set ssl cert ${path} <<\n${pem}\n`);
  await say(`commit ssl cert ${path}`);
  await say(`add ssl crt-list ${list} <<\n${path} ${name}\n`);
}

let list: string | undefined;

function say(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(haproxy.place.statsSocket, () => socket.write(`${command}\n`));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}
