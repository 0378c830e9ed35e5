/** Groups over all versions: those of TLS 1.3, and behind them the curves that only the versions before it show. */
import { ok, type Result } from '../../../../values/result.js';
import { groupName } from '../../registry/groups.js';
import type { Interview } from '../interview.js';
import type { Manner } from '../offers.js';
import { askCurves } from './choices-of-tls12.js';

/** `newest`: of the versions before TLS 1.3, with the suites that it has. */
export async function askGroups(
  interview: Interview,
  manner: Manner,
  ofTls13: Result<readonly number[]> | undefined,
  newest: { readonly version: number; readonly suites: Result<readonly number[]> } | undefined,
): Promise<Result<readonly string[]> | undefined> {
  if (ofTls13?.ok === false || newest === undefined) return named(ofTls13);
  if (!newest.suites.ok) return newest.suites;
  const known = ofTls13?.value ?? [];
  const curves = await askCurves(interview, manner, { version: newest.version, suites: newest.suites.value, known });
  return named(curves.ok ? ok([...known, ...curves.value]) : curves);
}

const named = (groups: Result<readonly number[]> | undefined): Result<readonly string[]> | undefined =>
  groups?.ok ? ok(groups.value.map(groupName)) : groups;
