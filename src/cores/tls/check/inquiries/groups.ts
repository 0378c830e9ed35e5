/** Groups over all versions: those of TLS 1.3, and behind them the curves that only the versions before it show. */
import { ok, type Result } from '../../../../values/result.js';
import type { Interview } from '../interview.js';
import type { Manner } from '../offers.js';
import { askCurves } from './choices-of-tls12.js';

/** `known`, and behind them what this version before TLS 1.3 has beside them, with the suites that it has. */
export async function askGroups(
  interview: Interview,
  manner: Manner,
  known: Result<readonly number[]> | undefined,
  { version, codes }: { readonly version: number; readonly codes: Result<readonly number[]> },
): Promise<Result<readonly number[]>> {
  if (known?.ok === false) return known;
  if (!codes.ok) return codes;
  const seen = known?.value ?? [];
  const curves = await askCurves(interview, manner, { version, suites: codes.value, known: seen });
  return curves.ok ? ok([...seen, ...curves.value]) : curves;
}
