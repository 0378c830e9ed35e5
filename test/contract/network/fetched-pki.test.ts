import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHttpClient, type HttpClient } from '../../../src/adapters/network/http/https.js';
import { MAX_CERTIFICATE_BYTES } from '../../../src/cores/pki/certificate.js';
import { makeIssuerFetcher } from '../../../src/adapters/network/issuer-fetcher.js';
import { makeRevocationLists } from '../../../src/adapters/network/revocation-lists.js';
import type { Resolver } from '../../../src/adapters/network/dialing/resolver.js';
import type { RevocationStatus } from '../../../src/cores/pki/revocation/revocation-status.js';
import { days, plus, type Instant } from '../../../src/values/instant.js';
import { toPem } from '../../../src/values/pem.js';
import { ok } from '../../../src/values/result.js';
import { explicit, implicit, integer, oid, sequence, set } from '../../support/pki/der.js';
import { Listeners } from '../../support/listen.js';
import { ip, loopbackDialer } from '../../support/network.js';
import { makeAuthority, makeLeaf, newKey, NOW } from '../../core/pki/certificate-maker.js';
import { extension } from '../../core/pki/path-rules/rule-table.js';
import { makeCrl } from '../../core/pki/revocation-maker.js';

const resolver: Resolver = { addresses: async () => ok([ip('127.0.0.1')]) };
const listeners = new Listeners();
let http11: HttpClient;
let now: Instant;
const clock = { now: () => now };
beforeEach(() => {
  now = NOW;
  http11 = makeHttpClient({ dialer: loopbackDialer(resolver), extraRoots: [] });
});
afterEach(() => listeners.stop());

/** Serves these, and counts who asks. */
async function serve(
  files: Readonly<Record<string, Uint8Array | string | number>>,
): Promise<{ at: (path: string) => string; asked: string[] }> {
  const asked: string[] = [];
  const port = await listeners.listen(
    http.createServer(({ url = '' }, response) => {
      asked.push(url);
      const file = files[url] ?? 404;
      if (typeof file === 'number') response.writeHead(file).end();
      else response.end(file);
    }),
  );
  return { at: (path) => `http://ca.example.test:${port}${path}`, asked };
}

const uri = (text: string) => implicit(6, text);
const listAt = (...urls: readonly string[]) =>
  extension('2.5.29.31', false, sequence(...urls.map((url) => sequence(explicit(0, explicit(0, uri(url)))))));
const issuerAt = (url: string) => extension('1.3.6.1.5.5.7.1.1', false, sequence(sequence(oid('1.3.6.1.5.5.7.48.2'), uri(url))));
const told = (status: RevocationStatus): string => (status.kind === 'UNKNOWN' ? status.why : status.kind);

