/** Without TLS 1.3 a visitor waits a round trip more, and nobody has keys that a quantum computer cannot find (RFC 9325 3.1.1, RFC 9851). */
import { TLS13, versionNameOf } from '../../../registry/versions.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const noTls13: Rule = (c) =>
  reportPlaces(c, 'NO_TLS13', { severity: 'NOTE', whoActs: 'ADMIN' }, ({ versions, baseline: { session } }) => {
    const newest = versions.find(({ version }) => version === TLS13);
    return session && newest?.supported.ok && !newest.supported.value ? { version: versionNameOf(session.protocol) } : undefined;
  });
