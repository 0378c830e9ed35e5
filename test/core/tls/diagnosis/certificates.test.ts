/** Causes that are told from the certificates that a site shows. */
import { generateKeyPairSync } from 'node:crypto';
import { OctetString } from '@peculiar/asn1-schema';
import { Extension } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import type { Diagnosis, Evidence } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { days, hours } from '../../../../src/values/instant.js';
import { ok } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf } from '../../pki/certificate-maker.js';
import { makeOcspResponse } from '../../pki/revocation-maker.js';
import { chainOf, evidence, expired, good, intermediate, later, nothingIsOurs, ofOther, root, rsaKey, selfMade } from './shop.js';
import { diagnosed } from './told.js';
import { healthyAddress, siteCheck, V6 } from '../../../support/tls/site-check.js';

/** What is told of a server that is healthy but for the chain that it shows. */
const told = (chain: readonly Uint8Array[], more: Partial<Evidence> = {}): readonly Diagnosis[] =>
  diagnosed(evidence([healthyAddress(chain)], more));

/** With the signature algorithm's OID changed to SHA-1 with RSA, in both places. */
function signedWithSha1(): Uint8Array {
  const authority = makeAuthority('RSA', root, { key: rsaKey(2048) });
  const leaf = Buffer.from(makeLeaf(authority, ['shop.example'], { signatureAlgorithm: 'RSA_SHA256' }).der);
  const oid = Buffer.from('2a864886f70d01010b', 'hex');
  for (let at = leaf.indexOf(oid); at !== -1; at = leaf.indexOf(oid, at + 1)) leaf[at + 8] = 0x05;
  return new Uint8Array(leaf);
}

describe('a healthy site', () => {
  it('is told nothing', () => expect(told(chainOf(good))).toEqual([]));

  it('is told nothing where the root is sent as well, or twice the same', () =>
    expect(told([...chainOf(good), root.certificate.der, root.certificate.der])).toEqual([]));

  it('is told nothing where its certificate is known to the panel', () =>
    expect(told(chainOf(good), { ours: { ...nothingIsOurs, expected: good.fingerprint, installed: [good.fingerprint] } })).toEqual([]));

  it('is told nothing where two certificates are shown by one server, and one of them is bound', () => {
    const other = makeLeaf(intermediate, ['shop.example'], { key: rsaKey(2048) });
    const place = healthyAddress(chainOf(good));
    const both = { ...place, certificates: [...place.certificates, { chain: chainOf(other), versions: [0x0303] }] };
    expect(diagnosed(evidence([both], { ours: { ...nothingIsOurs, expected: good.fingerprint } }))).toEqual([]);
  });

  it('is told of the other one where both are of one kind: two servers stand behind the place', () => {
    const other = makeLeaf(intermediate, ['shop.example']);
    const place = healthyAddress(chainOf(good));
    const both = { ...place, certificates: [...place.certificates, { chain: chainOf(other), versions: [0x0303] }] };
    const found = diagnosed(evidence([both], { ours: { ...nothingIsOurs, expected: good.fingerprint } }));
    expect(found).toMatchObject([{ cause: 'WRONG_CERTIFICATE', evidence: { shown: other.fingerprint } }]);
  });
});

