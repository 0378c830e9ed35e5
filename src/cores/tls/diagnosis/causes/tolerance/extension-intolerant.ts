/**
 * An extension that it does not know a server has to ignore (RFC 8446 4.2). Chrome sends one in every hello (RFC 8701). Where hellos with
 * little in them are answered and that of a browser is not, it is one of those that all browsers send.
 */
import type { AddressCheck } from '../../../check/site-check.js';
import type { Rule } from '../../case.js';
import { dislikesTheHello, nameIsDisliked } from '../../failure.js';
import { intolerance, refuses } from './tolerance.js';
import { stumblesOverTls13 } from './version-intolerant.js';

export const extensionIntolerant: Rule = (c) => [
  ...intolerance(c, 'EXTENSION_INTOLERANT', 'an extension that it does not know', refuses('UNKNOWN_EXTENSION'), refuses('GREASE')),
  ...intolerance(c, 'EXTENSION_INTOLERANT', 'the name of the site (SNI)', stumblesOverAnyName),
  ...intolerance(c, 'EXTENSION_INTOLERANT', 'the extensions that browsers send', stumblesOverBrowsers),
];

/** It hangs up on this name and on one that nobody has alike; a server that only does not know the name says so with an alert. */
export const stumblesOverAnyName = (place: AddressCheck): boolean =>
  nameIsDisliked(place) && place.baseline.failure?.code !== 'TLS_ALERT' && place.wrongName?.ok === false;

const stumblesOverBrowsers = (place: AddressCheck): boolean =>
  dislikesTheHello(place) && !nameIsDisliked(place) && !stumblesOverTls13(place) && !OTHERS.some((refused) => refused(place));
const OTHERS = [refuses('LONG_HELLO'), refuses('UNKNOWN_EXTENSION'), refuses('GREASE'), refuses('NEW_VERSION')];
