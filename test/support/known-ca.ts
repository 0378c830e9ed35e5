import type { Issuer } from '../../src/adapters/issuers/issuer.js';
import { ok } from '../../src/values/result.js';
import type { TestCa } from './pki/certificates.js';

/** A private CA that the platform knows, and whose certificates it never ordered: `known-ca`. */
export function knownCa(real: Issuer, { rootDer }: TestCa): Issuer {
  const more = {
    manifest: { ...real.manifest, id: 'known-ca', title: 'Known CA', isPrivate: true },
    trustAnchors: async () => ok([rootDer]),
  };
  return Object.assign(Object.create(real) as Issuer, more);
}
