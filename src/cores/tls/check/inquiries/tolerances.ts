/** What the server is known to take, changed in one thing: is it still taken? Servers that are not read the protocol otherwise than it was written. */
import { ok, type Result } from '../../../../values/result.js';
import type { ClientOffer } from '../../client/client-offer.js';
import { chose, type Interview, saidNo, unknown } from '../interview.js';
import { type Answer, verdictOf } from '../probe.js';
import type { Tolerance } from '../site-check.js';

/** The next version to come, and none that anybody has. */
const NEXT_VERSION = 0x0305;
/** A record a third of the least IPv6 packet: the ClientHello comes in several, in one packet. */
const SMALL_RECORD = 100;
/** Of F5's old bug: such a ClientHello hangs (RFC 7685 1). */
const SHORTEST_OF_256_TO_511 = 300;
/** More than one packet of Ethernet holds with its headers. */
const PACKET = 1_460;
const LONG = 1_700;

const CHANGES = {
  NEW_VERSION: (offer) => ({ ...offer, versions: [NEXT_VERSION, ...offer.versions] }),
  UNKNOWN_EXTENSION: (offer) => ({ ...offer, asks: [...offer.asks, 'UNASSIGNED'] }),
  GREASE: (offer) => ({ ...offer, grease: true }),
  LONG_HELLO: (offer) => ({ ...offer, padTo: LONG }),
  HELLO_OF_256_TO_511: (offer) => ({ ...offer, padTo: SHORTEST_OF_256_TO_511 }),
  FRAGMENTED_HELLO: (offer) => ({ ...offer, recordSize: SMALL_RECORD }),
} as const satisfies Partial<Record<Tolerance, (offer: ClientOffer) => ClientOffer>>;
type Change = keyof typeof CHANGES;

export type Tolerances = Partial<Record<Tolerance, Result<boolean>>>;

/** Seldom minded, and asked in one ClientHello as long as none of them is. */
const TOGETHER = ['NEW_VERSION', 'UNKNOWN_EXTENSION', 'GREASE', 'HELLO_OF_256_TO_511', 'FRAGMENTED_HELLO'] as const;

/** `offer`: a short one that is taken. */
export async function askTolerances(interview: Interview, offer: ClientOffer): Promise<Tolerances> {
  const ask = (changed: ClientOffer) => interview.askTwice({ topic: 'TOLERANCES', offer: changed, until: 'SERVER_HELLO' });
  const alone = async (change: Change): Promise<Tolerances> => {
    const taken = isTaken(await ask(CHANGES[change](offer)));
    if (!taken.ok || taken.value) return { [change]: taken };
    // Who has had enough of us minds everything: only where the unchanged one is still taken was it the change.
    const unchanged = await ask(offer);
    return { [change]: chose(unchanged) ? taken : unknown(unchanged) };
  };
  const together = async (): Promise<Tolerances> => {
    const answer = await ask(TOGETHER.reduce((changed, change) => CHANGES[change](changed), offer));
    const isAll = chose(answer) && isOf256To511(answer);
    const each = isAll ? TOGETHER.map((change) => ({ [change]: ok(true) })) : await Promise.all(TOGETHER.map(alone));
    return Object.assign({}, ...each) as Tolerances;
  };
  const long = interview.took(({ helloLength }) => helloLength > PACKET) ? { LONG_HELLO: ok(true) } : alone('LONG_HELLO');
  return Object.assign({}, ...(await Promise.all([together(), long]))) as Tolerances;
}

const RECORD_HEADER = 5;
function isOf256To511({ seen }: Answer): boolean {
  const length = (seen?.helloLength ?? 0) - RECORD_HEADER;
  return length >= 256 && length <= 511;
}

function isTaken(answer: Answer): Result<boolean> {
  if (chose(answer)) return ok(true);
  return saidNo(answer) || verdictOf(answer) === 'SILENT' || verdictOf(answer) === 'NOT_TLS' ? ok(false) : unknown(answer);
}
