/** The suites of one version, and whose order they are in. */
import { ok, type Result } from '../../../../values/result.js';
import type { ClientOffer } from '../../client/client-offer.js';
import { cipherSuiteName } from '../../registry/cipher-suites.js';
import { TLS12, TLS13 } from '../../registry/versions.js';
import { SIGNATURES_12, suitesOf } from '../candidates.js';
import { chose, type Interview, saidNo, unknown } from '../interview.js';
import { type Manner, wideOffer } from '../offers.js';
import type { Answer } from '../probe.js';
import { byRemovalOfMany } from '../removal.js';
import type { Suites } from '../site-check.js';

export type SuitesOfVersion = {
  readonly codes: Result<readonly number[]>;
  readonly many?: boolean;
};

export const suiteIn = ({ seen }: Answer): number | undefined => seen?.serverHello?.cipherSuite;

/** Before TLS 1.3, where the order of the server's choice is the order of what is removed. */
export async function askSuites(interview: Interview, manner: Manner, version: number): Promise<SuitesOfVersion> {
  const offer = wideOffer(manner, version);
  let last: Answer | undefined;
  const { found, many } = await byRemovalOfMany({
    candidates: suitesOf(version),
    ask: async (cipherSuites) => {
      const signatures = version === TLS12 ? { signatureAlgorithms: unseenFirst(interview) } : {};
      last = await interview.ask({ topic: 'SUITES', offer: { ...offer, cipherSuites, ...signatures }, until: 'SERVER_FLIGHT' });
      return last;
    },
    choice: suiteIn,
  });
  // The version is there, so it has suites; it minded something else.
  const none = found.ok && found.value.length === 0 && last !== undefined;
  return { codes: none ? unknown(last!) : found, ...(many !== undefined && { many }) };
}

/** A server that takes the client's order shows another signature each time, which need not be asked for then. */
function unseenFirst(interview: Interview): readonly number[] {
  const seen = interview.signatures(TLS12);
  return [...SIGNATURES_12.filter((code) => !seen.includes(code)), ...seen];
}

export type Preference = {
  readonly suites: Result<Suites>;
  /** Before TLS 1.3: was DEFLATE chosen, which the same ClientHello offered? */
  readonly compression?: Result<boolean>;
};

/** `offer`: one that is taken. With what was found in the reverse order: who still chooses the first has an order of its own. */
export async function askPreference(
  interview: Interview,
  offer: ClientOffer,
  version: number,
  found: Result<readonly number[]>,
): Promise<Preference> {
  if (!found.ok) return { suites: found };
  const codes = found.value;
  const bits = interview.finiteFieldBits(version);
  const suites = (names: readonly number[], preference: Suites['preference']): Result<Suites> =>
    ok({ names: names.map(cipherSuiteName), preference, ...(bits !== undefined && { finiteFieldBits: bits }) });
  if (codes.length === 0) return { suites: suites([], 'ONLY_ONE') };
  const before13 = version !== TLS13;
  if (codes.length === 1 && !before13) return { suites: suites(codes, 'ONLY_ONE') };
  const reversed = codes.toReversed();
  const answer = await interview.ask({
    topic: 'SUITES',
    offer: { ...offer, cipherSuites: reversed, ...(before13 && { compressionMethods: [DEFLATE, 0] }) },
    until: 'SERVER_HELLO',
  });
  const hello = answer.seen?.serverHello;
  if (!chose(answer) || hello === undefined) {
    // Alone it says nothing of the suites, which are known.
    return { suites: codes.length === 1 ? suites(codes, 'ONLY_ONE') : saidNo(answer) ? suites(codes, 'CLIENT') : unknown(answer) };
  }
  const compression = before13 ? { compression: ok(hello.compressionMethod !== 0) } : {};
  if (codes.length === 1) return { suites: suites(codes, 'ONLY_ONE'), ...compression };
  const isClients = hello.cipherSuite === reversed[0];
  // In TLS 1.3 the first was found by another offer than the rest, so its place is only known now.
  const order = isClients ? codes : [hello.cipherSuite, ...codes.filter((code) => code !== hello.cipherSuite)];
  return { suites: suites(order, isClients ? 'CLIENT' : 'SERVER'), ...compression };
}
const DEFLATE = 1;
