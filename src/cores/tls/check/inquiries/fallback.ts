/** RFC 7507: a client that says it fell back to a lower version is refused by a server that has a higher one. */
import { ok, type Result } from '../../../../values/result.js';
import { TLS12 } from '../../registry/versions.js';
import { ALL_VERSIONS } from '../candidates.js';
import { chose, type Interview, unknown } from '../interview.js';
import { browserOffer, type Manner, wideOffer } from '../offers.js';
import { has, type Versions } from './versions.js';

/** Undefined for a server that has one version alone. */
export async function askFallback(interview: Interview, manner: Manner, versions: Versions): Promise<Result<boolean> | undefined> {
  const [, second] = ALL_VERSIONS.filter((version) => has(versions, version));
  if (second === undefined) return undefined;
  const offer = second === TLS12 && versions.alone.has(TLS12) ? browserOffer(manner, [TLS12]) : wideOffer(manner, second);
  const answer = await interview.ask({ topic: 'EXTENSIONS', offer: { ...offer, fallbackScsv: true }, until: 'SERVER_HELLO' });
  if (chose(answer)) return ok(false);
  // Whatever the alert: the same offer was taken without it.
  return answer.seen?.failure?.kind === 'ALERT' ? ok(true) : unknown(answer);
}
