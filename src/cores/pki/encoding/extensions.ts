/** The extensions of a certificate (RFC 5280 4.2) that a check of ours asks about, as plain values. */
import { err, ok, type Result } from '../../../values/result.js';
import { readCrlUrls, readIssuerUrls } from './access-extensions.js';
import { contentOf, INTEGER, OBJECT_IDENTIFIER, readElements, readOid, SEQUENCE } from './der.js';
import { readGeneralName, readGeneralNames, type GeneralName } from './general-name.js';
import { readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from './key-identifiers.js';
import { readKeyUsage, type KeyUse } from './key-usage.js';
import { EXTENSION } from './object-identifiers.js';
import {
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  readSkipCerts,
  type PolicyConstraints,
  type PolicyMapping,
} from './policy-extensions.js';
import { readFlag, type WrittenExtension } from './tbs-certificate.js';

export type NameConstraints = { readonly permitted: readonly GeneralName[]; readonly excluded: readonly GeneralName[] };

export type CertificateExtensions = {
  readonly subjectAltNames?: readonly GeneralName[];
  readonly subjectAltNamesCritical: boolean;
  readonly isCa: boolean;
  /** How many CA certificates may follow below this one. */
  readonly pathLength?: number;
  readonly keyUsage?: readonly KeyUse[];
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

/** The error is the OID of one that is malformed. */
export function readExtensions(extensions: ReadonlyMap<string, WrittenExtension>): Result<CertificateExtensions, string> {
  const malformed: string[] = [];
  const read = <T>(id: string, reader: (der: Uint8Array) => T | undefined): T | undefined => {
    const extension = extensions.get(id);
    const value = extension && reader(extension.value);
    if (extension && value === undefined) malformed.push(id);
    return value;
  };
  const found = {
    subjectAltNames: read(EXTENSION.subjectAltName, readGeneralNames),
    subjectAltNamesCritical: extensions.get(EXTENSION.subjectAltName)?.critical ?? false,
    ...(read(EXTENSION.basicConstraints, readBasicConstraints) ?? { isCa: false }),
    keyUsage: read(EXTENSION.keyUsage, readKeyUsage),
    extendedKeyUsage: read(EXTENSION.extendedKeyUsage, readExtendedKeyUsage),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier)?.keyIdentifier,
    subjectKeyIdentifier: read(EXTENSION.subjectKeyIdentifier, readSubjectKeyIdentifier),
    nameConstraints: read(EXTENSION.nameConstraints, readNameConstraints),
    policies: read(EXTENSION.certificatePolicies, readPolicies) ?? [],
    policyMappings: read(EXTENSION.policyMappings, readPolicyMappings) ?? [],
    policyConstraints: read(EXTENSION.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(EXTENSION.inhibitAnyPolicy, readInhibitAnyPolicy),
    crlUrls: read(EXTENSION.crlDistributionPoints, readCrlUrls) ?? [],
    issuerUrls: read(EXTENSION.authorityInfoAccess, readIssuerUrls) ?? [],
    unknownCritical: [...extensions].filter(([id, { critical }]) => critical && !CHECKED.has(id)).map(([id]) => id),
  };
  const [first] = malformed;
  return first === undefined ? ok(found) : err(first);
}

const CHECKED: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.certificatePolicies,
  EXTENSION.extendedKeyUsage,
  EXTENSION.inhibitAnyPolicy,
  EXTENSION.keyUsage,
  EXTENSION.nameConstraints,
  EXTENSION.policyConstraints,
  EXTENSION.policyMappings,
  EXTENSION.subjectAltName,
]);

/** RFC 5280 4.2.1.9. */
function readBasicConstraints(der: Uint8Array): Pick<CertificateExtensions, 'isCa' | 'pathLength'> | undefined {
  const fields = readElements(contentOf(SEQUENCE, der) ?? BROKEN);
  const isCa = fields?.[0] && fields[0].tag !== INTEGER ? readFlag(fields.shift()!) : false;
  const [length, more] = fields ?? [];
  if (fields === undefined || isCa === undefined || more) return undefined;
  if (length === undefined) return { isCa };
  const pathLength = length.tag === INTEGER ? readSkipCerts(length.content) : undefined;
  return pathLength === undefined ? undefined : { isCa, pathLength };
}

/** RFC 5280 4.2.1.12. */
function readExtendedKeyUsage(der: Uint8Array): string[] | undefined {
  const purposes = readElements(contentOf(SEQUENCE, der) ?? BROKEN)?.map(({ tag, content }) =>
    tag === OBJECT_IDENTIFIER ? readOid(content) : undefined,
  );
  return purposes && purposes.length > 0 && purposes.every((purpose) => purpose !== undefined) ? purposes : undefined;
}

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

/** No element at all. */
const BROKEN = Uint8Array.of(0);
