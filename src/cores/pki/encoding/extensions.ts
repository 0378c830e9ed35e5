/** The extensions of a certificate (RFC 5280 4.2) that a check of ours asks about, as plain values. */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CRLDistributionPoints,
  ExtendedKeyUsage,
  id_ad_caIssuers,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_inhibitAnyPolicy,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_policyMappings,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_pe_authorityInfoAccess,
  KeyUsage,
  SubjectKeyIdentifier,
  type Extension,
  type KeyUsageType,
} from '@peculiar/asn1-x509';
import { contentOf, readElements, SEQUENCE } from './der.js';
import { readGeneralName, readGeneralNames, type GeneralName } from './general-name.js';
import {
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  type PolicyConstraints,
  type PolicyMapping,
} from './policy-extensions.js';

export type NameConstraints = { readonly permitted: readonly GeneralName[]; readonly excluded: readonly GeneralName[] };

export type CertificateExtensions = {
  readonly subjectAltNames?: readonly GeneralName[];
  readonly subjectAltNamesCritical: boolean;
  readonly isCa: boolean;
  /** How many CA certificates may follow below this one. */
  readonly pathLength?: number;
  readonly keyUsage?: readonly KeyUsageType[];
  /** OIDs. */
  readonly extendedKeyUsage?: readonly string[];
  /** Lower-case hex. */
  readonly authorityKeyIdentifier?: string;
  /** Lower-case hex. */
  readonly subjectKeyIdentifier?: string;
  readonly nameConstraints?: NameConstraints;
  /** OIDs. */
  readonly policies: readonly string[];
  readonly policyMappings: readonly PolicyMapping[];
  readonly policyConstraints?: PolicyConstraints;
  /** After so many certificates anyPolicy counts for none. */
  readonly inhibitAnyPolicy?: number;
  readonly crlUrls: readonly string[];
  /** Where the issuer's own certificate can be fetched (RFC 5280 4.2.2.1, caIssuers). */
  readonly issuerUrls: readonly string[];
  /** OIDs of those that are critical and not checked here: whoever meets one has to refuse (RFC 5280 4.2). */
  readonly unknownCritical: readonly string[];
};

/** Throws where an extension is malformed or comes twice (RFC 5280 4.2); the reader of the certificate turns it into a problem. */
export function readExtensions(extensions: readonly Extension[]): CertificateExtensions {
  const byId = new Map(extensions.map((extension) => [extension.extnID, extension]));
  if (byId.size !== extensions.length) throw new Error('an extension comes twice');
  const parse = <T>(id: string, type: new () => T): T | undefined => {
    const extension = byId.get(id);
    return extension && AsnConvert.parse(extension.extnValue.buffer, type);
  };
  /** With a reader of ours, which says undefined for what is malformed. */
  const read = <T>(id: string, reader: (der: Uint8Array) => T | undefined): T | undefined => {
    const extension = byId.get(id);
    return extension && (reader(new Uint8Array(extension.extnValue.buffer)) ?? malformed(id));
  };
  const constraints = parse(id_ce_basicConstraints, BasicConstraints);
  const extendedKeyUsage = parse(id_ce_extKeyUsage, ExtendedKeyUsage);
  return {
    subjectAltNames: read(id_ce_subjectAltName, readGeneralNames),
    subjectAltNamesCritical: byId.get(id_ce_subjectAltName)?.critical ?? false,
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    keyUsage: parse(id_ce_keyUsage, KeyUsage)?.toJSON(),
    extendedKeyUsage: extendedKeyUsage && (extendedKeyUsage.length > 0 ? [...extendedKeyUsage] : malformed(id_ce_extKeyUsage)),
    authorityKeyIdentifier: hex(parse(id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier)?.keyIdentifier?.buffer),
    subjectKeyIdentifier: hex(parse(id_ce_subjectKeyIdentifier, SubjectKeyIdentifier)?.buffer),
    nameConstraints: read(id_ce_nameConstraints, readNameConstraints),
    policies: read(id_ce_certificatePolicies, readPolicies) ?? [],
    policyMappings: read(id_ce_policyMappings, readPolicyMappings) ?? [],
    policyConstraints: read(id_ce_policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(id_ce_inhibitAnyPolicy, readInhibitAnyPolicy),
    crlUrls: [...(parse(id_ce_cRLDistributionPoints, CRLDistributionPoints) ?? [])].flatMap(({ distributionPoint }) =>
      (distributionPoint?.fullName ?? []).flatMap((name) => name.uniformResourceIdentifier ?? []),
    ),
    issuerUrls: [...(parse(id_pe_authorityInfoAccess, AuthorityInfoAccessSyntax) ?? [])]
      .filter(({ accessMethod }) => accessMethod === id_ad_caIssuers)
      .flatMap(({ accessLocation }) => accessLocation.uniformResourceIdentifier ?? []),
    unknownCritical: extensions.filter(({ critical, extnID }) => critical && !CHECKED.has(extnID)).map(({ extnID }) => extnID),
  };
}

const CHECKED = new Set([
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_inhibitAnyPolicy,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_policyMappings,
  id_ce_subjectAltName,
]);

/** RFC 5280 4.2.1.10; `minimum` and `maximum` have to be absent in this profile. */
function readNameConstraints(der: Uint8Array): NameConstraints | undefined {
  const lists = readElements(contentOf(SEQUENCE, der) ?? Uint8Array.of());
  if (lists === undefined || lists.length === 0) return undefined;
  const result: { permitted: GeneralName[]; excluded: GeneralName[] } = { permitted: [], excluded: [] };
  for (const { tag, content: subtrees } of lists) {
    const list = tag === 0xa0 ? result.permitted : tag === 0xa1 ? result.excluded : undefined;
    const elements = readElements(subtrees);
    if (list === undefined || elements === undefined || elements.length === 0) return undefined;
    for (const subtree of elements) {
      const [base, more] = (subtree.tag === SEQUENCE ? readElements(subtree.content) : undefined) ?? [];
      const name = base && more === undefined ? readGeneralName(base.tag, base.content) : undefined;
      if (name === undefined) return undefined;
      list.push(name);
    }
  }
  return result;
}

const hex = (buffer: ArrayBuffer | undefined): string | undefined => buffer && Buffer.from(buffer).toString('hex');

function malformed(id: string): never {
  throw new Error(`extension ${id} is malformed`);
}
