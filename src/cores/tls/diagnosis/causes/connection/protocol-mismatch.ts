/** Browsers of today speak TLS 1.2 and 1.3 (RFC 8996, RFC 9325 3.1.1); the server speaks only what is older. */
import { TLS12, versionName } from '../../../registry/versions.js';
import { alertOf, supportedVersions } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const protocolMismatch: Rule = (c) =>
  reportPlaces(c, 'PROTOCOL_MISMATCH', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    if (place.baseline.failure === undefined) return undefined;
    const versions = supportedVersions(place);
    if (versions.length === 0) return alertOf(place) === 'protocol_version' ? { versions: 'none that was asked for' } : undefined;
    return Math.max(...versions) < TLS12 ? { versions: versions.map(versionName).join(', ') } : undefined;
  });
