/** Does it take up a session again: by its id, by a ticket, and by a pre-shared key of TLS 1.3. */
import { ok, type Result } from '../../../../values/result.js';
import type { ClientOffer } from '../../client/client-offer.js';
import type { Resumption } from '../../client/resumption.js';
import { chose, type Interview, saidNo, unknown } from '../interview.js';
import type { Answer } from '../probe.js';
import type { AddressCheck } from '../site-check.js';
import type { WholeHandshake } from './versions.js';

/** In TLS 1.2 and before. A ticket makes the server keep no session, so the id is tried with an offer that asks for none. */
export async function askOldResumption(
  interview: Interview,
  { offer, answer }: WholeHandshake,
): Promise<Pick<AddressCheck['resumption'], 'sessionId' | 'ticket'>> {
  const ticket = async () => {
    if (!finished(answer)) return undefined;
    const given = resumptionOf(answer, 'TICKET');
    return given ? again(interview, offer, given) : ok(false);
  };
  const sessionId = async () => {
    const withoutTicket = { ...offer, asks: offer.asks.filter((ask) => ask !== 'SESSION_TICKET') };
    const first = await interview.ask({ topic: 'RESUMPTION', offer: withoutTicket, until: 'FINISHED' });
    if (!finished(first)) return chose(first) && first.problem === undefined ? undefined : unknown(first);
    const given = resumptionOf(first, 'SESSION_ID');
    return given ? again(interview, withoutTicket, given) : ok(false);
  };
  const [byTicket, byId] = await Promise.all([ticket(), sessionId()]);
  return { ...(byTicket && { ticket: byTicket }), ...(byId && { sessionId: byId }) };
}

type NewResumption = { readonly psk?: Result<boolean>; readonly earlyData?: Result<boolean> };

/** In TLS 1.3. A ticket says itself whether it allows early data (RFC 8446 4.6.1), and a connection more would not say it better. */
export async function askNewResumption(interview: Interview, { offer, answer }: WholeHandshake): Promise<NewResumption> {
  if (!finished(answer)) return {};
  const tickets = answer.seen?.tickets ?? [];
  const earlyData = ok(tickets.some(({ maxEarlyData = 0 }) => maxEarlyData > 0));
  const given = resumptionOf(answer, 'PSK');
  return { psk: given ? await again(interview, offer, given) : ok(false), earlyData };
}

const finished = ({ seen }: Answer): boolean => seen?.finished === true;

const resumptionOf = ({ seen }: Answer, kind: Resumption['kind']): Resumption | undefined =>
  seen?.tickets.map(({ resumption }) => resumption).find((each) => each.kind === kind);

async function again(interview: Interview, offer: ClientOffer, resume: Resumption): Promise<Result<boolean>> {
  const answer = await interview.ask({ topic: 'RESUMPTION', offer: { ...offer, resume }, until: 'FINISHED' });
  if (chose(answer)) return ok(answer.seen?.resumed === true);
  return saidNo(answer) ? ok(false) : unknown(answer);
}
