/**
 * Offered a version that it does not have, a server has to choose one that it has (RFC 8446 4.1.3, E.5). TLS 1.3 itself, of 2018, is
 * such a version to old ones: they answer where TLS 1.2 is offered alone, and not where both are.
 */
import type { AddressCheck } from '../../../check/site-check.js';
import { TLS13 } from '../../../registry/versions.js';
import type { Rule } from '../../case.js';
import { dislikesTheHello, supportedVersions } from '../../failure.js';
import { intolerance, refuses } from './tolerance.js';

export const versionIntolerant: Rule = (c) => [
  ...intolerance(c, 'VERSION_INTOLERANT', 'TLS 1.3', stumblesOverTls13),
  ...intolerance(
    c,
    'VERSION_INTOLERANT',
    'a version newer than TLS 1.3',
    (place) => !stumblesOverTls13(place) && refuses('NEW_VERSION')(place),
  ),
];

export const stumblesOverTls13 = (place: AddressCheck): boolean =>
  dislikesTheHello(place) && !refuses('LONG_HELLO')(place) && !supportedVersions(place).includes(TLS13);