describe('a certificate', () => {
  it.each<{ name: string; found: () => readonly Diagnosis[]; is: object }>([
    {
      name: 'that has ended',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], expired))),
      is: { cause: 'EXPIRED', severity: 'BROKEN', whoActs: 'ADMIN', evidence: { notAfter: '2026-11-14T12:00:00.000Z', daysAgo: 10 } },
    },
    {
      name: 'that holds from tomorrow on',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], { notBefore: later(days(1)) }))),
      is: { cause: 'NOT_YET_VALID', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'with 13 of 90 days left',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], { notBefore: later(days(-77)), notAfter: later(days(13)) }))),
      is: { cause: 'EXPIRES_SOON', severity: 'WEAK', evidence: { daysLeft: 13 } },
    },
    {
      name: 'with 1 of 6 days left',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], { notBefore: later(days(-5)), notAfter: later(days(1)) }))),
      is: { cause: 'EXPIRES_SOON', severity: 'WEAK' },
    },
    {
      name: 'for other names',
      found: () => told(chainOf(ofOther)),
      is: {
        cause: 'HOSTNAME_MISMATCH',
        severity: 'BROKEN',
        whoActs: 'ADMIN',
        evidence: { covered: 'other.example, www.other.example' },
        alsoSeen: [],
      },
    },
    {
      name: 'for one label more than a wildcard stands for',
      found: () => told(chainOf(makeLeaf(intermediate, ['*.shop.example']))),
      is: { cause: 'HOSTNAME_MISMATCH' },
    },
    {
      name: 'for other names, whatever name is asked for',
      found: () => {
        const everyone = ok({ kind: 'CERTIFICATE' as const, chain: chainOf(ofOther) });
        return diagnosed(evidence([healthyAddress(chainOf(ofOther), { withoutName: everyone, wrongName: everyone })]));
      },
      is: { cause: 'HOSTNAME_MISMATCH', alsoSeen: ['SNI_IGNORED'] },
    },
    {
      name: 'that the server made for itself',
      found: () =>
        told([selfMade.certificate.der], {
          check: siteCheck({ name: undefined, addresses: ok([healthyAddress([selfMade.certificate.der])]) }),
        }),
      is: { cause: 'SELF_SIGNED', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'of a private CA',
      found: () => told(chainOf(good), { roots: [makeAuthority('Another root').certificate.der] }),
      is: { cause: 'UNTRUSTED_CA', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'with its whole chain of a private CA',
      found: () => told([...chainOf(good), root.certificate.der], { roots: [] }),
      is: { cause: 'UNTRUSTED_CA' },
    },
    {
      name: 'without its intermediate, which was fetched',
      found: () => told([good.der], { fetchedIssuers: [intermediate.certificate.der] }),
      is: {
        cause: 'CHAIN_INCOMPLETE',
        severity: 'BROKEN',
        whoActs: 'ADMIN',
        evidence: { known: 'yes', missing: intermediate.certificate.subject },
      },
    },
    {
      name: 'without its intermediate, which another address sends',
      found: () => diagnosed(evidence([healthyAddress([good.der]), healthyAddress(chainOf(good), { address: V6 })])),
      is: { cause: 'ADDRESSES_DIFFER', alsoSeen: ['CHAIN_INCOMPLETE'] },
    },
    {
      name: 'without its intermediate, which nobody has',
      found: () => told([good.der]),
      is: { cause: 'CHAIN_INCOMPLETE', evidence: { known: 'no', missing: intermediate.certificate.subject } },
    },
    {
      name: 'with another intermediate than its own',
      found: () =>
        told([good.der, makeAuthority('Intermediate', root).certificate.der], { fetchedIssuers: [intermediate.certificate.der] }),
      is: { cause: 'CHAIN_INCOMPLETE', evidence: { known: 'yes' } },
    },
    {
      name: 'behind the root',
      found: () => told([good.der, root.certificate.der, intermediate.certificate.der]),
      is: { cause: 'CHAIN_OUT_OF_ORDER', severity: 'WEAK', whoActs: 'ADMIN' },
    },
    {
      name: 'that is revoked',
      found: () => told(chainOf(good), { revoked: new Set([good.fingerprint]) }),
      is: { cause: 'REVOKED', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'whose intermediate is revoked',
      found: () => told(chainOf(good), { revoked: new Set([intermediate.certificate.fingerprint]) }),
      is: { cause: 'REVOKED', severity: 'BROKEN', whoActs: 'CA' },
    },
    {
      name: 'whose intermediate has ended',
      found: () => {
        const old = makeAuthority('Old', root, { notAfter: later(hours(-1)), notBefore: later(days(-9)) });
        return told([makeLeaf(old).der, old.certificate.der]);
      },
      is: { cause: 'EXPIRED', severity: 'BROKEN', whoActs: 'CA', evidence: { part: 'intermediate certificate' } },
    },
    {
      name: 'with a key of 1024 bits',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], { key: rsaKey(1024) }))),
      is: { cause: 'WEAK_KEY', severity: 'BROKEN', whoActs: 'ADMIN', evidence: { key: 'RSA_1024' } },
    },
    {
      name: 'with an exponent of 3',
      found: () =>
        told(
          chainOf(
            makeLeaf(intermediate, ['shop.example'], {
              key: generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey,
            }),
          ),
        ),
      is: { cause: 'WEAK_KEY', evidence: { weakness: 'the RSA exponent is out of range' } },
    },
    {
      name: 'signed with SHA-1',
      found: () => told([signedWithSha1()]),
      is: { cause: 'WEAK_SIGNATURE', severity: 'BROKEN', whoActs: 'ADMIN', evidence: { algorithm: 'SHA-1 with RSA' } },
    },
    {
      name: 'that is for no server',
      found: () => told(chainOf(makeLeaf(intermediate, ['shop.example'], { without: ['2.5.29.37'], plus: [] })), { roots: [] }),
      is: { cause: 'UNTRUSTED_CA' },
    },
    {
      name: 'that is no certificate',
      found: () => told([new Uint8Array([1, 2, 3])]),
      is: { cause: 'CERTIFICATE_UNUSABLE', severity: 'BROKEN', evidence: { code: 'CERTIFICATE_UNREADABLE' } },
    },
    {
      name: 'that a firewall made up',
      found: () => {
        const firewall = makeAuthority('Fortinet CA');
        return told([makeLeaf(firewall).der, firewall.certificate.der]);
      },
      is: { cause: 'INTERCEPTED', severity: 'BROKEN', whoActs: 'ADMIN', evidence: { by: 'name' }, alsoSeen: ['UNTRUSTED_CA'] },
    },
    {
      name: 'whose issuer nobody else sees',
      found: () => told(chainOf(good), { elsewhere: [{ place: 'fra1', issuer: 'CN=R11', fingerprint: 'ab' }] }),
      is: { cause: 'INTERCEPTED', evidence: { by: 'vantage', elsewhere: 'CN=R11', place: 'fra1' } },
    },
    {
      name: 'of a public CA that no log knows',
      found: () => told(chainOf(good), { publicRoots: new Set([root.certificate.fingerprint]) }),
      is: { cause: 'NOT_LOGGED', severity: 'BROKEN', whoActs: 'CA', evidence: { logs: 0, needed: 2 } },
    },
  ])('$name', ({ found, is }) => expect(found()).toMatchObject([is]));

  it('of the same issuer in another place is another server, and nobody in between', () =>
    expect(told(chainOf(good), { elsewhere: [{ place: 'fra1', issuer: good.issuer, fingerprint: 'ab' }] })).toEqual([]));

  it('whose root is public is not taken for a firewall because of its name', () => {
    const cisco = makeAuthority('Cisco Umbrella');
    const chain = [makeLeaf(cisco).der];
    const trusted = { roots: [cisco.certificate.der], publicRoots: new Set([cisco.certificate.fingerprint]) };
    expect(told(chain, trusted)).toMatchObject([{ cause: 'NOT_LOGGED' }]);
  });

  const stapled = (leaf: { der: Uint8Array }, staple?: Uint8Array) => {
    const place = healthyAddress(chainOf(leaf));
    return diagnosed(evidence([{ ...place, certificates: [{ ...place.certificates[0]!, ...(staple && { staple }) }] }]));
  };
  it('with a staple that is none', () =>
    expect(stapled(good, new Uint8Array([1]))).toMatchObject([
      { cause: 'STAPLE_WRONG', severity: 'WEAK', evidence: { detail: 'not DER' } },
    ]));

  it('with a staple that says so is revoked', () =>
    expect(stapled(good, makeOcspResponse(good, intermediate, { status: 'REVOKED' }))).toMatchObject([
      { cause: 'REVOKED', severity: 'BROKEN' },
    ]));

  it('with a staple that is too old is told', () =>
    expect(stapled(good, makeOcspResponse(good, intermediate, { nextUpdate: later(hours(-1)) }))).toMatchObject([
      { cause: 'STAPLE_WRONG', severity: 'WEAK', evidence: { detail: 'the response is too old' } },
    ]));

  it('with a good staple is healthy', () => expect(stapled(good, makeOcspResponse(good, intermediate))).toEqual([]));

  it('that promises a staple, and comes without', () => {
    const mustStaple = new Extension({
      extnID: '1.3.6.1.5.5.7.1.24',
      extnValue: new OctetString(new Uint8Array([0x30, 3, 2, 1, 5])),
    });
    expect(stapled(makeLeaf(intermediate, ['shop.example'], { plus: [mustStaple] }))).toMatchObject([
      { cause: 'STAPLE_WRONG', severity: 'BROKEN' },
    ]);
  });

  it('is judged at the time that is asked for', () =>
    expect(told(chainOf(good), { now: later(days(91)) })).toMatchObject([{ cause: 'EXPIRED' }]));
});
