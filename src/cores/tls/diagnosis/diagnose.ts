/** STUB until part D's is merged. */
import { readCertificate } from '../../pki/certificate.js';
import type { Diagnosis, Evidence } from './diagnosis.js';
export function diagnose({ check, ours, now }: Evidence): readonly Diagnosis[] {
  if (!check.addresses.ok) return [];
  return check.addresses.value.flatMap(({ address, port, baseline }): Diagnosis[] => {
    const base = { whoActs: 'ADMIN', where: [{ address, port }], alsoSeen: [], evidence: { name: check.name ?? '' } } as const;
    if (!baseline.session) return [{ ...base, cause: 'CONNECTION_REFUSED', severity: 'BROKEN' }];
    const leaf = readCertificate(baseline.session.chain[0]!);
    if (leaf.ok && leaf.value.notAfter < now) return [{ ...base, cause: 'EXPIRED', severity: 'BROKEN', repair: 'REISSUE' }];
    if (leaf.ok && ours?.expected !== undefined && leaf.value.fingerprint !== ours.expected)
      return [{ ...base, cause: 'WRONG_CERTIFICATE', severity: 'BROKEN', repair: 'REINSTALL' }];
    return [];
  });
}
