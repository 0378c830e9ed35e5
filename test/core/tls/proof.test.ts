import { beforeAll, describe, expect, it } from 'vitest';
import type { HandshakeTarget, Observation, Session } from '../../../src/cores/tls/observation.js';
import { prove } from '../../../src/cores/tls/proof.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { days, instant, plus } from '../../../src/values/instant.js';
import { parseIpAddress } from '../../../src/values/ip-address.js';
import { problem } from '../../../src/values/problems/problem.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa, type TestCa, type TestCertificate } from '../../support/pki/certificates.js';

const now = instant(Date.now());
const shop = unwrap(parseHostname('shop.example.test'));
const blog = unwrap(parseHostname('blog.example.test'));
const target: HandshakeTarget = { address: unwrap(parseIpAddress('192.0.2.1')), port: 443, servername: shop };

const seen = (chain: readonly Uint8Array[]): Observation => {
  const session: Session = { protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', chain };
  return { at: now, target, steps: [], session };
};

describe('a proof', () => {
  let ca: TestCa;
  let other: TestCa;
  let certificate: TestCertificate;
  let roots: readonly Uint8Array[];
  beforeAll(async () => {
    [ca, other] = await Promise.all([makeCa(), makeCa('Somebody Else')]);
    certificate = await ca.issue({ names: ['shop.example.test'] });
    roots = [ca.rootDer];
  });
  const proveOf = (observation: Observation, fingerprint?: string, at = now) => prove(observation, { name: shop, fingerprint, roots }, at);

  it('is given for the certificate that was meant, with its path up to the root', () => {
    const proof = unwrap(proveOf(seen([certificate.leafDer, ca.intermediateDer]), certificate.fingerprint));
    expect(proof).toMatchObject({ name: shop, at: now });
    expect(proof.chain.map(({ der }) => der)).toEqual([certificate.leafDer, ca.intermediateDer, ca.rootDer]);
  });

  it('needs no fingerprint where any good certificate will do', () =>
    expect(proveOf(seen([certificate.leafDer, ca.intermediateDer])).ok).toBe(true));

  it('is not hindered by strangers, rubbish and duplicates among what was sent', () =>
    expect(
      proveOf(seen([certificate.leafDer, other.intermediateDer, new Uint8Array([1, 2]), ca.intermediateDer, ca.intermediateDer])).ok,
    ).toBe(true));

  it.each<[string, () => Observation | Promise<Observation>, object]>([
    [
      'no session: the failure is kept as the cause',
      () => ({ at: now, target, steps: [], failure: problem('TLS_ALERT', { alert: 'unrecognized_name' }) }),
      { code: 'NOT_SERVED', facts: { name: shop, address: '192.0.2.1', port: 443 }, sub: [{ code: 'TLS_ALERT' }] },
    ],
    ['a session without a certificate', () => seen([]), { code: 'NOT_SERVED', sub: [{ code: 'CERTIFICATE_UNREADABLE' }] }],
    [
      'a certificate that cannot be read',
      () => seen([new Uint8Array(9)]),
      { code: 'NOT_SERVED', sub: [{ code: 'CERTIFICATE_UNREADABLE' }] },
    ],
    ['the leaf alone', () => seen([certificate.leafDer]), { code: 'CHAIN_MISSING_INTERMEDIATE' }],
    [
      'a certificate of a stranger',
      async () => seen([(await other.issue({ names: [shop] })).leafDer, other.intermediateDer]),
      { code: 'CHAIN_UNTRUSTED' },
    ],
    [
      'another name',
      async () => seen([(await ca.issue({ names: [blog] })).leafDer, ca.intermediateDer]),
      { code: 'CERTIFICATE_NAME_MISMATCH' },
    ],
    [
      'an expired one',
      async () => seen([(await ca.issue({ names: [shop], notAfter: new Date(now - 1_000) })).leafDer, ca.intermediateDer]),
      { code: 'CERTIFICATE_EXPIRED' },
    ],
    [
      'one that is not valid yet',
      async () => seen([(await ca.issue({ names: [shop], notBefore: new Date(now + 60_000) })).leafDer, ca.intermediateDer]),
      { code: 'CERTIFICATE_NOT_YET_VALID' },
    ],
  ])('is refused for %s', async (_, observation, refusal) => {
    expect(proveOf(await observation())).toMatchObject({ ok: false, problem: refusal });
  });

  it('is refused for another certificate, good as it may be, and both are named', async () => {
    const newer = await ca.issue({ names: [shop] });
    expect(proveOf(seen([certificate.leafDer, ca.intermediateDer]), newer.fingerprint)).toMatchObject({
      problem: {
        code: 'SERVES_WRONG_CERTIFICATE',
        facts: { name: shop, address: '192.0.2.1', port: 443, shown: certificate.fingerprint, expected: newer.fingerprint },
      },
    });
  });

  it('is refused for one that is revoked, and not for others', () => {
    const observation = seen([certificate.leafDer, ca.intermediateDer]);
    const by = (...revoked: string[]) => prove(observation, { name: shop, roots, revoked: new Set(revoked) }, now);
    expect(by(certificate.fingerprint)).toMatchObject({ ok: false, problem: { code: 'CERTIFICATE_REVOKED', subject: shop } });
    expect(by('0'.repeat(64)).ok).toBe(true);
  });

  it('ends with the certificate: what was good when it was seen is expired later', () =>
    expect(proveOf(seen([certificate.leafDer, ca.intermediateDer]), undefined, plus(now, days(91)))).toMatchObject({
      problem: { code: 'CERTIFICATE_EXPIRED' },
    }));

  it('cannot be drawn from a handshake for another name', () => {
    const observation = seen([certificate.leafDer, ca.intermediateDer]);
    expect(() => prove(observation, { name: blog, roots }, now)).toThrow('says nothing about blog.example.test');
  });
});
