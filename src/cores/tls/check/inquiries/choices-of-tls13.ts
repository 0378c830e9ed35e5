/** Suites, groups and signature algorithms of TLS 1.3, in one go: there a server chooses each of them without regard to the others (RFC 8446 4.1.1). */
import type { Result } from '../../../../values/result.js';
import { TLS13 } from '../../registry/versions.js';
import { GROUPS_13, SIGNATURES_13, suitesOf } from '../candidates.js';
import type { Interview } from '../interview.js';
import { type Manner, wideOffer } from '../offers.js';
import type { Answer } from '../probe.js';
import { byRemovalTogether } from '../removal.js';
import { suiteIn } from './suites.js';

export type ChoicesOfTls13 = {
  readonly cipherSuites: Result<readonly number[]>;
  readonly groups: Result<readonly number[]>;
  readonly signatureAlgorithms: Result<readonly number[]>;
};

/** `shown`: what a whole handshake in TLS 1.3 has shown already; absent where a browser's offer led to none. */
export function askChoicesOfTls13(interview: Interview, manner: Manner, shown: Answer | undefined): Promise<ChoicesOfTls13> {
  const suite = shown && suiteIn(shown);
  const group = shown?.seen?.keyExchange?.group;
  return byRemovalTogether(
    {
      cipherSuites: { candidates: suitesOf(TLS13), choice: suiteIn, chosen: suite === undefined ? [] : [suite] },
      // The first share that a server finds may be good enough for it: its own order shows only where there was none.
      groups: { candidates: GROUPS_13, choice: groupIn, chosen: [], ...(group !== undefined && { held: [group] }) },
      signatureAlgorithms: { candidates: SIGNATURES_13, choice: signatureIn, chosen: interview.signatures(TLS13) },
    },
    (offered) => interview.ask({ topic: 'GROUPS', offer: { ...wideOffer(manner, TLS13), ...offered }, until: 'SERVER_FLIGHT' }),
  );
}

const groupIn = ({ seen }: Answer) => seen?.helloRetryRequest?.group ?? seen?.keyExchange?.group;
const signatureIn = ({ seen }: Answer) => seen?.signature?.algorithm;
