/** What is shown to whoever names nothing, or somebody else. */
import { ok, type Result } from '../../../../values/result.js';
import { alertName } from '../../registry/alerts.js';
import type { ClientOffer } from '../../client/client-offer.js';
import { isAnonymous } from '../candidates.js';
import { chose, type Interview, unknown } from '../interview.js';
import type { Answer } from '../probe.js';
import type { NamelessAnswer } from '../site-check.js';

/** RFC 6761 6.4: nobody has it. */
const NOBODYS_NAME = 'hostseal-check.invalid';

type Names = { readonly withoutName: Result<NamelessAnswer>; readonly wrongName: Result<NamelessAnswer> };

/** `offer`: one that the server takes. */
export async function askNames(interview: Interview, { serverName: _, ...taken }: ClientOffer): Promise<Names> {
  const nameless = { ...taken, cipherSuites: taken.cipherSuites.filter((suite) => !isAnonymous(suite)) };
  const ask = async (offer: ClientOffer) => answerOf(await interview.ask({ topic: 'NAMES', offer, until: 'SERVER_FLIGHT' }));
  const [withoutName, wrongName] = await Promise.all([ask(nameless), ask({ ...nameless, serverName: NOBODYS_NAME })]);
  return { withoutName, wrongName };
}

function answerOf(answer: Answer): Result<NamelessAnswer> {
  const { seen } = answer;
  // Empty where it chose a suite without a certificate.
  if (seen?.chain !== undefined || chose(answer)) return ok({ kind: 'CERTIFICATE', chain: seen?.chain ?? [] });
  return seen?.failure?.kind === 'ALERT' ? ok({ kind: 'REFUSED', alert: alertName(seen.failure.code) }) : unknown(answer);
}
