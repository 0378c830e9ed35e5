/** Which versions, from SSL 3.0 to TLS 1.3. Those of today by a whole handshake each, the old ones together, the highest taken out each time. */
import { ok, type Result } from '../../../../values/result.js';
import type { ClientOffer } from '../../client/client-offer.js';
import { SSL3, TLS11, TLS12, TLS13 } from '../../registry/versions.js';
import { ALL_VERSIONS } from '../candidates.js';
import { chose, type Interview, saidNo, unknown } from '../interview.js';
import { browserOffer, type Manner, wideOffer } from '../offers.js';
import type { Answer, Probe } from '../probe.js';
import type { Depth } from '../site-check.js';

export type Versions = {
  readonly supported: ReadonlyMap<number, Result<boolean>>;
  /** The handshake with each version alone; of those that the server has. */
  readonly alone: ReadonlyMap<number, WholeHandshake>;
};
export type WholeHandshake = { readonly offer: ClientOffer; readonly answer: Answer };

export const has = ({ supported }: Pick<Versions, 'supported'>, version: number): boolean => {
  const result = supported.get(version);
  return result?.ok === true && result.value;
};

/** What is said after the handshakes; the same for all that reach so far. */
type Afterwards = NonNullable<Probe['afterwards']>;

/** BRIEF: those of today alone. */
export async function askVersions(
  interview: Interview,
  manner: Manner,
  { afterwards, depth }: { readonly afterwards: Afterwards; readonly depth: Depth },
): Promise<Versions> {
  const supported = new Map<number, Result<boolean>>();
  const alone = new Map<number, WholeHandshake>();
  const shakeHands = async (offer: ClientOffer): Promise<WholeHandshake> => {
    const answer = await interview.ask({ topic: 'VERSIONS', offer, until: 'FINISHED', afterwards, observed: true });
    return { offer, answer };
  };
  const today = async (version: number) => {
    // HTTP/1.1 alone: what is asked afterwards is asked in it.
    const alpn = manner.alpn.filter((protocol) => protocol !== 'h2');
    const { offer, answer } = await shakeHands(browserOffer({ ...manner, alpn }, [version]));
    if (chose(answer)) alone.set(version, { offer, answer });
    supported.set(version, chose(answer) ? ok(true) : await supportOf(interview, manner, version, answer));
  };
  await Promise.all([today(TLS13), today(TLS12), depth === 'FULL' && askOld(interview, manner, supported)]);
  const highest = ALL_VERSIONS.filter((version) => version <= TLS12).find((version) => has({ supported }, version));
  // Whoever has nothing of TLS 1.2 that a browser offers shows a whole handshake all the same.
  if (highest !== undefined && highest !== SSL3 && !alone.has(highest)) {
    const handshake = await shakeHands(wideOffer(manner, highest));
    if (chose(handshake.answer)) alone.set(highest, handshake);
  }
  return { supported, alone };
}

/** protocol_version: it is certain. */
const saidNotThisVersion = ({ seen }: Answer): boolean => seen?.failure?.kind === 'ALERT' && seen.failure.code === 70;

/** It refused what a browser offers: perhaps not the version, but the suites or groups. */
async function supportOf(interview: Interview, manner: Manner, version: number, refusal: Answer): Promise<Result<boolean>> {
  if (saidNotThisVersion(refusal)) return ok(false);
  if (!saidNo(refusal)) return unknown(refusal);
  const answer = await interview.ask({ topic: 'VERSIONS', offer: wideOffer(manner, version), until: 'SERVER_FLIGHT' });
  return chose(answer) ? ok(true) : saidNo(answer) ? ok(false) : unknown(answer);
}

async function askOld(interview: Interview, manner: Manner, supported: Map<number, Result<boolean>>): Promise<void> {
  let left = ALL_VERSIONS.filter((version) => version <= TLS11);
  while (left.length > 0) {
    const answer = await interview.ask(probeOf(manner, left));
    const version = answer.seen?.serverHello?.version;
    if (chose(answer) && version !== undefined && left.includes(version)) {
      // It takes the highest that both have (RFC 5246 E.1).
      for (const higher of left.filter((other) => other > version)) supported.set(higher, ok(false));
      supported.set(version, ok(true));
      left = left.filter((other) => other < version);
    } else if (saidNotThisVersion(answer)) {
      for (const none of left) supported.set(none, ok(false));
      return;
    } else if (left.length === 1 || !saidNo(answer)) {
      for (const none of left) supported.set(none, saidNo(answer) ? ok(false) : unknown(answer));
      return;
    } else {
      // Each alone: a hello of the higher may be more than the lower can read.
      await Promise.all(
        left.map(async (one) => {
          const alone = await interview.ask(probeOf(manner, [one]));
          const shown = alone.seen?.serverHello?.version;
          supported.set(one, chose(alone) ? ok(shown === one) : saidNo(alone) ? ok(false) : unknown(alone));
        }),
      );
      return;
    }
  }
}

const probeOf = (manner: Manner, versions: readonly number[]): Probe => ({
  topic: 'VERSIONS',
  offer: { ...wideOffer(manner, Math.max(...versions)), versions },
  until: 'SERVER_FLIGHT',
});
