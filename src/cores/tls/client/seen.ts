/**
 * What one connection showed, read from the bytes: facts only. What a server was never asked, or what could not be read, is absent.
 * Numbers are IANA's.
 */
import type { Resumption } from './resumption.js';

export type SeenServerHello = {
  /** As chosen: of `supported_versions` in TLS 1.3, else the legacy field. */
  readonly version: number;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly sessionId: Uint8Array;
  /** Types, those of EncryptedExtensions with them as soon as they are known. */
  readonly extensions: readonly number[];
  /** RFC 8446 4.1.3: a server that could do more says so in its random. */
  readonly downgrade?: 'TO_TLS12' | 'TO_TLS11_OR_LESS';
};

export type SeenKeyExchange = {
  readonly kind: 'ECDHE' | 'DHE' | 'RSA' | 'PSK';
  readonly group?: number;
  /** Of a finite field (DHE), in bits. */
  readonly bits?: number;
};

export type SeenAlert = { readonly fatal: boolean; readonly code: number };

/** Why a connection came to nothing. */
export type ClientFailure =
  | { readonly kind: 'ALERT'; readonly code: number }
  /** Not TLS, or not as the RFC spells it; `detail` in a few words. */
  | { readonly kind: 'MALFORMED'; readonly detail: string }
  /** It begins with `HTTP/`. */
  | { readonly kind: 'PLAIN_HTTP' }
  /** It spoke another protocol before TLS: the first line, printable, at most 80 characters. */
  | { readonly kind: 'OTHER_PROTOCOL'; readonly greeting: string }
  /** The signature of the key exchange or of CertificateVerify, the Finished, or a record does not hold. */
  | { readonly kind: 'FORGED'; readonly what: 'SIGNATURE' | 'FINISHED' | 'RECORD' }
  /** It chose what was not offered. */
  | { readonly kind: 'NOT_OFFERED'; readonly what: string }
  /** More than a handshake may take. `message`: the one that is too long. */
  | { readonly kind: 'TOO_LONG'; readonly limit: number; readonly message?: { readonly type: number; readonly length: number } }
  /** It chose something that was offered only to see whether it would; there is no way on here. */
  | { readonly kind: 'NOT_COMPLETABLE'; readonly what: string };

/**
 * Something to come back with. A session id (up to TLS 1.2) is one too: its `lifetimeSeconds` is 0, which says that the server did not say
 * (RFC 5077 3.3).
 */
export type SeenTicket = { readonly lifetimeSeconds: number; readonly maxEarlyData?: number; readonly resumption: Resumption };

export type Seen = {
  readonly helloRetryRequest?: { readonly group?: number; readonly cookie: boolean };
  readonly serverHello?: SeenServerHello;
  readonly keyExchange?: SeenKeyExchange;
  readonly alpn?: string;
  /** DER, as sent, leaf first. */
  readonly chain?: readonly Uint8Array[];
  /** OCSP response, DER (RFC 6066 8). */
  readonly staple?: Uint8Array;
  /** SignedCertificateTimestampList of the TLS extension (RFC 6962 3.3). */
  readonly timestamps?: Uint8Array;
  /** Of CertificateVerify or ServerKeyExchange; one that does not hold is a failure. `algorithm` is absent before TLS 1.2. */
  readonly signature?: { readonly algorithm?: number };
  readonly certificateRequest?: { readonly authorities: readonly Uint8Array[]; readonly signatureAlgorithms: readonly number[] };
  readonly resumed: boolean;
  readonly earlyDataAccepted: boolean;
  readonly tickets: readonly SeenTicket[];
  /** All that came, close_notify with them. */
  readonly alerts: readonly SeenAlert[];
  /** Both Finished messages were right. */
  readonly finished: boolean;
  /** Flights that were waited for until then: one in TLS 1.3, two in TLS 1.2, one more after a HelloRetryRequest. */
  readonly roundTrips: number;
  /** Bytes of the first ClientHello, its record header with it. */
  readonly helloLength: number;
  readonly failure?: ClientFailure;
};
