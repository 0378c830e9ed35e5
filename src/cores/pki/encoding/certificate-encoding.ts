/** Certificates as a CA writes them (RFC 5280 4.1): what is to be signed, its extensions, and the two put together. All DER. */
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  PolicyInformation,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { CertificateName, Hostname } from '../../../values/hostname.js';
import { toDate, type Instant } from '../../../values/instant.js';
import { encodeSerial } from './serial.js';
import { identifierOf, type SignatureAlgorithm } from './signature-algorithm.js';
import { EXTENSION } from './object-identifiers.js';

export type CertificateTemplate = {
  /** Lower-case hex. */
  readonly serial: string;
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  /** Whole seconds; fractions are cut off. */
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly extensions: readonly Extension[];
};

/** TBSCertificate. */
export function encodeTbsCertificate(template: CertificateTemplate): Uint8Array {
  return encode(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: buffer(encodeSerial(template.serial)),
      signature: toAlgorithmIdentifier(template.signatureAlgorithm),
      issuer: AsnConvert.parse(template.issuerDer, Name),
      validity: new Validity({ notBefore: toDate(template.notBefore), notAfter: toDate(template.notAfter) }),
      subject: AsnConvert.parse(template.subjectDer, Name),
      subjectPublicKeyInfo: AsnConvert.parse(template.publicKey, SubjectPublicKeyInfo),
      extensions: new Extensions([...template.extensions]),
    }),
  );
}

/** The certificate of a TBSCertificate and the signature on it. */
export function assembleCertificate(tbs: Uint8Array, signatureAlgorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  return encode(
    new Certificate({
      tbsCertificate: AsnConvert.parse(tbs, TBSCertificate),
      tbsCertificateRaw: buffer(tbs),
      signatureAlgorithm: toAlgorithmIdentifier(signatureAlgorithm),
      signatureValue: buffer(signature),
    }),
  );
}

export const basicConstraints = (cA: boolean, pathLenConstraint?: number): Extension =>
  extension(EXTENSION.basicConstraints, true, new BasicConstraints({ cA, pathLenConstraint }));

export const keyUsage = (...bits: readonly (keyof typeof KeyUsageFlags)[]): Extension =>
  extension(EXTENSION.keyUsage, true, new KeyUsage(bits.reduce((flags, bit) => flags | KeyUsageFlags[bit], 0)));

/** `purposes`: OIDs. */
export const extendedKeyUsage = (...purposes: readonly string[]): Extension =>
  extension(EXTENSION.extendedKeyUsage, false, new ExtendedKeyUsage([...purposes]));

export const subjectAltName = (names: readonly CertificateName[], critical: boolean): Extension =>
  extension(EXTENSION.subjectAltName, critical, new SubjectAlternativeName(names.map((dNSName) => new GeneralName({ dNSName }))));

/** Lower-case hex, as in the issuer's subjectKeyIdentifier. */
export const authorityKeyIdentifier = (keyIdentifier: string): Extension =>
  extension(
    EXTENSION.authorityKeyIdentifier,
    false,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(fromHex(keyIdentifier)) }),
  );

export const subjectKeyIdentifier = (keyIdentifier: string): Extension =>
  extension(EXTENSION.subjectKeyIdentifier, false, new SubjectKeyIdentifier(fromHex(keyIdentifier)));

/** `policies`: OIDs. */
export const certificatePolicies = (...policies: readonly string[]): Extension =>
  extension(
    EXTENSION.certificatePolicies,
    false,
    new CertificatePolicies(policies.map((policyIdentifier) => new PolicyInformation({ policyIdentifier }))),
  );

/** Where the list of revoked certificates is found; plain HTTP, as fetching it over TLS could need itself (RFC 5280 8). */
export const crlDistributionPoint = (url: string): Extension => {
  const distributionPoint = new DistributionPointName({ fullName: [new GeneralName({ uniformResourceIdentifier: url })] });
  return extension(EXTENSION.crlDistributionPoints, false, new CRLDistributionPoints([new DistributionPoint({ distributionPoint })]));
};

/** These domains with all below them, and no IP address at all: a kind of name that is not mentioned would be free (RFC 5280 4.2.1.10). */
export const onlyWithin = (domains: readonly Hostname[]): Extension => {
  const subtrees = (names: GeneralName[]) => new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
  const permittedSubtrees = subtrees(domains.map((dNSName) => new GeneralName({ dNSName })));
  const excludedSubtrees = subtrees(['0.0.0.0/0', '::/0'].map((iPAddress) => new GeneralName({ iPAddress })));
  return extension(EXTENSION.nameConstraints, true, new NameConstraints({ permittedSubtrees, excludedSubtrees }));
};

export function toAlgorithmIdentifier(name: SignatureAlgorithm): AlgorithmIdentifier {
  const { oid, parameters } = identifierOf(name);
  return new AlgorithmIdentifier({ algorithm: oid, parameters: parameters.length > 0 ? buffer(parameters) : undefined });
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

const encode = (value: TBSCertificate | Certificate): Uint8Array => new Uint8Array(AsnConvert.serialize(value));
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const fromHex = (hex: string): ArrayBuffer => buffer(Buffer.from(hex, 'hex'));
