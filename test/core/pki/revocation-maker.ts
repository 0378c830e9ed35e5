/** Revocation lists and OCSP responses of any shape, right and wrong, in DER by hand. */
import { createHash, sign, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { encodeSerial } from '../../../src/cores/pki/encoding/serial.js';
import { days, type Instant } from '../../../src/values/instant.js';
import { explicit, hex, implicit, integer, octets, oid, sequence, tlv } from '../../support/pki/der.js';
import { NOW, type Authority } from './certificate-maker.js';

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const YESTERDAY = (NOW - days(1)) as Instant;
const TOMORROW = (NOW + days(1)) as Instant;

const digits = (at: Instant): string => new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '');
const utcTime = (at: Instant): Uint8Array => tlv(0x17, digits(at).slice(2));
const generalizedTime = (at: Instant): Uint8Array => tlv(0x18, digits(at));
export const extensionOf = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(critical ? [hex('0101ff')] : []), octets(value));
const signed = (content: Uint8Array, key: KeyObject, ...more: readonly Uint8Array[]): Uint8Array =>
  sequence(content, ECDSA_SHA256, tlv(0x03, Uint8Array.of(0), sign('sha256', content, key)), ...more);

export type CrlShape = {
  /** Hex. */
  readonly revoked?: readonly string[];
  readonly reason?: number;
  readonly thisUpdate?: Instant;
  /** Null: none. */
  readonly nextUpdate?: Instant | null;
  readonly version1?: boolean;
  /** OIDs of those that are left out. */
  readonly without?: readonly string[];
  readonly plus?: readonly Uint8Array[];
  readonly entryExtensions?: readonly Uint8Array[];
  readonly emptyList?: boolean;
  readonly key?: KeyObject;
};

export function makeCrl({ certificate, key }: Authority, shape: CrlShape = {}): Uint8Array {
  const { revoked = [], reason, thisUpdate = YESTERDAY, nextUpdate = TOMORROW, without = [], plus = [], entryExtensions = [] } = shape;
  const keyIdentifier = hex(certificate.subjectKeyIdentifier ?? '');
  const extensions = [['2.5.29.35', sequence(implicit(0, keyIdentifier))] as const, ['2.5.29.20', integer(7)] as const].flatMap(
    ([id, value]) => (without.includes(id) ? [] : extensionOf(id, false, value)),
  );
  const ofEntry = [
    ...(reason === undefined ? [] : [extensionOf('2.5.29.21', false, tlv(0x0a, Uint8Array.of(reason)))]),
    ...entryExtensions,
  ];
  const entries = revoked.map((serial) =>
    sequence(tlv(0x02, encodeSerial(serial)), utcTime(YESTERDAY), ...(ofEntry.length > 0 ? [sequence(...ofEntry)] : [])),
  );
  const tbs = sequence(
    ...(shape.version1 ? [] : [integer(1)]),
    ECDSA_SHA256,
    certificate.subjectDer,
    utcTime(thisUpdate),
    ...(nextUpdate === null ? [] : [utcTime(nextUpdate)]),
    ...(entries.length > 0 || shape.emptyList ? [tlv(0x30, Buffer.concat(entries))] : []),
    ...(shape.version1 ? [] : [explicit(0, sequence(...extensions, ...plus))]),
  );
  return signed(tbs, shape.key ?? key);
}

export type OcspShape = {
  readonly status?: 'GOOD' | 'REVOKED' | 'UNKNOWN';
  readonly thisUpdate?: Instant;
  readonly nextUpdate?: Instant | null;
  readonly hash?: 'sha1' | 'sha256';
  /** Hex. */
  readonly serial?: string;
  /** Who signs; the issuer itself where absent. */
  readonly responder?: Authority;
  readonly byName?: boolean;
  readonly certificates?: readonly Certificate[];
  readonly extensions?: readonly Uint8Array[];
  readonly singleExtensions?: readonly Uint8Array[];
  readonly responseStatus?: number;
};

const HASHES = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' };

export function makeOcspResponse(certificate: Certificate, issuer: Authority, shape: OcspShape = {}): Uint8Array {
  const { status = 'GOOD', thisUpdate = YESTERDAY, nextUpdate = TOMORROW, hash = 'sha1', serial = certificate.serial } = shape;
  const responder = shape.responder ?? issuer;
  const digest = (bytes: Uint8Array, kind: string = hash) => new Uint8Array(createHash(kind).update(bytes).digest());
  const id = sequence(
    sequence(oid(HASHES[hash]), hex('0500')),
    octets(digest(issuer.certificate.subjectDer)),
    octets(digest(keyBits(issuer.certificate))),
    tlv(0x02, encodeSerial(serial)),
  );
  const revoked = tlv(0xa1, generalizedTime(YESTERDAY), explicit(0, tlv(0x0a, Uint8Array.of(1))));
  const certStatus = { GOOD: implicit(0), REVOKED: revoked, UNKNOWN: implicit(2) }[status];
  const single = sequence(
    id,
    certStatus,
    generalizedTime(thisUpdate),
    ...(nextUpdate === null ? [] : [explicit(0, generalizedTime(nextUpdate))]),
    ...(shape.singleExtensions ? [explicit(1, sequence(...shape.singleExtensions))] : []),
  );
  const name = shape.byName
    ? explicit(1, responder.certificate.subjectDer)
    : explicit(2, octets(digest(keyBits(responder.certificate), 'sha1')));
  const extensions = shape.extensions ? [explicit(1, sequence(...shape.extensions))] : [];
  const data = sequence(name, generalizedTime(thisUpdate), sequence(single), ...extensions);
  const chain = shape.certificates ? [explicit(0, sequence(...shape.certificates.map(({ der }) => der)))] : [];
  const basic = sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(signed(data, responder.key, ...chain)));
  const failure = shape.responseStatus ?? 0;
  return sequence(tlv(0x0a, Uint8Array.of(failure)), ...(failure === 0 ? [explicit(0, basic)] : []));
}

/** Of P-256: an uncompressed point. */
const keyBits = ({ publicKey }: Certificate): Uint8Array => publicKey.subarray(-65);
