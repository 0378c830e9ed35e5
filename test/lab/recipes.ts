/** The certificates that rows ask for. */
import type { TestCa, TestRequest } from '../support/pki/certificates.js';
import { makeStaple } from '../support/pki/revocation.js';
import type { Authorities } from './authorities.js';
import type { Recipe } from './lab-server.js';

export const DAY = 24 * 3_600_000;
export const inDays = (days: number): Date => new Date(Date.now() + days * DAY);

/** A sound one for the row's host, but for what is said. */
export const leaf =
  (request: Partial<TestRequest> = {}, ca: (authorities: Authorities) => TestCa = ({ trusted }) => trusted): Recipe =>
  (authorities, host) =>
    ca(authorities).issue({ names: [host], ...request });

export const selfSigned =
  (request: Partial<TestRequest> = {}): Recipe =>
  ({ trusted }, host) =>
    trusted.selfSign({ names: [host], ...request });

/** For so many names, the row's host first. */
export const ofNames =
  (count: number): Recipe =>
  (authorities, host) =>
    leaf({ names: [host, ...Array.from({ length: count - 1 }, (_, i) => `n${i}.lab.test`)] })(authorities, host);

/** On the list of its issuer, to which it points. */
export const revoked: Recipe = async (authorities, host) => {
  const made = await leaf({ crlUrl: `${authorities.url}/revoked.crl` })(authorities, host);
  authorities.revoked.push(made);
  return made;
};

/** Without its intermediate, to which it points. */
export const incomplete: Recipe = (authorities, host) =>
  chained(() => [], leaf({ issuerUrl: `${authorities.url}/issuer.cer` }))(authorities, host);

/** The PEM of the chain behind the leaf, as it is sent. */
export const chained =
  (behind: (authorities: Authorities) => readonly string[], recipe: Recipe = leaf()): Recipe =>
  async (authorities, host) => {
    const made = await recipe(authorities, host);
    return { ...made, chainPem: [made.leafPem, ...behind(authorities)].map((pem) => `${pem.trimEnd()}\n`).join('') };
  };

type Staple = { readonly status?: 'GOOD' | 'REVOKED'; readonly since?: Date; readonly until?: Date; readonly ofAnother?: true };
export const stapled =
  ({ status = 'GOOD', since, until, ofAnother }: Staple = {}): Recipe =>
  async (authorities, host) => {
    const made = await leaf()(authorities, host);
    const subject = ofAnother ? await leaf()(authorities, host) : made;
    const times = { ...(since && { thisUpdate: since }), ...(until && { nextUpdate: until }) };
    return { ...made, staple: makeStaple(authorities.trusted.signer, subject, status, times) };
  };
