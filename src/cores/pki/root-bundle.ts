/** A file of root certificates in PEM, such as curl's copy of Mozilla's list (cacert.pem), looked at before anything is trusted by it. */
import type { Instant } from '../../values/instant.js';
import { parsePem } from '../../values/pem.js';
import { err, ok, type Result } from '../../values/result.js';
import { readCertificate } from './certificate.js';

export type RootBundle = {
  /** DER. */
  readonly roots: readonly Uint8Array[];
  /** When the list was as it is, where the file says so. */
  readonly date?: Instant;
};

/** Six times Mozilla's. */
export const MAX_BUNDLE_BYTES = 2 * 1024 * 1024;
/** Mozilla's has had more than a hundred for many years: one with fewer was cut off, or is something else. */
const FEWEST = 50;
const MOST = 1_000;

/** The error says in a few words why it is not used. */
export function readRootBundle(text: string): Result<RootBundle, string> {
  const blocks = parsePem('CERTIFICATE', text, MAX_BUNDLE_BYTES);
  if (!blocks.ok) return err('there is no certificate in it, or it is too large');
  const begun = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun !== blocks.value.length) return err('one of its certificates is damaged');
  if (begun < FEWEST || begun > MOST) return err(`it has ${begun} certificates, not ${FEWEST} to ${MOST}`);
  const odd = blocks.value.findIndex((der) => {
    const certificate = readCertificate(der);
    return !certificate.ok || !certificate.value.isCa;
  });
  if (odd >= 0) return err(`its certificate number ${odd + 1} is not that of a CA`);
  return ok({ roots: blocks.value, date: dateIn(text) });
}

/** `## Certificate data from Mozilla as of: Tue Nov  4 04:12:04 2025 GMT`, or `last updated on: …`. */
function dateIn(text: string): Instant | undefined {
  const written = /(?:as of|last updated on): ([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4} GMT)/.exec(text.slice(0, 4_096))?.[1];
  const at = written === undefined ? NaN : Date.parse(written);
  return Number.isNaN(at) ? undefined : (at as Instant);
}
