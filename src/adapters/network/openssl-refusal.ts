/**
 * What OpenSSL has against a certificate and its key at the security level that distributions build servers with
 * (SSL_CTX_set_security_level(3): keys below 112 bits, signatures over SHA-1). For servers whose own test does not look, and which end over it.
 */
import { createSecureContext } from 'node:tls';
import type { Secret } from '../../values/secret.js';

/** In OpenSSL's words; undefined where it takes them. `chain` and `key` are PEM. */
export function opensslRefusal(chain: string, key: Secret): string | undefined {
  try {
    createSecureContext({ ciphers: 'DEFAULT@SECLEVEL=2', ca: [], cert: chain, key: key.revealText() });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : 'OpenSSL refuses it';
  }
}
