/** A client that was made to fall back says so, and should be refused (RFC 7507). It matters only where there is an old version to fall back to. */
import { TLS12, versionName } from '../../../registry/versions.js';
import { supportedVersions } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const fallbackNotRefused: Rule = (c) =>
  reportPlaces(c, 'FALLBACK_NOT_REFUSED', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) => {
    const oldest = Math.min(...supportedVersions(place));
    return place.fallbackScsv?.ok && !place.fallbackScsv.value && oldest < TLS12 ? { version: versionName(oldest) } : undefined;
  });
