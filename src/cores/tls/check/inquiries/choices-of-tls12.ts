/** Curves and signature algorithms of TLS 1.2, beyond what the questions before have shown. */
import { ok, type Result } from '../../../../values/result.js';
import { TLS12 } from '../../registry/versions.js';
import { cipherSuiteName } from '../../registry/cipher-suites.js';
import { CURVES_12, isEcdhe, isSigned, SIGNATURES_12 } from '../candidates.js';
import type { Interview } from '../interview.js';
import { type Manner, wideOffer } from '../offers.js';
import type { Answer } from '../probe.js';
import { byRemoval } from '../removal.js';

/** Of a version before TLS 1.3. `known`: groups that the server was seen to have in TLS 1.3, where all that both have are the same in practice. */
export async function askCurves(
  interview: Interview,
  manner: Manner,
  { version, suites, known }: { readonly version: number; readonly suites: readonly number[]; readonly known: readonly number[] },
): Promise<Result<readonly number[]>> {
  const cipherSuites = suites.filter(isEcdhe);
  if (cipherSuites.length === 0) return ok([]);
  const candidates = CURVES_12.filter((curve) => !known.includes(curve));
  const ask = (groups: readonly number[]) =>
    interview.ask({ topic: 'GROUPS', offer: { ...wideOffer(manner, version), cipherSuites, groups }, until: 'SERVER_FLIGHT' });
  const choice = ({ seen }: Answer) => (seen?.keyExchange?.kind === 'ECDHE' ? seen.keyExchange.group : undefined);
  const found = await byRemoval({ candidates, ask, choice });
  const ofKey = found.ok ? CURVES_OF_KEYS.filter((curve) => known.includes(curve) || found.value.includes(curve)) : [];
  if (!found.ok || ofKey.length === 0 || !cipherSuites.every(isEcdsa)) return found;
  // Whoever does not offer the curve of the certificate's key is not shown it (RFC 8422 5.1), and here is no other certificate: once more with that.
  const left = candidates.filter((curve) => !found.value.includes(curve));
  const more = await byRemoval({ candidates: left, ask: (groups) => ask([...groups, ...ofKey]), choice });
  return more.ok ? ok([...found.value, ...more.value]) : more;
}

const isEcdsa = (suite: number): boolean => cipherSuiteName(suite).includes('_ECDSA_');
const CURVES_OF_KEYS = [0x17, 0x18, 0x19];

export async function askSignatures(interview: Interview, manner: Manner, suites: readonly number[]): Promise<Result<readonly number[]>> {
  const cipherSuites = suites.filter(isSigned);
  if (cipherSuites.length === 0) return ok([]);
  const known = interview.signatures(TLS12);
  const rest = await byRemoval({
    candidates: SIGNATURES_12.filter((code) => !known.includes(code)),
    ask: (signatureAlgorithms) =>
      interview.ask({
        topic: 'SIGNATURES',
        offer: { ...wideOffer(manner, TLS12), cipherSuites, signatureAlgorithms },
        until: 'SERVER_FLIGHT',
      }),
    choice: ({ seen }) => seen?.signature?.algorithm,
  });
  return rest.ok ? ok([...known, ...rest.value]) : rest;
}
