/** OCSP responses (RFC 6960 4.2), as a server staples them. Reading believes nothing: see ocsp-status.ts. */
import type { Instant } from '../../../values/instant.js';
import { err, ok, type Result } from '../../../values/result.js';
import { contentOf, readElements, readOid, SEQUENCE, type Element } from '../encoding/der.js';
import { formatSerial } from '../encoding/serial.js';
import { fromElements, type SignedStructure } from '../encoding/signed-structure.js';
import { readWrittenExtensions, type WrittenExtension } from '../encoding/tbs-certificate.js';
import { readTime } from '../encoding/time.js';

export type SingleResponse = {
  /** OID. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Lower-case hex. */
  readonly serial: string;
  readonly status: 'GOOD' | 'UNKNOWN' | { readonly revokedAt: Instant; readonly reason: number };
  readonly thisUpdate: Instant;
  readonly nextUpdate?: Instant;
  /** Content of the extension with signed certificate timestamps (RFC 6962 3.3). */
  readonly timestamps?: Uint8Array;
};

export type OcspResponse = SignedStructure & {
  /** Who signed: a name (DER), or the SHA-1 of a public key. */
  readonly responder: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array };
  readonly responses: readonly SingleResponse[];
  /** DER: of a responder that the issuer delegated to. */
  readonly certificates: readonly Uint8Array[];
  /** A critical extension anywhere in it: nobody here understands any. */
  readonly hasCritical: boolean;
};

/** A staple of today has under 2 KiB; one with a chain under 10. */
const MAX_RESPONSE_BYTES = 65_536;
const MAX_RESPONSES = 100;
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const TIMESTAMPS = '1.3.6.1.4.1.11129.2.4.5';

/** The error says in a few words why there is none, such as that the responder cannot answer. Never throws. */
export function readOcspResponse(der: Uint8Array): Result<OcspResponse, string> {
  if (der.length > MAX_RESPONSE_BYTES) return err(`larger than ${MAX_RESPONSE_BYTES} bytes`);
  const [status, bytes, more] = elementsIn(contentOf(SEQUENCE, der));
  if (status?.tag !== ENUMERATED || status.content.length !== 1 || more) return err('not DER');
  const failure = status.content[0] ?? 0;
  if (failure !== 0) return err(`the responder says ${FAILURES[failure] ?? failure}`);
  const [type, response] = elementsIn(contentOf(SEQUENCE, bytes?.tag === 0xa0 ? bytes.content : Uint8Array.of()));
  const isBasic = type?.tag === OBJECT_IDENTIFIER && readOid(type.content) === BASIC && response?.tag === OCTET_STRING;
  const read = isBasic ? readBasic(response.content) : undefined;
  return read ? ok(read) : err('not a basic response');
}

function readBasic(der: Uint8Array): OcspResponse | undefined {
  const [data, algorithm, signature, extra, more] = elementsIn(contentOf(SEQUENCE, der));
  const structure = data && algorithm && signature ? fromElements([data, algorithm, signature]) : undefined;
  const chain = extra === undefined ? [] : extra.tag === 0xa0 ? readElements(contentOf(SEQUENCE, extra.content) ?? BROKEN) : undefined;
  if (structure === undefined || chain === undefined || more) return undefined;
  const fields = elementsIn(contentOf(SEQUENCE, structure.signed));
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [id, producedAt, list, extensions, rest] = fields;
  const responder = id && readResponder(id);
  const elements = list?.tag === SEQUENCE ? readElements(list.content) : undefined;
  if (responder === undefined || producedAt?.tag !== GENERALIZED_TIME || elements === undefined || rest) return undefined;
  const singles = elements.length <= MAX_RESPONSES ? elements.map(readSingle) : [];
  if (singles.length === 0 || !singles.every((single) => single !== undefined)) return undefined;
  const written = extensions && (extensions.tag === 0xa1 ? readWrittenExtensions(extensions.content) : undefined);
  const critical = written && isAnyCritical(written);
  if (extensions && critical === undefined) return undefined;
  return {
    ...structure,
    responder,
    responses: singles.map(({ single }) => single),
    certificates: chain.map(({ bytes }) => bytes),
    hasCritical: (critical ?? false) || singles.some((one) => one.critical),
  };
}

function readResponder({ tag, content }: Element): OcspResponse['responder'] | undefined {
  if (tag === 0xa1) return { name: content };
  const keyHash = tag === 0xa2 ? contentOf(OCTET_STRING, content) : undefined;
  return keyHash && { keyHash };
}

function readSingle({ tag, content }: Element): { single: SingleResponse; critical: boolean } | undefined {
  const [id, status, from, ...rest] = tag === SEQUENCE ? elementsIn(content) : [];
  const [algorithm, nameHash, keyHash, serial] = id?.tag === SEQUENCE ? elementsIn(id.content) : [];
  const [hash] = algorithm?.tag === SEQUENCE ? elementsIn(algorithm.content) : [];
  const hashAlgorithm = hash?.tag === OBJECT_IDENTIFIER ? readOid(hash.content) : undefined;
  const until = rest[0]?.tag === 0xa0 ? elementsIn(rest.shift()?.content)[0] : undefined;
  const extensions = rest[0]?.tag === 0xa1 ? rest.shift() : undefined;
  const written = extensions ? readWrittenExtensions(extensions.content) : new Map<string, WrittenExtension>();
  const critical = written && isAnyCritical(written);
  const timestamps = written?.get(TIMESTAMPS)?.value;
  const [thisUpdate, nextUpdate] = [from && readTime(from), until && readTime(until)];
  const certStatus = status && readStatus(status);
  if (hashAlgorithm === undefined || nameHash?.tag !== OCTET_STRING || keyHash?.tag !== OCTET_STRING) return undefined;
  if (serial?.tag !== INTEGER || certStatus === undefined || thisUpdate === undefined || critical === undefined) return undefined;
  if ((until && nextUpdate === undefined) || rest.length > 0) return undefined;
  const single = {
    ...{ hashAlgorithm, issuerNameHash: nameHash.content, issuerKeyHash: keyHash.content, serial: formatSerial(serial.content) },
    ...{ status: certStatus, thisUpdate, nextUpdate },
    ...(timestamps && { timestamps }),
  };
  return { single, critical };
}

function readStatus({ tag, content }: Element): SingleResponse['status'] | undefined {
  if (tag === 0x80) return 'GOOD';
  if (tag === 0x82) return 'UNKNOWN';
  const [time, reason] = tag === 0xa1 ? elementsIn(content) : [];
  const revokedAt = time && readTime(time);
  const code = reason?.tag === 0xa0 ? contentOf(ENUMERATED, reason.content)?.[0] : 0;
  return revokedAt === undefined ? undefined : { revokedAt, reason: code ?? 0 };
}

const isAnyCritical = (extensions: ReadonlyMap<string, WrittenExtension>): boolean =>
  [...extensions.values()].some(({ critical }) => critical);

const elementsIn = (content: Uint8Array | undefined): Element[] => readElements(content ?? Uint8Array.of()) ?? [];
const [INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, ENUMERATED, GENERALIZED_TIME] = [0x02, 0x04, 0x06, 0x0a, 0x18];
/** No element at all. */
const BROKEN = Uint8Array.of(0);
const FAILURES: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};
