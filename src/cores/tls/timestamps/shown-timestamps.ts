/** The three ways in which signed certificate timestamps come (RFC 6962 3.3): in the certificate, in the handshake, in the staple. */
import type { Instant } from '../../../values/instant.js';
import { err, type Result } from '../../../values/result.js';
import { readCertificate, type Certificate } from '../../pki/certificate.js';
import { contentOf } from '../../pki/encoding/der.js';
import { readTbsCertificate } from '../../pki/encoding/tbs-certificate.js';
import { readOcspResponse } from '../../pki/revocation/ocsp-response.js';
import type { ShownCertificate } from '../check/site-check.js';
import { readTimestampList, type SignedTimestamp, type TimestampList } from './timestamp-list.js';

export const TIMESTAMP_SOURCES = ['CERTIFICATE', 'HANDSHAKE', 'STAPLE'] as const;
export type TimestampSource = (typeof TIMESTAMP_SOURCES)[number];
/** `list`: where it is malformed, what is wrong with it in a few words. */
export type ShownTimestamps = { readonly source: TimestampSource; readonly list: Result<TimestampList, string> };

type Shown = {
  readonly leaf: Pick<Certificate, 'signed' | 'serial'>;
  /** Of the TLS extension. */
  readonly timestamps: readonly Uint8Array[];
  /** OCSP responses, DER. */
  readonly staples: readonly Uint8Array[];
};

/** Of a certificate that was shown; none where it cannot be read. */
export function timestampsWith({ chain: [leaf], staple, timestamps }: ShownCertificate): ShownTimestamps[] {
  const read = leaf && readCertificate(leaf);
  if (!read?.ok) return [];
  return timestampsShown({ leaf: read.value, timestamps: timestamps ? [timestamps] : [], staples: staple ? [staple] : [] });
}

/** Every other list once, as they came. Never throws. */
export function timestampsShown({ leaf, timestamps, staples }: Shown): ShownTimestamps[] {
  return [
    ...embedded(leaf),
    ...unique(timestamps).map((bytes) => ({ source: 'HANDSHAKE' as const, list: readTimestampList(bytes) })),
    ...unique(staples).flatMap((der) => stapled(der, leaf.serial)),
  ];
}

/** The logs that vouch for it, each once; those whose timestamps are of a time to come do not count (RFC 6962 5.2). */
export function logsIn(shown: readonly ShownTimestamps[], now: Instant): ReadonlySet<string> {
  const all = shown.flatMap(({ list }) => (list.ok ? list.value.timestamps : []));
  return new Set(all.filter((one) => !isToCome(one, now)).map(({ logId }) => logId));
}

/** A clock that is a little behind is none that is wrong. */
export const isToCome = ({ at }: SignedTimestamp, now: Instant): boolean => at > now + TOLERANCE_MS;
const TOLERANCE_MS = 5 * 60_000;

const IN_CERTIFICATE = '1.3.6.1.4.1.11129.2.4.2';

function embedded({ signed }: Shown['leaf']): ShownTimestamps[] {
  const extension = readTbsCertificate(signed)?.extensions?.get(IN_CERTIFICATE);
  return extension === undefined ? [] : [{ source: 'CERTIFICATE', list: inOctetString(extension.value) }];
}

function stapled(der: Uint8Array, serial: string): ShownTimestamps[] {
  const response = readOcspResponse(der);
  if (!response.ok) return [];
  return response.value.responses.flatMap(({ serial: about, timestamps }) =>
    about === serial && timestamps ? { source: 'STAPLE' as const, list: inOctetString(timestamps) } : [],
  );
}

/** RFC 6962 3.3: the list stands in an OCTET STRING within the extension's own. */
function inOctetString(value: Uint8Array): Result<TimestampList, string> {
  const content = contentOf(OCTET_STRING, value);
  return content ? readTimestampList(content) : err('it is not in an OCTET STRING');
}
const OCTET_STRING = 0x04;

const unique = (many: readonly Uint8Array[]): Uint8Array[] => [
  ...new Map(many.map((bytes) => [Buffer.from(bytes).toString('latin1'), bytes])).values(),
];
