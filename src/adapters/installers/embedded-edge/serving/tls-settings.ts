/** How the edge speaks TLS, at every address: today's "intermediate" without anything that lacks forward secrecy or AEAD (RFC 9325 4). */
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

export const TLS_SETTINGS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  /** Hybrid first (draft-ietf-tls-ecdhe-mlkem): recorded today, safe from a quantum computer later. */
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  /** All suites are good: a phone without AES instructions may choose ChaCha20. */
  honorCipherOrder: false,
  /** A client could ask a TLS 1.2 server for new handshakes without end (CVE-2011-1473). */
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  /** No client certificates are asked for; without a list, Node would load its 150 roots into every context. */
  ca: [],
} as const satisfies Omit<SecureContextOptions, 'ca'> & { ca: readonly string[] };
