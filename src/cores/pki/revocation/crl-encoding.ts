/** Revocation lists as a CA writes them (RFC 5280 5): what is to be signed, and the signed list. All DER. */
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  CRLReason,
  Extension,
  KeyIdentifier,
  Name,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509';
import { toDate, type Instant } from '../../../values/instant.js';
import type { Revocation } from './crl.js';
import { encodeSerial } from '../encoding/serial.js';
import { toAlgorithmIdentifier } from '../encoding/certificate-encoding.js';
import type { SignatureAlgorithm } from '../encoding/signature-algorithm.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

export type CrlTemplate = {
  readonly issuerDer: Uint8Array;
  /** Lower-case hex: the issuer's subjectKeyIdentifier. */
  readonly authorityKeyIdentifier: string;
  /** Grows from list to list (RFC 5280 5.2.3). */
  readonly number: number;
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant;
  readonly revocations: readonly Revocation[];
  readonly signatureAlgorithm: SignatureAlgorithm;
};

/** TBSCertList. */
export function encodeTbsCrl(template: CrlTemplate): Uint8Array {
  const revoked = template.revocations.map(
    ({ serial, at, reason }) =>
      new RevokedCertificate({
        userCertificate: buffer(encodeSerial(serial)),
        revocationDate: new Time(toDate(at)),
        crlEntryExtensions: reason === 0 ? undefined : [extension(EXTENSION.crlReason, new CRLReason(reason))],
      }),
  );
  const list = new TBSCertList({
    version: Version.v2,
    signature: toAlgorithmIdentifier(template.signatureAlgorithm),
    issuer: AsnConvert.parse(template.issuerDer, Name),
    thisUpdate: new Time(toDate(template.thisUpdate)),
    nextUpdate: new Time(toDate(template.nextUpdate)),
    // An empty list has to be absent (RFC 5280 5.1.2.6).
    revokedCertificates: revoked.length > 0 ? revoked : undefined,
    crlExtensions: [
      extension(
        EXTENSION.authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(buffer(Buffer.from(template.authorityKeyIdentifier, 'hex'))) }),
      ),
      extension(EXTENSION.crlNumber, new CRLNumber(template.number)),
    ],
  });
  return new Uint8Array(AsnConvert.serialize(list));
}

export function assembleCrl(tbs: Uint8Array, signatureAlgorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  const list = new CertificateList({
    tbsCertList: AsnConvert.parse(tbs, TBSCertList),
    tbsCertListRaw: buffer(tbs),
    signatureAlgorithm: toAlgorithmIdentifier(signatureAlgorithm),
    signature: buffer(signature),
  });
  return new Uint8Array(AsnConvert.serialize(list));
}

const extension = (extnID: string, value: CRLReason | CRLNumber | AuthorityKeyIdentifier): Extension =>
  new Extension({ extnID, critical: false, extnValue: new OctetString(AsnConvert.serialize(value)) });

const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
