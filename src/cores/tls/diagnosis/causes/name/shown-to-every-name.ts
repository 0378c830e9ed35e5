import type { NamelessAnswer } from '../../../check/site-check.js';
import type { Result } from '../../../../../values/result.js';
import type { Case, ShownChain } from '../../case.js';

/** Wherever this certificate was shown for the name, it is shown for a name that nobody has as well: what was asked for made no difference. */
export function shownToEveryName(c: Case, { leaf, where }: ShownChain): boolean {
  const places = c.places.filter((place) => where.some(({ address, port }) => address === place.address && port === place.port));
  return places.length > 0 && places.every(({ wrongName }) => shows(wrongName, leaf.der));
}

const shows = (answer: Result<NamelessAnswer> | undefined, der: Uint8Array): boolean =>
  answer?.ok === true && answer.value.kind === 'CERTIFICATE' && Buffer.compare(answer.value.chain[0] ?? new Uint8Array(), der) === 0;
