/**
 * An Ed25519 key pair for a client of SSH, in OpenSSH's own format (PROTOCOL.key), unencrypted: the vault seals it. The randomness is
 * an argument.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { toPem } from '../../values/pem.js';
import { unwrap } from '../../values/result.js';
import { Secret } from '../../values/secret.js';
import { readSshPublicKey, type SshPublicKey } from './public-key.js';

/** RFC 8032 5.1.5. */
export const ED25519_SEED_BYTES = 32;
/** RFC 8410 7: what stands before the seed in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** RFC 8410 4: what stands before the key in SubjectPublicKeyInfo. */
const SPKI_PREFIX_BYTES = 12;
/** OpenSSH pads to its cipher's blocks; of none, to eight octets. */
const BLOCK_BYTES = 8;

/** `seed`: as many random octets as `ED25519_SEED_BYTES`. */
export function ed25519KeyPair(seed: Uint8Array): { readonly publicKey: SshPublicKey; readonly privateKey: Secret } {
  const pkcs8 = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(pkcs8).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES);
  const type = Buffer.from('ssh-ed25519');
  const blob = Buffer.concat([field(type), field(raw)]);
  // Two equal numbers show whoever decrypts that the passphrase was right; without one they say nothing, and need not be random.
  const checks = Buffer.alloc(8);
  const unpadded = Buffer.concat([checks, field(type), field(raw), field(Buffer.concat([seed, raw])), field(Buffer.alloc(0))]);
  const padding = Buffer.from(Array.from({ length: -unpadded.length & (BLOCK_BYTES - 1) }, (_, i) => i + 1));
  const none = field(Buffer.from('none'));
  const openssh = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0'), none, none, field(Buffer.alloc(0)), uint32(1)],
    ...[field(blob), field(Buffer.concat([unpadded, padding]))],
  ]);
  return { publicKey: unwrap(readSshPublicKey(blob)), privateKey: Secret.of(toPem('OPENSSH PRIVATE KEY', openssh)) };
}

const field = (content: Uint8Array): Buffer => Buffer.concat([uint32(content.length), content]);
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
