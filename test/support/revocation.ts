/**
 * What a test's CA says about revocation: lists (RFC 5280 5) and OCSP answers (RFC 6960 4.2) to be stapled. The answers are written out
 * by hand, so that stale ones can be made, which `openssl ocsp` refuses to.
 */
import 'reflect-metadata';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { X509CrlGenerator } from '@peculiar/x509';
import { createHash, KeyObject, sign } from 'node:crypto';
import type { Authority, TestCertificate } from './certificates.js';
import { der, sequence } from './der.js';

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
    sequence(oid('06052b0e03021a'), der(0x05)),
    octets(sha1(certificate.subjectName.toArrayBuffer())),
    issuerKey,
    der(0x02, Buffer.from(serial, 'hex')),
  );
  const certStatus = status === 'GOOD' ? der(0x80) : der(0xa1, time(thisUpdate));
  const single = sequence(certId, certStatus, time(thisUpdate), der(0xa0, time(nextUpdate)));
  const responseData = sequence(der(0xa2, issuerKey), time(thisUpdate), sequence(single));
  const signature = sign('sha256', responseData, KeyObject.from(keys.privateKey));
  const basic = sequence(responseData, sequence(oid('06082a8648ce3d040302')), der(0x03, Buffer.of(0), signature));
  const bytes = sequence(oid('06092b0601050507300101'), octets(basic));
  return new Uint8Array(sequence(der(0x0a, Buffer.of(0)), der(0xa0, bytes)));
}

const sha1 = (bytes: ArrayBuffer): Buffer => createHash('sha1').update(Buffer.from(bytes)).digest();
const oid = (hex: string): Buffer => Buffer.from(hex, 'hex');
const octets = (content: Uint8Array): Buffer => der(0x04, content);
/** GeneralizedTime, in whole seconds. */
const time = (at: Date): Buffer => der(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`));
