/** A shop with a certificate of a CA that is trusted, and what goes wrong with it. */
import { generateKeyPairSync } from 'node:crypto';
import type { AddressCheck } from '../../../../src/cores/tls/check/site-check.js';
import type { Evidence } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { days, plus, type Duration, type Instant } from '../../../../src/values/instant.js';
import { ok } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf, NOW } from '../../pki/certificate-maker.js';
import { siteCheck } from '../../../support/tls/site-check.js';

export const root = makeAuthority('Root');
export const intermediate = makeAuthority('Intermediate', root);
export const chainOf = (leaf: { der: Uint8Array }) => [leaf.der, intermediate.certificate.der];
export const good = makeLeaf(intermediate);
export const later = (span: number): Instant => plus(NOW, span as Duration);
export const rsaKey = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;

export const evidence = (places: readonly AddressCheck[], more: Partial<Evidence> = {}): Evidence => ({
  check: siteCheck({ addresses: ok(places) }),
  now: NOW,
  roots: [root.certificate.der],
  fetchedIssuers: [],
  revoked: new Set(),
  ...more,
});

export const expired = { notBefore: later(days(-100)), notAfter: later(days(-10)) };
export const ofOther = makeLeaf(intermediate, ['other.example', 'www.other.example']);
export const selfMade = makeAuthority('shop.example');
export const nothingIsOurs = { otherTenants: new Set<string>() };
export const ours = { ...nothingIsOurs, expected: good.fingerprint };
