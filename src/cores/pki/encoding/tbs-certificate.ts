/** TBSCertificate and its extensions (RFC 5280 4.1) as they were written: what the reading of them smooths over. */
import { contentOf, readElements, readOid, SEQUENCE, type Element } from './der.js';

export type WrittenExtension = {
  /** As in the certificate: absent, or a BOOLEAN of any value. */
  readonly criticality?: Uint8Array;
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
};

export type WrittenTbs = {
  /** Content octets of the INTEGER. */
  readonly serial: Uint8Array;
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
  const [serial, , , validity, , publicKey, ...rest] = fields[0]?.tag === VERSION ? fields.slice(1) : fields;
  const [notBefore, notAfter, more] = readElements(validity?.content ?? Uint8Array.of()) ?? [];
  if (serial?.tag !== INTEGER || publicKey === undefined || notBefore === undefined || notAfter === undefined || more) return undefined;
  // The three that may follow, each once and in their order.
  const numbers = rest.map(({ tag }) => tag & 0x1f);
  if (!rest.every(({ tag }, i) => tag >= 0x80 && tag <= EXTENSIONS && (numbers[i - 1] ?? 0) < numbers[i]!)) return undefined;
  const list = rest.find(({ tag }) => tag === EXTENSIONS);
  const extensions = list && readWrittenExtensions(list.content);
  if (list && extensions === undefined) return undefined;
  const hasUniqueIds = rest.some(({ tag }) => tag !== EXTENSIONS);
  return { serial: serial.content, times: [notBefore, notAfter], publicKey, hasUniqueIds, extensions };
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
  if (oid === undefined || value?.tag !== OCTET_STRING || fields.length > 3 || (flag && flag.tag !== BOOLEAN)) return undefined;
  const critical = flag?.content.some((octet) => octet !== 0) ?? false;
  return [oid, { criticality: flag?.content, critical, value: value.content }];
}

const [BOOLEAN, INTEGER, OCTET_STRING, OBJECT_IDENTIFIER] = [0x01, 0x02, 0x04, 0x06];
const [VERSION, EXTENSIONS] = [0xa0, 0xa3];
