/** One rule for certificates of servers, in one file of its own, with its source. */
import type { Instant } from '../../../values/instant.js';
import type { Certificate } from '../certificate.js';

export type Lint = {
  /** Stable, kebab-case; the file's name. */
  readonly id: string;
  /** Document and section. */
  readonly source: string;
  /** Certificates issued before it are not judged by it. */
  readonly effectiveFrom: Instant;
  /** A private CA need not follow it: nobody is harmed, and no client minds. */
  readonly publicOnly?: true;
  /** What is wrong, in a few words; undefined where nothing is. */
  check(certificate: Certificate, issuedAt: Instant): string | undefined;
};

/** Rules older than every certificate in use. */
export const SINCE_EVER = 0 as Instant;
export const onDay = (day: `${number}-${number}-${number}`): Instant => Date.parse(`${day}T00:00:00Z`) as Instant;
