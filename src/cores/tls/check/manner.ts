/**
 * How a server that refused a browser's ClientHello wants to be spoken to. Each of these leaves something out that servers stumble over;
 * the first that is answered is how all else is asked, and what it left out is what the diagnosis looks at.
 */
import type { ClientOffer } from '../client/client-offer.js';
import { SSL3, TLS10, TLS11, TLS12, TLS13 } from '../registry/versions.js';
import { chose, type Interview } from './interview.js';
import type { Verdict } from './probe.js';
import { browserOffer, type Manner, wideOffer } from './offers.js';

/** `offer`: one that was taken. */
export type Way = { readonly manner: Manner; readonly offer: ClientOffer };

/** Undefined: whatever was asked, there was no TLS. A few connections, all at once: a silent server costs one deadline more. */
export async function findWay(interview: Interview, manner: Manner, verdict: Verdict): Promise<Way | undefined> {
  const ways = waysToAsk(manner).filter(({ breaksSilence }) => breaksSilence || verdict !== 'SILENT');
  const answers = await Promise.all(ways.map(({ offer }) => interview.askOnce({ topic: 'BASELINE', offer, until: 'SERVER_FLIGHT' })));
  return ways.find((_, i) => chose(answers[i]!));
}

/** `breaksSilence`: what it leaves out makes servers hang. Whoever has none of what is offered says so. */
type Attempt = Way & { readonly breaksSilence?: true };

/** The nearest to a browser first. */
function waysToAsk(manner: Manner): readonly Attempt[] {
  const short = { ...manner, longShares: false };
  const plain = { ...short, extensions: false };
  const { serverName: _, ...nameless } = manner;
  return [
    { manner: short, offer: browserOffer(short, [TLS13, TLS12]), breaksSilence: true },
    { manner: short, offer: wideOffer(short, TLS13) },
    { manner: plain, offer: browserOffer(plain, [TLS12]), breaksSilence: true },
    { manner: short, offer: wideOffer(short, TLS12) },
    { manner: plain, offer: { ...wideOffer(plain, TLS11), versions: [TLS11, TLS10, SSL3] }, breaksSilence: true },
    { manner: plain, offer: wideOffer(plain, SSL3), breaksSilence: true },
    // A server that knows no such name says so; without one it may show what it has.
    ...(manner.serverName === undefined ? [] : [{ manner: nameless, offer: browserOffer(nameless, [TLS13, TLS12]) }]),
  ];
}
