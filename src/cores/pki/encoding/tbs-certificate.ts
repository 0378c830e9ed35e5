/** TBSCertificate and its extensions (RFC 5280 4.1) as they were written: what the reading of them smooths over. */
import { readAlgorithmIdentifier } from './algorithm-identifier.js';
import { BIT_STRING, BOOLEAN, contentOf, inOrder, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING } from './der.js';
import { readElements, readOid, SEQUENCE, type Element } from './der.js';

export type WrittenExtension = {
  /** As in the certificate: absent, or a BOOLEAN of any value. */
  readonly criticality?: Uint8Array;
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
};

export type WrittenTbs = {
  /** 1, 2 or 3; others are read as well, and are no version that there is. */
  readonly version: number;
  /** Content octets of the INTEGER. */
  readonly serial: Uint8Array;
  /** AlgorithmIdentifier: which algorithm is said to have signed, inside of what was signed. */
  readonly algorithm: Element;
  /** Names, each a SEQUENCE. */
  readonly issuer: Element;
  readonly subject: Element;
  /** notBefore and notAfter. */
  readonly times: readonly [Element, Element];
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Element;
  readonly hasUniqueIds: boolean;
  /** By OID. Undefined where there is no list of them. */
  readonly extensions?: ReadonlyMap<string, WrittenExtension>;
};

/** Undefined where `tbs` is not exactly one such structure. */
export function readTbsCertificate(tbs: Uint8Array): WrittenTbs | undefined {
  const fields = readElements(contentOf(SEQUENCE, tbs) ?? Uint8Array.of()) ?? [];
  const version = fields[0]?.tag === VERSION ? readVersion(fields.shift()!) : 1;
  const [serial, algorithm, issuer, validity, subject, publicKey, ...rest] = fields;
  if (version === undefined || serial?.tag !== INTEGER || serial.content.length === 0 || algorithm === undefined) return undefined;
  if (issuer?.tag !== SEQUENCE || validity?.tag !== SEQUENCE || subject?.tag !== SEQUENCE || !isPublicKey(publicKey)) return undefined;
  const [notBefore, notAfter, more] = readElements(validity.content) ?? [];
  if (notBefore === undefined || notAfter === undefined || more || !inOrder(rest, [ISSUER_ID, SUBJECT_ID, EXTENSIONS])) return undefined;
  const list = rest.find(({ tag }) => tag === EXTENSIONS);
  const extensions = list && readWrittenExtensions(list.content);
  if (list && extensions === undefined) return undefined;
  const hasUniqueIds = rest.some(({ tag }) => tag !== EXTENSIONS);
  return {
    ...{ version, serial: serial.content, algorithm, issuer, subject, times: [notBefore, notAfter], publicKey },
    ...{ hasUniqueIds, extensions },
  };
}

/** Counted from 1, as people do. */
function readVersion({ content }: Element): number | undefined {
  const octets = contentOf(INTEGER, content);
  return octets?.length === 1 && octets[0]! < 0x80 ? octets[0]! + 1 : undefined;
}

/** What is in the key is its algorithm's own affair; all have whole octets. */
function isPublicKey(element: Element | undefined): element is Element {
  const [algorithm, key, more] = element?.tag === SEQUENCE ? (readElements(element.content) ?? []) : [];
  return (
    algorithm !== undefined && readAlgorithmIdentifier(algorithm) !== undefined && key?.tag === BIT_STRING && key.content[0] === 0 && !more
  );
}

/**
 * SubjectPublicKeyInfo of a certificate, DER, whatever else is in it: who reads no more than the key needs no more to be right. Undefined where
 * it is not there.
 */
export function subjectPublicKeyInfo(certificate: Uint8Array): Uint8Array | undefined {
  const [tbs] = readElements(contentOf(SEQUENCE, certificate) ?? Uint8Array.of()) ?? [];
  const fields = (tbs && readElements(tbs.content)) ?? [];
  return fields[fields[0]?.tag === VERSION ? 6 : 5]?.bytes;
}

/** `der`: the SEQUENCE of extensions. Undefined where it is none, or one comes twice (RFC 5280 4.2). */
export function readWrittenExtensions(der: Uint8Array): Map<string, WrittenExtension> | undefined {
  const content = contentOf(SEQUENCE, der);
  const elements = content && readElements(content);
  const extensions = new Map<string, WrittenExtension>();
  for (const element of elements ?? []) {
    const [oid, extension] = readWrittenExtension(element) ?? [];
    if (oid === undefined || extension === undefined || extensions.has(oid)) return undefined;
    extensions.set(oid, extension);
  }
  return elements && extensions;
}

function readWrittenExtension({ tag, content }: Element): [string, WrittenExtension] | undefined {
  const fields = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  const [id, value, flag] = [fields[0], fields.at(-1), fields.length === 3 ? fields[1] : undefined];
  const oid = id?.tag === OBJECT_IDENTIFIER ? readOid(id.content) : undefined;
  const critical = flag ? readFlag(flag) : false;
  if (oid === undefined || value?.tag !== OCTET_STRING || fields.length > 3 || critical === undefined) return undefined;
  return [oid, { criticality: flag?.content, critical, value: value.content }];
}

/** Any octet but zero is TRUE to BER, and to clients; the one that DER has is asked for by `conformance/`. */
export const readFlag = ({ tag, content }: Element): boolean | undefined =>
  tag === BOOLEAN && content.length === 1 ? content[0] !== 0 : undefined;

const [VERSION, ISSUER_ID, SUBJECT_ID, EXTENSIONS] = [0xa0, 0x81, 0x82, 0xa3];
