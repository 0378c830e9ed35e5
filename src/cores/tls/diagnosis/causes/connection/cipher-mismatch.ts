/** Server and browser have a version in common, and no cipher suite. */
import type { AddressCheck } from '../../../check/site-check.js';
import type { Rule } from '../../case.js';
import { alertOf, hasSuiteOfBrowsers, modernSuites, nameIsDisliked, supportedVersions } from '../../failure.js';
import { listed, reportPlaces } from '../../report.js';

export const cipherMismatch: Rule = (c) =>
  reportPlaces(c, 'CIPHER_MISMATCH', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    if (place.baseline.failure === undefined || isAboutOthers(place)) return undefined;
    const suites = modernSuites(place);
    if (suites.length > 0) return hasSuiteOfBrowsers(place) ? undefined : { suites: listed(suites) };
    const nothingCommon = supportedVersions(place).length === 0 && NOTHING_COMMON.has(alertOf(place) ?? '');
    return nothingCommon ? { suites: 'none that was asked for' } : undefined;
  });

const NOTHING_COMMON: ReadonlySet<string> = new Set(['handshake_failure', 'insufficient_security']);

const isAboutOthers = (place: AddressCheck): boolean =>
  nameIsDisliked(place) || (place.clientCertificate?.ok === true && place.clientCertificate.value === 'REQUIRED');
