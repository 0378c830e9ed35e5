/**
 * Signed certificate timestamps that no client counts: their list cannot be read, or they are of a time to come (RFC 6962 3.3, 5.2). One log twice counts
 * once. Their signatures are not verified: that takes the keys of the logs.
 */
import { toIso, toText } from '../../../../../values/instant.js';
import { isToCome, type ShownTimestamps, type TimestampSource } from '../../../timestamps/shown-timestamps.js';
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { report } from '../../report.js';

export const timestampsWrong: Rule = (c) => c.shown.flatMap((chain) => chain.timestamps.flatMap((shown) => wrong(c, chain, shown)));

function wrong(c: Case, { leaf, where }: ShownChain, { source, list }: ShownTimestamps): Diagnosis[] {
  const told = (severity: Diagnosis['severity'], detail: string, more: Diagnosis['evidence'] = {}): Diagnosis => {
    const evidence = { source: SOURCES[source], detail, fingerprint: leaf.fingerprint, ...more };
    return report(c, 'TIMESTAMPS_WRONG', { severity, whoActs: source === 'HANDSHAKE' ? 'ADMIN' : 'CA', where, evidence });
  };
  if (!list.ok) return [told('WEAK', `the list is malformed (${list.problem})`)];
  const { timestamps } = list.value;
  const [toCome] = timestamps.filter((one) => isToCome(one, c.now)).toSorted((a, b) => b.at - a.at);
  const twice = timestamps.find(({ logId }, i) => timestamps.findIndex((other) => other.logId === logId) < i);
  return [
    ...(toCome
      ? [told('WEAK', `one is of ${toText(toCome.at)}, which is still to come`, { log: toCome.logId, at: toIso(toCome.at) })]
      : []),
    ...(twice ? [told('NOTE', `the log ${twice.logId.slice(0, 16)}… stands in it twice, and counts once`, { log: twice.logId })] : []),
  ];
}

const SOURCES: Readonly<Record<TimestampSource, string>> = {
  CERTIFICATE: 'in the certificate',
  HANDSHAKE: 'that the server sends in the handshake',
  STAPLE: 'in the stapled OCSP response',
};
