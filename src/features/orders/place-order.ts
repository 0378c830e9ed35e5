/** What a caller may order for a site. */
import { KEY_ALGORITHMS, type KeyAlgorithm } from '../../cores/pki/key-algorithm.js';
import { covers, parseCertificateName, type CertificateName, type Hostname } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import { parseLabel } from '../../values/label.js';
import { about, problem } from '../../values/problems/problem.js';
import { allFields, allItems, err, ok, type Result } from '../../values/result.js';

/** Let's Encrypt and most others (facts of the field, 2026): 100 names in one certificate. */
export const MAX_NAMES = 100;

export type PlaceOrderInput = {
  siteId: string;
  product?: string | null;
  names?: readonly string[] | null;
  keyAlgorithm?: KeyAlgorithm | null;
};
export type PlaceOrder = {
  readonly siteId: Id<'site'>;
  readonly product: string;
  /** Absent: all names of the site. */
  readonly names?: readonly CertificateName[];
  readonly keyAlgorithm: KeyAlgorithm;
};

export function parsePlaceOrder(input: PlaceOrderInput): Result<PlaceOrder> {
  const parsed = allFields({
    siteId: parseId('site', input.siteId),
    product: parseLabel(input.product ?? 'dv'),
    names: input.names ? parseNames(input.names) : ok(undefined),
    keyAlgorithm: ok(input.keyAlgorithm ?? KEY_ALGORITHMS[0]),
  });
  return parsed;
}

function parseNames(names: readonly string[]): Result<CertificateName[]> {
  if (names.length === 0) return err(problem('TOO_FEW', { count: 0, limit: 1 }));
  if (names.length > MAX_NAMES) return err(problem('TOO_MANY', { count: names.length, limit: MAX_NAMES }));
  const parsed = allItems(names, parseCertificateName);
  if (!parsed.ok) return parsed;
  const twice = parsed.value.find((name, index) => parsed.value.indexOf(name) !== index);
  return twice === undefined ? parsed : err(problem('DUPLICATE', { text: twice }));
}

/** The names of the certificate: those asked for, each of which has to serve a name of the site. */
export function namesFor(
  asked: readonly CertificateName[] | undefined,
  siteNames: readonly Hostname[],
): Result<readonly CertificateName[]> {
  if (!asked) return ok(siteNames);
  const stray = asked.filter((name) => !siteNames.some((host) => covers(name, host)));
  if (stray.length === 0) return ok(asked);
  return err(problem('INVALID_INPUT', {}, { sub: stray.map((name) => about('names', problem('NAME_NOT_COVERED', { name }))) }));
}
