/**
 * Revocation lists, anybody's (RFC 5280 5), read without holding what may be a million entries. Reading believes nothing: what a list says of a
 * certificate, and whether it may say so, is asked of `revocation/`.
 */
import type { Instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { contentOf, eachElement, readElements, SEQUENCE, type Element } from '../encoding/der.js';
import { encodeSerial, formatSerial } from '../encoding/serial.js';
import { isSignedBy } from '../encoding/signature-algorithm.js';
import { openSigned } from '../encoding/signed-structure.js';
import { readWrittenExtensions, type WrittenExtension } from '../encoding/tbs-certificate.js';
import { readTime } from '../encoding/time.js';
import { EXTENSION } from '../encoding/object-identifiers.js';

/** `serial`: lower-case hex. `reason`: RFC 5280 5.3.1, 0 where none is given. */
export type Revocation = { readonly serial: string; readonly at: Instant; readonly reason: number };

export type Crl = {
  /** 1 or 2. */
  readonly version: number;
  /** DER. */
  readonly issuerDer: Uint8Array;
  readonly thisUpdate: Instant;
  readonly nextUpdate?: Instant;
  /** Undefined where there is none, and for one that is larger than can be counted. */
  readonly number?: number;
  readonly extensions: ReadonlyMap<string, WrittenExtension>;
  /** Lower-case hex. */
  readonly authorityKeyIdentifier?: string;
  /** Of its entries: one has an extension that is critical, so it may speak of certificates of others, or of what nobody here knows. */
  readonly hasCriticalEntries: boolean;
  /** All of them, read each time that it is asked for. */
  readonly revocations: readonly Revocation[];
  find(serial: string): Revocation | undefined;
  /** Is it from the holder of this key (SubjectPublicKeyInfo, DER)? */
  isSignedBy(publicKey: Uint8Array): boolean;
};

/** Larger than those of public CAs, which cut theirs into parts. */
export const MAX_CRL_BYTES = 10 * 1024 * 1024;

/** CERTIFICATE_UNREADABLE for what is no DER list. Never throws. The signature is the caller's to ask for. */
export function readCrl(der: Uint8Array): Result<Crl> {
  if (der.length > MAX_CRL_BYTES) return unreadable(`larger than ${MAX_CRL_BYTES} bytes`);
  const structure = openSigned(der);
  if (structure === undefined) return unreadable('not one signed DER structure');
  const list = readTbs(structure.signed);
  if (list === undefined) return unreadable('not a list of revoked certificates');
  const { entries, ...facts } = list;
  return ok({
    ...facts,
    get revocations() {
      return [...revocationsIn(entries, list.thisUpdate)];
    },
    find: (serial) => (mayHave(entries, serial) ? (revocationsIn(entries, list.thisUpdate, serial).next().value ?? undefined) : undefined),
    isSignedBy: (publicKey) => isSignedBy(publicKey, structure.signatureAlgorithm, structure.signed, structure.signature),
  });
}

type Tbs = Omit<Crl, 'revocations' | 'find' | 'isSignedBy'> & { readonly entries: Uint8Array };

function readTbs(tbs: Uint8Array): Tbs | undefined {
  const fields = readElements(contentOf(SEQUENCE, tbs) ?? Uint8Array.of()) ?? [];
  const version = fields[0]?.tag === INTEGER ? fields.shift() : undefined;
  if (version && !(version.content.length === 1 && version.content[0] === 1)) return undefined;
  const [, issuer, from, ...rest] = fields;
  const thisUpdate = from && readTime(from);
  const to = rest[0] && TIMES.includes(rest[0].tag) ? rest.shift() : undefined;
  const nextUpdate = to && readTime(to);
  const entries = rest[0]?.tag === SEQUENCE ? rest.shift() : undefined;
  const written = rest[0]?.tag === EXTENSIONS ? rest.shift() : undefined;
  const extensions = written ? readWrittenExtensions(written.content) : new Map<string, WrittenExtension>();
  if (issuer?.tag !== SEQUENCE || thisUpdate === undefined || (to && nextUpdate === undefined) || rest.length > 0) return undefined;
  // RFC 5280 5.1.2.6: an empty list is left out.
  if (extensions === undefined || entries?.content.length === 0) return undefined;
  const criticality = criticalityOf(entries?.content ?? Uint8Array.of());
  const identifier = extensions.get(EXTENSION.authorityKeyIdentifier)?.value;
  const keyIdentifier = identifier && readElements(contentOf(SEQUENCE, identifier) ?? Uint8Array.of())?.find(({ tag }) => tag === 0x80);
  if (criticality === undefined) return undefined;
  return {
    version: version ? 2 : 1,
    issuerDer: issuer.bytes,
    thisUpdate,
    nextUpdate,
    number: numberOf(extensions.get(EXTENSION.crlNumber)?.value),
    extensions,
    authorityKeyIdentifier: keyIdentifier && Buffer.from(keyIdentifier.content).toString('hex'),
    hasCriticalEntries: criticality,
    entries: entries?.content ?? Uint8Array.of(),
  };
}

/** Has one of the entries a critical extension? Undefined where one is no entry. */
function criticalityOf(entries: Uint8Array): boolean | undefined {
  let critical = false;
  for (const element of eachElement(entries)) {
    const entry = element && readEntry(element);
    if (entry === undefined) return undefined;
    critical ||= isAnyCritical(entry);
  }
  return critical;
}

function* revocationsIn(entries: Uint8Array, thisUpdate: Instant, only?: string): Generator<Revocation, void> {
  const wanted = only === undefined ? undefined : Buffer.from(encodeSerial(only));
  for (const element of eachElement(entries)) {
    const entry = element && readEntry(element);
    if (entry === undefined || (wanted && !wanted.equals(entry.serial.content))) continue;
    const reason = reasonOf(entry.extensions && readWrittenExtensions(entry.extensions.bytes)?.get(EXTENSION.crlReason)?.value);
    // Somebody revoked it, whatever day there is no such one of.
    yield { serial: formatSerial(entry.serial.content), at: readTime(entry.date) ?? thisUpdate, reason };
  }
}

/** Octets that are nowhere in it are in none of its entries: a thousand times as quick as to walk through all of them. */
const mayHave = (entries: Uint8Array, serial: string): boolean =>
  Buffer.from(entries.buffer, entries.byteOffset, entries.length).includes(Buffer.from(encodeSerial(serial)));

type Entry = { readonly serial: Element; readonly date: Element; readonly extensions?: Element };

function readEntry({ tag, content }: Element): Entry | undefined {
  const [serial, date, extensions, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
  if (serial?.tag !== INTEGER || serial.content.length === 0 || date === undefined || !TIMES.includes(date.tag) || more) return undefined;
  return extensions && extensions.tag !== SEQUENCE ? undefined : { serial, date, extensions };
}

/** A critical one holds a BOOLEAN of one octet; nearly no entry of a list has those two octets, and reading costs. */
function isAnyCritical({ extensions }: Entry): boolean {
  if (extensions === undefined || !Buffer.from(extensions.content).includes(BOOLEAN_HEADER)) return false;
  const written = readWrittenExtensions(extensions.bytes);
  return written === undefined || [...written.values()].some(({ critical }) => critical);
}
const BOOLEAN_HEADER = Buffer.of(0x01, 0x01);

const reasonOf = (value: Uint8Array | undefined): number => (value && contentOf(ENUMERATED, value)?.[0]) ?? 0;

function numberOf(value: Uint8Array | undefined): number | undefined {
  const content = value && contentOf(INTEGER, value);
  if (content === undefined || content.length === 0 || content.length > 20 || (content[0] ?? 0) >= 0x80) return undefined;
  const number = Number(BigInt(`0x${Buffer.from(content).toString('hex')}`));
  return Number.isSafeInteger(number) ? number : undefined;
}

const [INTEGER, ENUMERATED, EXTENSIONS] = [0x02, 0x0a, 0xa0];
const TIMES: readonly number[] = [0x17, 0x18];
const unreadable = (detail: string) => err(problem('CERTIFICATE_UNREADABLE', { detail }));
