/** Server and browser have a version in common, and no cipher suite. */
import { TLS12 } from '../../../registry/versions.js';
import type { AddressCheck } from '../../../check/site-check.js';
import { alertOf, nameIsDisliked, supportedVersions } from '../../failure.js';
import type { Rule } from '../../case.js';
import { listed, reportPlaces } from '../../report.js';

export const cipherMismatch: Rule = (c) =>
  reportPlaces(c, 'CIPHER_MISMATCH', { severity: 'BROKEN', whoActs: 'ADMIN' }, (place) => {
    if (place.baseline.failure === undefined || isAboutOthers(place)) return undefined;
    const suites = modernSuites(place);
    if (suites.length > 0) return suites.some((suite) => OF_BROWSERS.test(suite)) ? undefined : { suites: listed(suites) };
    const nothingCommon = supportedVersions(place).length === 0 && NOTHING_COMMON.has(alertOf(place) ?? '');
    return nothingCommon ? { suites: 'none that was asked for' } : undefined;
  });

const NOTHING_COMMON: ReadonlySet<string> = new Set(['handshake_failure', 'insufficient_security']);
/** What Chrome, Firefox and Safari offer. */
const OF_BROWSERS = /^TLS_(AES_|CHACHA20_|ECDHE_(ECDSA|RSA)_WITH_(AES|CHACHA20)|RSA_WITH_AES_(128|256)_(CBC_SHA|GCM_SHA(256|384))$)/;

const isAboutOthers = (place: AddressCheck): boolean =>
  nameIsDisliked(place) || (place.clientCertificate?.ok === true && place.clientCertificate.value === 'REQUIRED');

const modernSuites = ({ versions }: AddressCheck): string[] =>
  versions.flatMap(({ version, suites }) => (version >= TLS12 && suites?.ok ? suites.value.names : []));
