/** A visitor of one customer's site is shown the certificate of another's, or strangers without a server name are. */
import { readCertificate } from '../../../../pki/certificate.js';
import type { NamelessAnswer } from '../../../check/site-check.js';
import type { Case, Rule } from '../../case.js';
import type { Diagnosis } from '../../diagnosis.js';
import { listed, report, reportPlaces } from '../../report.js';

export const anotherTenantsCertificate: Rule = (c) => [...forTheName(c), ...withoutName(c)];

const forTheName = (c: Case): Diagnosis[] =>
  c.shown.flatMap(({ leaf, where }) => {
    if (!c.ours?.otherTenants.has(leaf.fingerprint)) return [];
    const evidence = { covered: listed(leaf.names), shown: leaf.fingerprint, asked: 'with the name' };
    return report(c, 'ANOTHER_TENANTS_CERTIFICATE', { severity: 'BROKEN', whoActs: 'ADMIN', where, evidence, repair: 'REBIND' });
  });

function withoutName(c: Case): Diagnosis[] {
  const how = { severity: 'WEAK', whoActs: 'ADMIN', repair: 'RESTORE_DEFAULT' } as const;
  return reportPlaces(c, 'ANOTHER_TENANTS_CERTIFICATE', how, ({ withoutName: none, wrongName }) => {
    const leaf = [none, wrongName]
      .flatMap((answer) => (answer?.ok ? leafOf(answer.value) : []))
      .find((one) => c.ours?.otherTenants.has(one.fingerprint));
    return leaf && { covered: listed(leaf.names), shown: leaf.fingerprint, asked: 'without a name, or with one that nobody has' };
  });
}

export function leafOf(answer: NamelessAnswer) {
  const leaf = answer.kind === 'CERTIFICATE' && answer.chain[0] ? readCertificate(answer.chain[0]) : undefined;
  return leaf?.ok ? [leaf.value] : [];
}
