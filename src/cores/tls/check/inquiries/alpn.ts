/** Which of the web's protocols it speaks (RFC 7301). */
import { ok, type Result } from '../../../../values/result.js';
import { chose, type Interview, saidNo, unknown } from '../interview.js';
import { type Way } from '../manner.js';
import type { Answer } from '../probe.js';

export const ALPN_OF_WEB: readonly string[] = ['h2', 'http/1.1'];

/**
 * `both`: the answer to an offer of both. `one`: to one of HTTP/1.1 alone. Where the first chose HTTP/1.1 it has a preference, and HTTP/2 has to be
 * asked for by itself. A server that has no ALPN at all leaves both unanswered.
 */
export async function askAlpn(interview: Interview, way: Way, both: Answer, one: Answer | undefined): Promise<Result<readonly string[]>> {
  const chosen = [both, one].flatMap((answer) => answer?.seen?.alpn ?? []);
  if (chosen.includes('h2') || chosen.length === 0) return chose(both) || one ? ok(inOrder(chosen)) : unknown(both);
  const answer = await interview.ask({ topic: 'EXTENSIONS', offer: { ...way.offer, alpn: ['h2'] }, until: 'SERVER_FLIGHT' });
  if (!chose(answer)) return saidNo(answer) ? ok(inOrder(chosen)) : unknown(answer);
  return ok(inOrder([...chosen, ...(answer.seen?.alpn === 'h2' ? ['h2'] : [])]));
}

const inOrder = (chosen: readonly string[]): readonly string[] => ALPN_OF_WEB.filter((protocol) => chosen.includes(protocol));
