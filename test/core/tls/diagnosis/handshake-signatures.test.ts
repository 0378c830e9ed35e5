/** What is told from what a server signs its handshakes with in TLS 1.2 (RFC 9155). */
import { expect, it } from 'vitest';
import type { AddressCheck } from '../../../../src/cores/tls/check/site-check.js';
import { ok } from '../../../../src/values/result.js';
import { healthyAddress, versions } from '../../../support/tls/site-check.js';
import { chainOf, evidence, good } from './shop.js';
import { diagnosed } from './told.js';

const signingWith = (...names: readonly string[]): Partial<AddressCheck> => ({
  signatureAlgorithms: [{ version: 0x0303, names: ok(names) }],
});
const TLS12_ALONE = { 0x0303: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] };
const WITH_STATIC_RSA = { 0x0303: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_128_GCM_SHA256'] };

it.each<readonly [string, Partial<AddressCheck>, object[]]>([
  ['SHA-224, which is old and not forged', signingWith('rsa_pkcs1_sha256', 'rsa_pkcs1_sha224'), []],
  [
    'SHA-1 and MD5 beside SHA-256',
    signingWith('rsa_pkcs1_sha256', 'rsa_pkcs1_sha1', 'rsa_pkcs1_md5'),
    [{ cause: 'WEAK_HANDSHAKE_SIGNATURE', severity: 'WEAK', evidence: { algorithms: 'rsa_pkcs1_sha1, rsa_pkcs1_md5' } }],
  ],
  ['SHA-1 alone, with TLS 1.3 beside', signingWith('ecdsa_sha1'), [{ cause: 'WEAK_HANDSHAKE_SIGNATURE', severity: 'WEAK' }]],
  [
    'SHA-1 alone, with suites beside that sign nothing',
    { ...signingWith('rsa_pkcs1_sha1'), versions: versions(WITH_STATIC_RSA) },
    [{ cause: 'WEAK_HANDSHAKE_SIGNATURE', severity: 'WEAK' }, { cause: 'NO_TLS13' }],
  ],
  [
    'SHA-1 alone, and nothing else',
    { ...signingWith('ecdsa_sha1'), versions: versions(TLS12_ALONE) },
    [{ cause: 'WEAK_HANDSHAKE_SIGNATURE', severity: 'BROKEN' }, { cause: 'NO_TLS13' }],
  ],
])('a server that signs with %s', (_, changes, is) =>
  expect(diagnosed(evidence([healthyAddress(chainOf(good), changes)]))).toMatchObject(is),
);
