/** Suites without encryption or without a certificate, or whose keys can be found (RFC 9325 4.1, RFC 7465, RFC 8429). */
import type { AddressCheck } from '../../../check/site-check.js';
import type { Rule } from '../../case.js';
import { listed, reportPlaces } from '../../report.js';

export const weakCipherSuite: Rule = (c) =>
  reportPlaces(c, 'WEAK_CIPHER_SUITE', { severity: 'WEAK', whoActs: 'ADMIN' }, (place) => {
    const weak = suitesOf(place).flatMap((suite) => {
      const kind = WEAKNESSES.find(([pattern]) => pattern.test(suite))?.[1];
      return kind === undefined ? [] : [{ suite, kind }];
    });
    if (weak.length === 0) return undefined;
    return {
      suites: listed(weak.map(({ suite }) => suite)),
      kinds: [...new Set(weak.map(({ kind }) => kind))].join(', '),
      count: weak.length,
    };
  });

const WEAKNESSES: readonly (readonly [RegExp, string])[] = [
  [/_EXPORT_|_EXPORT1024_|_DES40_/, 'export keys'],
  [/_NULL_(MD5|SHA)|_WITH_NULL_/, 'no encryption'],
  [/_(anon|ANON)_/, 'no certificate'],
  [/_RC4_/, 'RC4'],
  [/_RC2_/, 'RC2'],
  [/_3DES_/, 'triple DES'],
  [/_DES_/, 'DES'],
  [/_IDEA_/, 'IDEA'],
  [/_MD5$/, 'MD5'],
];

/** Of all versions, each once. */
export const suitesOf = ({ versions }: AddressCheck): string[] => [
  ...new Set(versions.flatMap(({ suites }) => (suites?.ok ? suites.value.names : []))),
];
