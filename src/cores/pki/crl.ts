/** Revocation lists (RFC 5280 5): writing our own, and reading anybody's. All DER. */
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  CertificateList,
  CRLNumber,
  CRLReason,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  KeyIdentifier,
  Name,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { encodeSerial, formatSerial } from './serial.js';
import { isSignedBy, toAlgorithmIdentifier, type SignatureAlgorithm } from './signature-algorithm.js';
import { openSigned } from './signed-structure.js';

/** `serial`: lower-case hex. `reason`: RFC 5280 5.3.1; 0 is left out of the list, as 5.3.1 asks. */
export type Revocation = { readonly serial: string; readonly at: Instant; readonly reason: number };

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
        crlEntryExtensions: reason === 0 ? undefined : [extension(id_ce_cRLReasons, new CRLReason(reason))],
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
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(buffer(Buffer.from(template.authorityKeyIdentifier, 'hex'))) }),
      ),
      extension(id_ce_cRLNumber, new CRLNumber(template.number)),
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

export type Crl = Pick<CrlTemplate, 'issuerDer' | 'thisUpdate' | 'revocations'> & {
  readonly number?: number;
  readonly nextUpdate?: Instant;
  /** Is it from the holder of this key (SubjectPublicKeyInfo, DER)? */
  isSignedBy(publicKey: Uint8Array): boolean;
};

/** CERTIFICATE_UNREADABLE for what is no DER list. Never throws. The signature is the caller's to ask for. */
export function readCrl(der: Uint8Array): Result<Crl> {
  const structure = openSigned(der);
  if (structure === undefined) return unreadable('not one signed DER structure');
  try {
    const { tbsCertList: list } = AsnConvert.parse(der, CertificateList);
    const number = list.crlExtensions?.find(({ extnID }) => extnID === id_ce_cRLNumber);
    return ok({
      issuerDer: new Uint8Array(AsnConvert.serialize(list.issuer)),
      number: number && AsnConvert.parse(number.extnValue.buffer, CRLNumber).value,
      thisUpdate: fromDate(list.thisUpdate.getTime()),
      nextUpdate: list.nextUpdate && fromDate(list.nextUpdate.getTime()),
      revocations: (list.revokedCertificates ?? []).map(readRevocation),
      isSignedBy: (publicKey) => isSignedBy(publicKey, structure.signatureAlgorithm, structure.signed, structure.signature),
    });
  } catch (cause) {
    return unreadable(cause instanceof Error ? cause.message.slice(0, 200) : 'not DER');
  }
}

function readRevocation({ userCertificate, revocationDate, crlEntryExtensions }: RevokedCertificate): Revocation {
  const reason = crlEntryExtensions?.find(({ extnID }) => extnID === id_ce_cRLReasons);
  return {
    serial: formatSerial(new Uint8Array(userCertificate)),
    at: fromDate(revocationDate.getTime()),
    reason: reason ? AsnConvert.parse(reason.extnValue.buffer, CRLReason).reason : 0,
  };
}

const extension = (extnID: string, value: CRLReason | CRLNumber | AuthorityKeyIdentifier): Extension =>
  new Extension({ extnID, critical: false, extnValue: new OctetString(AsnConvert.serialize(value)) });

const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const unreadable = (detail: string) => err(problem('CERTIFICATE_UNREADABLE', { detail }));
