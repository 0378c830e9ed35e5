/** AES-GCM, AES-CCM and their kin, ChaCha20-Poly1305, by node:crypto. */
import { type CipherCCMTypes, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { concat } from '../codec/byte-writer.js';
import type { BulkCipher } from '../registry/suite-parameters.js';

export type AeadKey = { readonly cipher: BulkCipher; readonly key: KeyObject };

/** Ciphertext and tag, in parts. */
export function sealAead({ cipher, key }: AeadKey, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): readonly Uint8Array[] {
  // CCM's types ask for the length of the plaintext, which the others do not mind.
  const sealing = createCipheriv(cipher.name as CipherCCMTypes, key, nonce, { authTagLength: cipher.tagLength });
  sealing.setAAD(aad, { plaintextLength: plaintext.length });
  return [sealing.update(plaintext), sealing.final(), sealing.getAuthTag()];
}

/** Undefined where the tag is not right. */
export function openAead({ cipher, key }: AeadKey, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - cipher.tagLength;
  if (length < 0) return undefined;
  const opening = createDecipheriv(cipher.name as CipherCCMTypes, key, nonce, { authTagLength: cipher.tagLength });
  opening.setAuthTag(sealed.subarray(length));
  opening.setAAD(aad, { plaintextLength: length });
  try {
    const plaintext = opening.update(sealed.subarray(0, length));
    const rest = opening.final();
    return rest.length === 0 ? plaintext : concat(plaintext, rest);
  } catch {
    return undefined;
  }
}

/** Of each cipher by OpenSSL's name; there are a few dozen. */
const availability = new Map<string, boolean>();

/** Has this machine's OpenSSL the cipher at all? RC4, SEED and single DES are gone from it. */
export function isAvailable(cipher: BulkCipher): boolean {
  const known = availability.get(cipher.name);
  if (known !== undefined) return known;
  const found = canBeMade(cipher);
  availability.set(cipher.name, found);
  return found;
}

function canBeMade({ mode, name, keyLength, blockLength, tagLength }: BulkCipher): boolean {
  if (mode === 'NULL') return true;
  try {
    const options = mode === 'CBC' ? undefined : { authTagLength: tagLength };
    createCipheriv(name as CipherCCMTypes, Buffer.alloc(keyLength), Buffer.alloc(mode === 'CBC' ? blockLength : 12), options as never);
    return true;
  } catch {
    return false;
  }
}
