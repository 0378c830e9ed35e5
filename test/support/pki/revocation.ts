/**
 * What a test's CA says about revocation: lists (RFC 5280 5) and OCSP answers (RFC 6960 4.2) to be stapled. The answers are written out
 * by hand, so that stale ones can be made, which `openssl ocsp` refuses to.
 */
import 'reflect-metadata';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { AuthorityKeyIdentifierExtension, Extension, X509CrlGenerator } from '@peculiar/x509';
import { createHash, KeyObject, sign } from 'node:crypto';
import type { Authority, TestCertificate } from './certificates.js';
import { explicit, implicit, integer, octets, oid, sequence, tlv } from './der.js';

const DAY = 24 * 3_600_000;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

type Times = { readonly thisUpdate?: Date; readonly nextUpdate?: Date };
const timesOf = ({ thisUpdate = new Date(Date.now() - DAY), nextUpdate = new Date(Date.now() + 6 * DAY) }: Times) => ({
  thisUpdate,
  nextUpdate,
});

/** DER. Valid since yesterday, for a week, where no times are given. */
export async function makeCrl(
  { certificate, keys }: Authority,
  revoked: readonly TestCertificate[],
  times: Times = {},
): Promise<Uint8Array> {
  const list = await X509CrlGenerator.create({
    issuer: certificate.subject,
    ...timesOf(times),
    signingAlgorithm: SIGNING,
    signingKey: keys.privateKey,
    // RFC 5280 5.2.1, 5.2.3: every list has them.
    extensions: [await AuthorityKeyIdentifierExtension.create(certificate.publicKey), new Extension('2.5.29.20', false, integer(1))],
    entries: revoked.map(({ serial }) => ({ serialNumber: serial, revocationDate: new Date(Date.now() - DAY), reason: 1 })),
  });
  return new Uint8Array(list.rawData);
}

/** OCSPResponse, DER, signed by the issuer itself. */
export function makeStaple(
  { certificate, keys }: Authority,
  { serial }: TestCertificate,
  status: 'GOOD' | 'REVOKED',
  times: Times = {},
): Uint8Array {
  const { thisUpdate, nextUpdate } = timesOf(times);
  const { subjectPublicKey } = AsnConvert.parse(certificate.publicKey.rawData, SubjectPublicKeyInfo);
  const issuerKey = octets(sha1(subjectPublicKey));
  const certId = sequence(
    sequence(oid('1.3.14.3.2.26'), tlv(0x05)),
    octets(sha1(certificate.subjectName.toArrayBuffer())),
    issuerKey,
    // A leading zero keeps it positive; the serial is told without.
    integer(...(/^[89a-f]/.test(serial) ? [0] : []), ...Buffer.from(serial, 'hex')),
  );
  const certStatus = status === 'GOOD' ? implicit(0) : explicit(1, time(thisUpdate));
  const single = sequence(certId, certStatus, time(thisUpdate), explicit(0, time(nextUpdate)));
  const responseData = sequence(explicit(2, issuerKey), time(thisUpdate), sequence(single));
  const signature = sign('sha256', responseData, KeyObject.from(keys.privateKey));
  const basic = sequence(responseData, sequence(oid('1.2.840.10045.4.3.2')), tlv(0x03, Uint8Array.of(0), signature));
  const bytes = sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic));
  return sequence(tlv(0x0a, Uint8Array.of(0)), explicit(0, bytes));
}

const sha1 = (bytes: ArrayBuffer): Buffer => createHash('sha1').update(Buffer.from(bytes)).digest();
/** GeneralizedTime, in whole seconds. */
const time = (at: Date): Uint8Array => tlv(0x18, `${at.toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`);
