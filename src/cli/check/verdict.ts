/** What all findings come to, and with which exit code the command ends then. */
import type { SiteCheck } from '../../cores/tls/check/site-check.js';
import type { Diagnosis } from '../../cores/tls/diagnosis/diagnosis.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** NOT_CHECKED: no address could be asked. UNKNOWN: nothing wrong was found, and not all was found out. */
export type Verdict = 'FINE' | 'WEAK' | 'BROKEN' | 'UNKNOWN' | 'NOT_CHECKED';

export function verdictOn({ addresses }: SiteCheck, findings: readonly Diagnosis[]): Verdict {
  if (!addresses.ok) return 'NOT_CHECKED';
  const severities = new Set(findings.map(({ severity }) => severity));
  if (severities.has('BROKEN')) return 'BROKEN';
  if (severities.has('WEAK')) return 'WEAK';
  return severities.has('UNKNOWN') ? 'UNKNOWN' : 'FINE';
}

export const EXIT_OF: Readonly<Record<Verdict, ExitCode>> = {
  FINE: EXIT.OK,
  WEAK: EXIT.FAILED,
  BROKEN: EXIT.FAILED,
  UNKNOWN: EXIT.NOT_CHECKED,
  NOT_CHECKED: EXIT.NOT_CHECKED,
};
