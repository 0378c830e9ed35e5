/** Public keys of hosts that are nowhere. */
import { ed25519KeyPair } from '../../../src/cores/ssh/ed25519-key.js';

export const HOST_KEY = ed25519KeyPair(new Uint8Array(32).fill(1)).publicKey;
export const ANOTHER_HOST_KEY = ed25519KeyPair(new Uint8Array(32).fill(2)).publicKey;
