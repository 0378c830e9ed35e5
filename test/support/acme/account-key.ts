import type { ChangesAccountKey, Issuer } from '../../../src/adapters/issuers/issuer.js';
import { ok } from '../../../src/values/result.js';

/** The same issuer under another id, and with an account whose key it changes. */
export function withAccountKey(real: Issuer, id: string): Issuer & ChangesAccountKey {
  const more = { manifest: { ...real.manifest, id, title: id }, rolloverKey: async () => ok(undefined) };
  return Object.assign(Object.create(real) as Issuer, more);
}
