/** Causes that are told from how a server answers: connections, hellos, versions and suites, HTTP. */
import { describe, expect, it } from 'vitest';
import type { AddressCheck, SiteCheck } from '../../../../src/cores/tls/check/site-check.js';
import type { Diagnosis } from '../../../../src/cores/tls/diagnosis/diagnosis.js';
import { days, hours, plus, seconds, type Duration } from '../../../../src/values/instant.js';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';
import { err, ok } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf, NOW } from '../../pki/certificate-maker.js';
import { diagnosed } from './told.js';
import { failedAddress, healthyAddress, httpAnswer, siteCheck, V4, V6, versions } from '../../../support/tls/site-check.js';

const root = makeAuthority('Root');
const chain = [makeLeaf(root).der];
const later = (span: number) => plus(NOW, span as Duration);

const told = (places: readonly AddressCheck[], check: Partial<SiteCheck> = {}): readonly Diagnosis[] =>
  diagnosed({
    check: siteCheck({ addresses: ok(places), ...check }),
    now: NOW,
    roots: [root.certificate.der],
    fetchedIssuers: [],
    revoked: new Set(),
  });
const of = (changes: Partial<AddressCheck>) => told([healthyAddress(chain, changes)]);
const failing = (cause: Problem, changes: Partial<AddressCheck> = {}) => told([failedAddress(cause, changes)]);

const where = { address: V4, port: 443 };
const alert = (name: string) => problem('TLS_ALERT', { ...where, step: 'CLIENT_HELLO', alert: name });
const REFUSED = problem('CONNECTION_REFUSED', where);
const TIMED_OUT = problem('CONNECTION_TIMED_OUT', { ...where, limit: 5000 });
const RESET = problem('CONNECTION_CLOSED', { ...where, detail: 'it was reset' });
const notTls = (kind: string, more: Problem['facts'] = {}) =>
  problem('TLS_PROTOCOL_ERROR', { ...where, step: 'CLIENT_HELLO', kind, detail: 'as it was', ...more });
const UNASKED = problem('CONNECTION_TIMED_OUT', { ...where, limit: 5000 });
const shown = ok({ kind: 'CERTIFICATE' as const, chain });

const FINE_SUITES = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'];
const modern = { 0x0303: FINE_SUITES, 0x0304: ['TLS_AES_128_GCM_SHA256'] };
const hsts = (...headers: string[]) => ({ http: { overTls: ok(httpAnswer({ hsts: headers })) } });
const dated = (date: number) => ({ http: { overTls: ok(httpAnswer({ hsts: ['max-age=63072000'], date: later(date) })) } });
const plain = (answer: Parameters<typeof httpAnswer>[0]) => ({
  http: { overTls: ok(httpAnswer({ hsts: ['max-age=63072000'] })), plain: ok(httpAnswer(answer)) },
});

