/** SSL 3.0, TLS 1.0 and 1.1 must not be used (RFC 7568, RFC 8996). */
import { TLS12, versionName } from '../../../registry/versions.js';
import { supportedVersions } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const weakProtocol: Rule = (c) =>
  reportPlaces(c, 'WEAK_PROTOCOL', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) => {
    const old = supportedVersions(place).filter((version) => version < TLS12);
    return old.length === 0 ? undefined : { versions: old.map(versionName).join(', ') };
  });
