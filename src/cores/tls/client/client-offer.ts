/** What a ClientHello of ours says (RFC 8446 4.1.2, RFC 5246 7.4.1.2). Numbers are IANA's; lists are in order of preference, and sent so. */
import type { Resumption } from './resumption.js';

/** Extensions that are only there or not. */
export type Asks =
  | 'STATUS_REQUEST'
  | 'SIGNED_CERTIFICATE_TIMESTAMP'
  | 'ENCRYPT_THEN_MAC'
  | 'EXTENDED_MASTER_SECRET'
  | 'SESSION_TICKET'
  | 'RENEGOTIATION_INFO'
  | 'PSK_MODES'
  /** One that nobody knows: number 0x5a5a is GREASE, this one is 0xfffe with eight bytes. */
  | 'UNASSIGNED';

export type ClientOffer = {
  /** TLS 1.3 among them: `supported_versions` is sent with exactly these. The legacy field is the highest of those up to TLS 1.2. */
  readonly versions: readonly number[];
  readonly cipherSuites: readonly number[];
  /** Empty: no `supported_groups`, and with it no ECDHE. */
  readonly groups: readonly number[];
  /** Of `groups`. Empty with TLS 1.3: the server names its choice in a HelloRetryRequest (RFC 8446 4.2.8), which is answered with a share. */
  readonly keyShares: readonly number[];
  /** Empty: the extension is left out. */
  readonly signatureAlgorithms: readonly number[];
  /** Empty: the extension is left out. */
  readonly alpn: readonly string[];
  /** Sent as it is (RFC 6066 3): a host name, never an IP address. Absent: no SNI. */
  readonly serverName?: string;
  readonly asks: readonly Asks[];
  /** RFC 8701 values among versions, suites, groups and extensions. */
  readonly grease?: boolean;
  /** RFC 7507. */
  readonly fallbackScsv?: boolean;
  /** By default null alone; 1 is DEFLATE (RFC 3749). */
  readonly compressionMethods?: readonly number[];
  /** Bytes that the handshake message is padded to, where it is shorter (RFC 7685). */
  readonly padTo?: number;
  /** Bytes of a record at most: the ClientHello is sent in several (RFC 8446 5.1). */
  readonly recordSize?: number;
  readonly resume?: Resumption;
  /** With a PSK of TLS 1.3: asks whether data would be taken in the first flight (RFC 8446 4.2.10). None is ever sent. */
  readonly earlyData?: boolean;
};
