/**
 * What one handshake showed: facts only, no judgement. `prove` in proof.ts says what they mean.
 * The steps are the five that people learn (RFC 8446 2). Each has the time at which its last byte was read: what comes in one packet, as
 * most of a TLS 1.3 server's flight does, comes at one time.
 */
import type { KeyFamily } from '../pki/encoding/key-algorithm.js';
import type { StartTls } from './starttls/start-tls.js';
import type { Hostname } from '../../values/hostname.js';
import type { Instant } from '../../values/instant.js';
import type { IpAddress } from '../../values/ip-address.js';
import type { Problem } from '../../values/problems/problem.js';

export const HANDSHAKE_STEPS = ['CLIENT_HELLO', 'SERVER_HELLO', 'CERTIFICATE', 'KEY_EXCHANGE', 'FINISHED'] as const;
export type HandshakeStep = (typeof HANDSHAKE_STEPS)[number];

export type ObservedStep = {
  readonly step: HandshakeStep;
  /** Milliseconds (with fraction) from the moment that the transport was connected. */
  readonly afterMs: number;
  /** What happened in it, in one sentence for who sees a handshake for the first time. */
  readonly detail: string;
  /** What we said, in the field's words: `TLS 1.3, TLS 1.2; SNI shop.example; …`. Absent where we said nothing, and in old records. */
  readonly sent?: string;
  /** What the server said. */
  readonly answered?: string;
};

/** Where the handshake went. `socketPath`: a rehearsal on this machine, in place of address and port. */
export type HandshakeTarget = {
  readonly address: IpAddress;
  readonly port: number;
  readonly socketPath?: string;
  /** Said in the clear before TLS: a port of mail. */
  readonly startTls?: StartTls;
  /** Sent as SNI (RFC 6066 3); none is sent where it is absent. */
  readonly servername?: Hostname;
  /** Only signatures of such keys were offered: what a server that has an RSA and an ECDSA certificate shows to those that know one kind. */
  readonly keyFamily?: KeyFamily;
};

export type Session = {
  /** `TLSv1.3`, `TLSv1.2`. */
  readonly protocol: string;
  /** IANA name: `TLS_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string;
  /** IANA name: `X25519MLKEM768`, `x25519`, `secp256r1`; absent where the key exchange names none: static RSA, DHE. */
  readonly group?: string;
  readonly alpn?: string;
  /** Flights that were waited for, as counted on the wire. This and the next two are absent in old records. */
  readonly roundTrips?: number;
  /** Are the keys of this session gone when it ends, whoever gets hold of the certificate's key later? */
  readonly forwardSecrecy?: boolean;
  /** Is its secret safe from a quantum computer of later days? */
  readonly postQuantum?: boolean;
  /** DER, as sent, leaf first. */
  readonly chain: readonly Uint8Array[];
};

export type Observation = {
  readonly at: Instant;
  readonly target: HandshakeTarget;
  /** Those that were reached, in order. */
  readonly steps: readonly ObservedStep[];
  readonly session?: Session;
  /**
   * Why there is no session. A TLS_ALERT or TLS_PROTOCOL_ERROR is the server's answer; a CONNECTION_* or ADDRESS_NOT_ALLOWED
   * means that we could not find out. Present exactly where `session` is absent.
   */
  readonly failure?: Problem;
};