describe('a server that lets nobody in', () => {
  it.each<{ name: string; found: () => readonly Diagnosis[]; is: object }>([
    {
      name: 'refuses the connection',
      found: () => failing(REFUSED),
      is: { cause: 'CONNECTION_REFUSED', severity: 'BROKEN', whoActs: 'ADMIN', where: [where] },
    },
    {
      name: 'does not answer at all',
      found: () => failing(TIMED_OUT),
      is: { cause: 'CONNECTION_TIMED_OUT', evidence: { after: 'no connection came about' } },
    },
    {
      name: 'greets nobody who waits for STARTTLS',
      found: () => told([failedAddress(TIMED_OUT)], { startTls: 'smtp' }),
      is: { cause: 'CONNECTION_TIMED_OUT', evidence: { after: expect.stringContaining('nothing was said on it') } },
    },
    {
      name: 'takes the connection and is silent',
      found: () => {
        const place = failedAddress(TIMED_OUT);
        const steps = [{ step: 'CLIENT_HELLO' as const, afterMs: 1, detail: 'sent' }];
        return told([{ ...place, baseline: { ...place.baseline, steps } }]);
      },
      is: { cause: 'CONNECTION_TIMED_OUT', evidence: { after: expect.stringContaining('nothing answered') } },
    },
    { name: 'resets', found: () => failing(RESET), is: { cause: 'CONNECTION_RESET', severity: 'BROKEN', whoActs: 'ADMIN' } },
    {
      name: 'speaks plain HTTP',
      found: () => failing(notTls('PLAIN_HTTP')),
      is: { cause: 'PLAIN_HTTP_ON_TLS_PORT', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'greets as a mail server',
      found: () => failing(notTls('OTHER_PROTOCOL', { greeting: '220 mail.example ESMTP' })),
      is: { cause: 'OTHER_PROTOCOL', evidence: { greeting: '220 mail.example ESMTP' } },
    },
    { name: 'sends garbage', found: () => failing(notTls('MALFORMED')), is: { cause: 'NOT_TLS', severity: 'BROKEN' } },
    { name: 'sends more than a handshake takes', found: () => failing(notTls('TOO_LONG')), is: { cause: 'NOT_TLS' } },
    {
      name: 'signs with another key',
      found: () => failing(notTls('FORGED', { forged: 'SIGNATURE' })),
      is: { cause: 'KEY_MISMATCH', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'sends a record that was changed',
      found: () => failing(notTls('FORGED', { forged: 'RECORD' })),
      is: { cause: 'HANDSHAKE_ALTERED', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'refuses STARTTLS',
      found: () => failing(problem('STARTTLS_REFUSED', { ...where, detail: '454 not now' })),
      is: { cause: 'STARTTLS_REFUSED', severity: 'BROKEN', evidence: { detail: '454 not now' } },
    },
    {
      name: 'does not know the name',
      found: () => failing(alert('unrecognized_name')),
      is: { cause: 'NAME_UNKNOWN', severity: 'BROKEN', whoActs: 'ADMIN' },
    },
    {
      name: 'dislikes the name, and answers without one',
      found: () => failing(alert('handshake_failure'), { nameLeftOut: true, withoutName: shown }),
      is: { cause: 'NAME_UNKNOWN', alsoSeen: ['HANDSHAKE_REFUSED'] },
    },
    {
      name: 'hangs up on any name, and answers without one',
      found: () => failing(RESET, { nameLeftOut: true, withoutName: shown, wrongName: err(RESET) }),
      is: { cause: 'EXTENSION_INTOLERANT', severity: 'BROKEN', evidence: { hello: 'the name of the site (SNI)' } },
    },
    {
      name: 'says nothing that is of use',
      found: () => failing(alert('internal_error')),
      is: { cause: 'HANDSHAKE_REFUSED', evidence: { alert: 'internal_error' } },
    },
    {
      name: 'speaks TLS 1.0 alone',
      found: () => failing(alert('protocol_version'), { versions: versions({ 0x0301: ['TLS_RSA_WITH_RC4_128_SHA'] }) }),
      is: {
        cause: 'PROTOCOL_MISMATCH',
        severity: 'BROKEN',
        evidence: { versions: 'TLS 1.0' },
        alsoSeen: expect.arrayContaining(['WEAK_PROTOCOL', 'WEAK_CIPHER_SUITE']),
      },
    },
    {
      name: 'speaks none of our versions',
      found: () => failing(alert('protocol_version'), { versions: versions({}) }),
      is: { cause: 'PROTOCOL_MISMATCH' },
    },
    {
      name: 'has suites that no browser has',
      found: () => failing(alert('handshake_failure'), { versions: versions({ 0x0303: ['TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384'] }) }),
      is: { cause: 'CIPHER_MISMATCH', severity: 'BROKEN', alsoSeen: ['HANDSHAKE_REFUSED'] },
    },
    {
      name: 'has a suite of TLS 1.3 that no browser has',
      found: () => failing(alert('handshake_failure'), { versions: versions({ 0x0304: ['TLS_AES_128_CCM_8_SHA256'] }) }),
      is: { cause: 'CIPHER_MISMATCH' },
    },
    {
      name: 'has nothing in common with us',
      found: () => failing(alert('handshake_failure'), { versions: versions({}) }),
      is: { cause: 'CIPHER_MISMATCH' },
    },
    {
      name: 'wants a client certificate in TLS 1.2',
      found: () => failing(alert('handshake_failure'), { versions: versions(modern), clientCertificate: ok('REQUIRED') }),
      is: { cause: 'CLIENT_CERTIFICATE_DEMANDED', severity: 'BROKEN', whoActs: 'CUSTOMER', alsoSeen: ['HANDSHAKE_REFUSED'] },
    },
    {
      name: 'wants a client certificate in TLS 1.3',
      found: () => failing(alert('certificate_required')),
      is: { cause: 'CLIENT_CERTIFICATE_DEMANDED' },
    },
    {
      name: 'wants a client certificate, and says so in HTTP',
      found: () =>
        of({ clientCertificate: ok('OPTIONAL'), http: { overTls: ok(httpAnswer({ status: 400, hsts: ['max-age=63072000'] })) } }),
      is: { cause: 'CLIENT_CERTIFICATE_DEMANDED', severity: 'BROKEN' },
    },
    {
      name: 'stumbles over TLS 1.3',
      found: () => failing(RESET, { versions: versions({ 0x0303: FINE_SUITES }) }),
      is: { cause: 'VERSION_INTOLERANT', severity: 'BROKEN', evidence: { hello: 'TLS 1.3' } },
    },
    {
      name: 'stumbles over a long hello',
      found: () => failing(TIMED_OUT, { versions: versions({ 0x0303: FINE_SUITES }), tolerates: { LONG_HELLO: ok(false) } }),
      is: { cause: 'LONG_HELLO_INTOLERANT', severity: 'BROKEN', alsoSeen: ['CONNECTION_TIMED_OUT'] },
    },
    {
      name: 'stumbles over what a browser says',
      found: () => failing(alert('handshake_failure'), { versions: versions(modern) }),
      is: { cause: 'EXTENSION_INTOLERANT', severity: 'BROKEN', alsoSeen: ['HANDSHAKE_REFUSED'] },
    },
  ])('$name', ({ found, is }) => expect(found()).toMatchObject([is]));

  it('asked for no name, wants one', () => {
    const place = failedAddress(alert('unrecognized_name'));
    expect(told([place], { name: undefined })).toMatchObject([{ cause: 'SNI_MISSING', severity: 'BROKEN', whoActs: 'CUSTOMER' }]);
  });

  it('at one of two addresses is a difference, and says which', () =>
    expect(told([healthyAddress(chain), failedAddress(REFUSED, { address: V6 })])).toMatchObject([
      {
        cause: 'ADDRESSES_DIFFER',
        severity: 'BROKEN',
        where: [{ address: V6 }],
        evidence: { which: 'Over IPv6' },
        alsoSeen: ['CONNECTION_REFUSED'],
      },
    ]));
});

describe('a name', () => {
  it('that does not resolve is its owner’s to mend', () => {
    const addresses = err(problem('NAME_DOES_NOT_RESOLVE', { name: 'shop.example', detail: 'ENOTFOUND' }));
    expect(told([], { addresses })).toMatchObject([{ cause: 'NAME_DOES_NOT_RESOLVE', severity: 'BROKEN', whoActs: 'CUSTOMER', where: [] }]);
  });

  it('that could not be looked up is not known', () =>
    expect(told([], { addresses: err(problem('NAME_LOOKUP_FAILED', { name: 'shop.example', detail: 'ETIMEOUT' })) })).toMatchObject([
      { cause: 'COULD_NOT_FIND_OUT', severity: 'UNKNOWN', evidence: { what: 'the addresses', code: 'NAME_LOOKUP_FAILED' } },
    ]));

  it('with addresses that were left out is not known to be fine', () =>
    expect(told([healthyAddress(chain)], { leftOut: [V6] })).toMatchObject([{ cause: 'COULD_NOT_FIND_OUT', severity: 'UNKNOWN' }]));
});

describe('a server that lets browsers in', () => {
  it.each<{ name: string; changes: Partial<AddressCheck>; is: object }>([
    {
      name: 'and refuses a version of tomorrow',
      changes: { tolerates: { NEW_VERSION: ok(false) } },
      is: { cause: 'VERSION_INTOLERANT', severity: 'WEAK' },
    },
    {
      name: 'and refuses an unknown extension',
      changes: { tolerates: { UNKNOWN_EXTENSION: ok(false) } },
      is: { cause: 'EXTENSION_INTOLERANT', severity: 'WEAK' },
    },
    {
      name: 'and refuses GREASE, which Chrome sends',
      changes: { tolerates: { GREASE: ok(false) } },
      is: { cause: 'GREASE_INTOLERANT', severity: 'BROKEN' },
    },
    {
      name: 'and refuses an unknown extension, and so GREASE',
      changes: { tolerates: { GREASE: ok(false), UNKNOWN_EXTENSION: ok(false) } },
      is: { cause: 'EXTENSION_INTOLERANT', severity: 'BROKEN', alsoSeen: ['GREASE_INTOLERANT'] },
    },
    {
      name: 'and refuses a longer hello',
      changes: { tolerates: { LONG_HELLO: ok(false) } },
      is: { cause: 'LONG_HELLO_INTOLERANT', severity: 'WEAK' },
    },
    {
      name: 'and hangs for 256 to 511 bytes',
      changes: { tolerates: { HELLO_OF_256_TO_511: ok(false) } },
      is: { cause: 'LONG_HELLO_INTOLERANT', evidence: { hello: 'of 256 to 511 bytes' } },
    },
    {
      name: 'and has no room for many suites',
      changes: { tolerates: { MANY_SUITES: ok(false) } },
      is: { cause: 'LONG_HELLO_INTOLERANT', severity: 'WEAK' },
    },
    {
      name: 'and refuses fragments',
      changes: { tolerates: { FRAGMENTED_HELLO: ok(false) } },
      is: { cause: 'LONG_HELLO_INTOLERANT', severity: 'WEAK' },
    },
    {
      name: 'asks for a client certificate',
      changes: { clientCertificate: ok('OPTIONAL') },
      is: { cause: 'CLIENT_CERTIFICATE_DEMANDED', severity: 'NOTE' },
    },
    {
      name: 'has old versions too',
      changes: { versions: versions({ 0x0300: FINE_SUITES, 0x0301: FINE_SUITES, ...modern }) },
      is: { cause: 'WEAK_PROTOCOL', severity: 'WEAK', evidence: { versions: 'SSL 3.0, TLS 1.0' } },
    },
    {
      name: 'has old versions too, and lets itself be led to them',
      changes: { versions: versions({ 0x0302: FINE_SUITES, ...modern }), fallbackScsv: ok(false) },
      is: { cause: 'WEAK_PROTOCOL', alsoSeen: ['FALLBACK_NOT_REFUSED'] },
    },
    {
      name: 'has no TLS 1.3',
      changes: { versions: versions({ 0x0303: FINE_SUITES }), baseline: healthyAddress(chain).handshakes[0]! },
      is: { cause: 'NO_TLS13', severity: 'NOTE', evidence: { version: 'TLS 1.2' } },
    },
    ...[
      'TLS_RSA_WITH_NULL_SHA256',
      'TLS_DH_anon_WITH_AES_128_GCM_SHA256',
      'TLS_RSA_EXPORT_WITH_RC4_40_MD5',
      'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
      'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
      'TLS_RSA_WITH_DES_CBC_SHA',
      'TLS_RSA_WITH_IDEA_CBC_SHA',
    ].map((suite) => ({
      name: `has ${suite}`,
      changes: { versions: versions({ ...modern, 0x0303: [...FINE_SUITES, suite] }) },
      is: { cause: 'WEAK_CIPHER_SUITE', severity: 'WEAK', evidence: { suites: suite, count: 1 } },
    })),
    {
      name: 'has static RSA alone in TLS 1.2',
      changes: { versions: versions({ ...modern, 0x0303: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] }) },
      is: { cause: 'NO_FORWARD_SECRECY', severity: 'WEAK', evidence: { versions: 'TLS 1.2' } },
    },
    {
      name: 'has a small group',
      changes: { versions: versions({ ...modern, 0x0303: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'] }, 1024) },
      is: { cause: 'SMALL_DH_GROUP', severity: 'WEAK', evidence: { bits: 1024 } },
    },
    {
      name: 'renegotiates as in 2009',
      changes: { secureRenegotiation: ok(false) },
      is: { cause: 'RENEGOTIATION_INSECURE', severity: 'WEAK' },
    },
    { name: 'compresses', changes: { compression: ok(true) }, is: { cause: 'COMPRESSION', severity: 'WEAK' } },
    { name: 'takes early data', changes: { earlyData: ok(true) }, is: { cause: 'EARLY_DATA', severity: 'NOTE' } },
    { name: 'has no HSTS', changes: hsts(), is: { cause: 'HSTS_MISSING', severity: 'NOTE', whoActs: 'CUSTOMER' } },
    { name: 'takes HSTS back', changes: hsts('max-age=0'), is: { cause: 'HSTS_MISSING' } },
    {
      name: 'has HSTS for an hour',
      changes: hsts('max-age=3600'),
      is: { cause: 'HSTS_SHORT', severity: 'NOTE', evidence: { maxAge: 3600 } },
    },
    { name: 'has HSTS without an age', changes: hsts('includeSubDomains'), is: { cause: 'HSTS_MALFORMED', severity: 'WEAK' } },
    { name: 'has HSTS with one directive twice', changes: hsts('max-age=1; max-age=2'), is: { cause: 'HSTS_MALFORMED' } },
    { name: 'has HSTS with a negative age', changes: hsts('max-age=-1'), is: { cause: 'HSTS_MALFORMED' } },
    {
      name: 'has HSTS twice',
      changes: hsts('max-age=63072000', 'max-age=1'),
      is: { cause: 'HSTS_MALFORMED', evidence: { detail: 'it is sent 2 times' } },
    },
    {
      name: 'serves the page in clear too',
      changes: plain({ status: 200 }),
      is: { cause: 'NO_REDIRECT', severity: 'WEAK', whoActs: 'CUSTOMER' },
    },
    {
      name: 'redirects to plain HTTP',
      changes: plain({ status: 302, location: 'http://www.shop.example/' }),
      is: { cause: 'NO_REDIRECT', evidence: { leads: 'a redirect to http://www.shop.example/' } },
    },
    {
      name: 'has a clock that is behind',
      changes: dated(-days(2)),
      is: { cause: 'SERVER_CLOCK_WRONG', severity: 'WEAK', whoActs: 'ADMIN', evidence: { by: '2 days', direction: 'behind' } },
    },
    {
      name: 'has a clock that is ahead',
      changes: dated(hours(3)),
      is: { cause: 'SERVER_CLOCK_WRONG', evidence: { by: '3 hours', direction: 'ahead' } },
    },
    {
      name: 'left some questions open',
      changes: { groups: err(UNASKED), compression: err(UNASKED) },
      is: { cause: 'COULD_NOT_FIND_OUT', severity: 'UNKNOWN', evidence: { what: 'groups, compression', code: 'CONNECTION_TIMED_OUT' } },
    },
    {
      name: 'answered on port 80 with what is no HTTP',
      changes: { http: { plain: err(problem('HTTP_ANSWER_MALFORMED', { url: 'http://shop.example/', detail: 'no' })) } },
      is: { cause: 'COULD_NOT_FIND_OUT', evidence: { what: 'HTTP on port 80' } },
    },
  ])('$name', ({ changes, is }) => expect(of(changes)).toMatchObject([is]));

  it.each<{ name: string; changes: Partial<AddressCheck> }>([
    { name: 'quoted and spaced HSTS', changes: hsts('Max-Age = "31536000" ;includeSubDomains; preload;') },
    { name: 'port 80 that refuses', changes: { http: { plain: err(REFUSED) } } },
    { name: 'port 80 that says 404', changes: plain({ status: 404 }) },
    { name: 'a redirect on the same scheme', changes: plain({ status: 308, location: 'HTTPS://www.shop.example/' }) },
    { name: 'a clock that is off by seconds', changes: dated(seconds(40)) },
    { name: 'an answer from a cache', changes: dated(-seconds(1800)) },
    { name: 'fallback that is not refused where there is nothing to fall back to', changes: { fallbackScsv: ok(false) } },
    {
      name: 'finite fields that are large enough',
      changes: { versions: versions({ ...modern, 0x0303: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'] }, 2048) },
    },
    {
      name: 'static RSA beside better',
      changes: { versions: versions({ ...modern, 0x0303: [...FINE_SUITES, 'TLS_RSA_WITH_AES_128_GCM_SHA256'] }) },
    },
  ])('with $name is healthy', ({ changes }) => expect(of(changes)).toEqual([]));

  it('by its address alone is not asked for HSTS', () => expect(told([healthyAddress(chain, hsts())], { name: undefined })).toEqual([]));

  it('of which some addresses have only older versions differs', () => {
    const old = healthyAddress(chain, { address: V6, versions: versions({ 0x0303: FINE_SUITES }) });
    expect(told([healthyAddress(chain), old])).toMatchObject([
      { cause: 'ADDRESSES_DIFFER', severity: 'WEAK', where: [{ address: V6 }], alsoSeen: ['NO_TLS13'] },
    ]);
  });
});

describe('clocks', () => {
  const future = makeLeaf(root, ['shop.example'], { notBefore: later(days(100)), notAfter: later(days(190)) });
  it('ours is wrong where the server and a CA that is trusted agree against it', () =>
    expect(told([healthyAddress([future.der], dated(days(101)))])).toMatchObject([
      { cause: 'OUR_CLOCK_WRONG', severity: 'UNKNOWN', whoActs: 'ADMIN', alsoSeen: ['NOT_YET_VALID'] },
    ]));

  it("the server's is wrong where it made the certificate itself", () => {
    const made = makeAuthority('shop.example', undefined, { notBefore: later(days(100)), notAfter: later(days(190)) }).certificate;
    const found = told([healthyAddress([made.der], dated(days(101)))]).map(({ cause, alsoSeen }) => ({ cause, alsoSeen }));
    expect(found).toEqual([
      { cause: 'SELF_SIGNED', alsoSeen: expect.arrayContaining(['NOT_YET_VALID']) },
      { cause: 'SERVER_CLOCK_WRONG', alsoSeen: [] },
    ]);
  });
});
