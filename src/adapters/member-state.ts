/**
 * What a member of a family has to remember between calls and across machines (a CA's register, an ACME account),
 * without knowing where. The platform keeps it in the database, and secrets in the vault.
 * Bodies are JSON values. Keys are chosen by the member and sort as text.
 */
import type { Secret } from '../values/secret.js';

export type Versioned<T> = { readonly body: T; readonly version: number };

export interface MemberState {
  read<T>(key: string): Promise<Versioned<T> | undefined>;
  /** False where the key is taken: the first writer wins, over all processes. */
  create(key: string, body: unknown): Promise<boolean>;
  /** Compare and set: false where `version` is no longer the newest. */
  replace(key: string, body: unknown, version: number): Promise<boolean>;
  /** Keys that begin with `prefix`, in order, after `after`, at most `limit`. */
  list<T>(prefix: string, limit: number, after?: string): Promise<readonly { key: string; body: T }[]>;
  /** Sealed at rest. False where the name is taken. */
  createSecret(name: string, secret: Secret): Promise<boolean>;
  secret(name: string): Promise<Secret | undefined>;
  /** Forgetting what is not there is fine. */
  forgetSecret(name: string): Promise<void>;
}