describe('lists of revoked certificates', () => {
  const issuer = makeAuthority('CA');
  const leafWith = (...urls: readonly string[]) => makeLeaf(issuer, ['shop.example'], { plus: [listAt(...urls)] });
  const pem = (der: Uint8Array) => toPem('X509 CRL', der);
  const shape = { nextUpdate: plus(NOW, days(2)) };

  it('are fetched once, until they are out of date', async () => {
    const { at, asked } = await serve({ '/1.crl': makeCrl(issuer, shape) });
    const lists = makeRevocationLists({ http: http11, clock });
    const leaf = leafWith(at('/1.crl'));
    expect(await lists.statusOf(leaf, issuer.certificate)).toEqual({ kind: 'GOOD', until: shape.nextUpdate });
    await lists.statusOf(leaf, issuer.certificate);
    expect(asked).toHaveLength(1);
    now = plus(NOW, days(3));
    expect(told(await lists.statusOf(leaf, issuer.certificate))).toBe('the list is too old');
    expect(asked).toHaveLength(2);
  });

  it('asked for by many at once are fetched once', async () => {
    const { at, asked } = await serve({ '/1.crl': makeCrl(issuer, shape) });
    const lists = makeRevocationLists({ http: http11, clock });
    const leaf = leafWith(at('/1.crl'));
    const all = await Promise.all(Array.from({ length: 5 }, () => lists.statusOf(leaf, issuer.certificate)));
    expect([all.map(told), asked.length]).toEqual([Array.from({ length: 5 }, () => 'GOOD'), 1]);
  });

  it('say when and why, in PEM too, at the second place where the first has none', async () => {
    const leaf = (url: (path: string) => string) => leafWith(url('/gone.crl'), url('/2.crl'));
    const revoked = makeCrl(issuer, { ...shape, revoked: [makeLeaf(issuer).serial], reason: 4 });
    const { at } = await serve({ '/2.crl': pem(revoked) });
    expect(await makeRevocationLists({ http: http11, clock }).statusOf(leaf(at), issuer.certificate)).toMatchObject({
      kind: 'REVOKED',
      reason: 4,
    });
  });

  it('that somebody on the way made up are neither believed nor kept', async () => {
    const files: Record<string, Uint8Array> = { '/1.crl': makeCrl(issuer, { ...shape, key: newKey(), nextUpdate: plus(NOW, days(900)) }) };
    const { at } = await serve(files);
    const lists = makeRevocationLists({ http: http11, clock });
    const leaf = leafWith(at('/1.crl'));
    expect(told(await lists.statusOf(leaf, issuer.certificate))).toBe('the signature of the list is wrong');
    files['/1.crl'] = makeCrl(issuer, shape);
    expect(told(await lists.statusOf(leaf, issuer.certificate))).toBe('GOOD');
  });

  it.each([
    ['no place', [], /names no list/],
    ['a place without one', ['/none.crl'], /404/],
    ['garbage', ['/garbage.crl'], /cannot be read/],
    ['more than a list may have', ['/huge.crl'], /10485760/],
  ])('with %s are UNKNOWN, with the reason', async (_, paths, why) => {
    const { at } = await serve({ '/garbage.crl': 'garbage', '/huge.crl': Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(told(await makeRevocationLists({ http: http11, clock }).statusOf(leafWith(...paths.map(at)), issuer.certificate))).toMatch(why);
  });

  it('at a private address are not fetched', async () => {
    const guarded = makeHttpClient({ dialer: loopbackDialer({ addresses: async () => ok([ip('10.0.0.1')]) }), extraRoots: [] });
    const leaf = leafWith('http://ca.example.test/1.crl');
    expect(told(await makeRevocationLists({ http: guarded, clock }).statusOf(leaf, issuer.certificate))).toMatch(/10\.0\.0\.1/);
  });
});

describe('issuers that a server did not send', () => {
  const root = makeAuthority('Root');
  /** Root, two intermediates and a leaf, each saying where its issuer is. */
  const chainAt = (at: (path: string) => string) => {
    const upper = makeAuthority('Upper', root, { plus: [issuerAt(at('/root'))] });
    const lower = makeAuthority('Lower', upper, { plus: [issuerAt(at('/upper'))] });
    return { upper, lower, leaf: makeLeaf(lower, ['shop.example'], { plus: [issuerAt(at('/lower'))] }) };
  };
  const certsOnly = (...ders: readonly Uint8Array[]) =>
    sequence(
      oid('1.2.840.113549.1.7.2'),
      explicit(0, sequence(integer(1), set(), sequence(oid('1.2.840.113549.1.7.1')), explicit(0, ...ders), set())),
    );

  it('are fetched up to the root, in DER, in PEM and in a certs-only message, and each once', async () => {
    const files: Record<string, Uint8Array | string> = {};
    const { at, asked } = await serve(files);
    const { upper, lower, leaf } = chainAt(at);
    files['/lower'] = certsOnly(makeAuthority('Lower').certificate.der, lower.certificate.der);
    files['/upper'] = toPem('CERTIFICATE', upper.certificate.der);
    files['/root'] = root.certificate.der;
    const fetcher = makeIssuerFetcher({ http: http11, clock });
    const found = await fetcher.issuersOf(leaf);
    expect(found.ok && found.value.map(({ subject }) => subject)).toEqual(['CN=Lower,O=Test', 'CN=Upper,O=Test', 'CN=Root,O=Test']);
    await fetcher.issuersOf(leaf);
    expect(asked).toHaveLength(3);
  });

  it('are told as far as they are found', async () => {
    const files: Record<string, Uint8Array> = {};
    const { at } = await serve(files);
    const { lower, leaf } = chainAt(at);
    files['/lower'] = lower.certificate.der;
    const found = await makeIssuerFetcher({ http: http11, clock }).issuersOf(leaf);
    expect(found.ok && found.value.map(({ fingerprint }) => fingerprint)).toEqual([lower.certificate.fingerprint]);
  });

  it.each([
    ['nothing', 404, 'HTTP_STATUS_UNEXPECTED'],
    ['garbage', 'garbage', 'CERTIFICATE_UNREADABLE'],
    ['the certificate of somebody else', makeAuthority('Lower').certificate.der, 'CERTIFICATE_UNREADABLE'],
    ['more than a certificate may have', Buffer.alloc(MAX_CERTIFICATE_BYTES + 1), 'ANSWER_TOO_LARGE'],
  ])('where there is %s, are a problem', async (_, file, code) => {
    const { at } = await serve({ '/lower': file });
    expect(await makeIssuerFetcher({ http: http11, clock }).issuersOf(chainAt(at).leaf)).toMatchObject({ ok: false, problem: { code } });
  });

  it('of a certificate that names no place are none', async () => {
    expect(await makeIssuerFetcher({ http: http11, clock }).issuersOf(makeLeaf(root))).toEqual({ ok: true, value: [] });
  });
});
