import { describe, expect, it } from 'vitest';
import { outlookOf, type ChallengeCheck, type Sighting } from '../../../../src/features/orders/challenge-check.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { seconds } from '../../../../src/values/instant.js';
import type { IpAddress } from '../../../../src/values/ip-address.js';
import { problem, type Problem } from '../../../../src/values/problems/problem.js';

const [V4, V6] = ['203.0.114.1', '2600::1'] as IpAddress[] as [IpAddress, IpAddress];
const PRIVATE = '10.0.0.1' as IpAddress;
const at = (address?: IpAddress, cause?: Problem, name = 'shop.example'): Sighting => ({ name: name as Hostname, address, cause });
const url = 'http://shop.example/.well-known/acme-challenge/t';
const refused = (address: IpAddress) => problem('CONNECTION_REFUSED', { address, port: 80 });
const timedOut = (address: IpAddress) => problem('CONNECTION_TIMED_OUT', { address, port: 80, limit: 3_000 });
const status = problem('HTTP_STATUS_UNEXPECTED', { url, status: 404 });
const body = problem('HTTP_BODY_UNEXPECTED', { url, firstLine: '<html>' });
const nowhere = problem('NAME_DOES_NOT_RESOLVE', { name: 'shop.example', detail: 'ENODATA' });
const blocked = problem('ADDRESS_NOT_ALLOWED', { address: PRIVATE, port: 80 });
const unknown = problem('NAME_LOOKUP_FAILED', { name: 'shop.example', detail: 'ESERVFAIL' });
const late = problem('CHALLENGE_FILE_NOT_CHECKED', { name: 'shop.example', detail: 'there was no time left to look' });
const outlook = (sightings: readonly Sighting[], before?: ChallengeCheck, seesAsWeDo = false) =>
  outlookOf(before, ['c1'], sightings, { seesAsWeDo });

describe('what our own look says', () => {
  it.each<[string, readonly Sighting[], RegExp]>([
    ['the file at both kinds of address', [at(V4), at(V6)], /^seen at every name$/],
    [
      'it at one; the other refuses, and a CA goes on to the next',
      [at(V4), at(V6, refused(V6))],
      /^seen at every name; .*2600::1 port 80 refused/,
    ],
    ['it at one; the other does not answer', [at(V4), at(V6, timedOut(V6))], /^seen at every name; .*did not answer/],
    ['it at one; to the other there is no way from here', [at(V4), at(V6, problem('CONNECTION_NO_ROUTE', {}))], /^seen at every name$/],
    [
      'one address refuses; the other may be right',
      [at(V4, refused(V4)), at(V6, problem('CONNECTION_NO_ROUTE', {}))],
      /refused.*could not be found out/,
    ],
    ['an address that is not dialled', [at(PRIVATE, blocked)], /could not be found out: Port 80 of 10\.0\.0\.1 is not dialled/],
    [
      'a name whose addresses say nothing: it is told once',
      [at(PRIVATE, blocked), at(V6, problem('CONNECTION_NO_ROUTE', { address: V6, port: 80 }))],
      /^Whether shop\.example .* found out: Port 80 of 10\.0\.0\.1 is not dialled[^;]*, [^;]*2600::1[^;]*$/,
    ],
    ['DNS that does not answer', [at(undefined, unknown)], /could not be found out: .* ESERVFAIL$/],
    ['no time left for it', [at(undefined, late)], /could not be found out: there was no time left to look$/],
    ['a certificate on the way, which a CA does not look at', [at(V4, problem('PEER_NOT_AUTHENTICATED', {}))], /could not be found out/],
    [
      'something else at an address that leads the CA elsewhere',
      [at(PRIVATE, status)],
      /could not be found out: at 10\.0\.0\.1, .*status 404/,
    ],
  ])('%s: the CA is told at once', (_, sightings, because) => {
    const told = outlook(sightings);
    expect(told).toMatchObject({ check: { looks: 1, isOver: true }, because: expect.stringMatching(because) });
    expect([told.pause, told.problem]).toEqual([undefined, undefined]);
  });

  it.each<[string, readonly Sighting[], RegExp]>([
    ['no address', [at(undefined, nowhere)], /: shop\.example has no A or AAAA record: ENODATA;/],
    ['a port that is closed', [at(V4, refused(V4))], /: 203\.0\.114\.1 port 80 refused the connection;/],
    ['no answer', [at(V4, timedOut(V4))], /did not answer within 3000 ms;/],
    ['another status', [at(V4, status)], /: at 203\.0\.114\.1, http.* status 404;/],
    ['another body', [at(V4, body)], /something else: "<html>";/],
    ['a loop', [at(V4, problem('TOO_MANY_REDIRECTS', { url, limit: 10 }))], /More than 10 redirects/],
    ['a redirect to where no CA goes', [at(V4, problem('URL_NOT_ALLOWED', { url, detail: 'x' }))], /is not followed/],
    ['the file over IPv4, and another site over IPv6', [at(V4), at(V6, status)], /at 2600::1, .*status 404;/],
    ['a file of two', [at(V4), at(V4, status, 'www.shop.example')], /^www\.shop\.example does not/],
  ])('%s: the CA is not told yet', (_, sightings, because) => {
    expect(outlook(sightings)).toMatchObject({
      ...{ pause: seconds(5), check: { looks: 1, isOver: false }, problem: { code: 'CHALLENGE_FILE_NOT_SEEN', sub: [{}] } },
      because: expect.stringMatching(because),
    });
  });

  it('a CA within this network sees private addresses as we do', () =>
    expect(outlook([at(PRIVATE, status)], undefined, true)).toMatchObject({ pause: seconds(5), check: { isOver: false } }));

  it('after a look in vain there are three more, and then the CA is told all the same, within a minute', () => {
    let before: ChallengeCheck | undefined;
    const pauses = Array.from({ length: 4 }, () => {
      const { check, pause } = outlook([at(V4, status)], before);
      before = check;
      return pause;
    });
    expect(pauses).toEqual([seconds(5), seconds(15), seconds(30), undefined]);
    expect(before).toMatchObject({ looks: 4, isOver: true, findings: [{ code: 'CHALLENGE_FILE_NOT_SEEN' }] });
  });

  it('what is right at the second look needs no third', () => {
    const { check } = outlook([at(V4, status)]);
    expect(outlook([at(V4)], check)).toMatchObject({ check: { looks: 2, isOver: true, findings: [] } });
  });

  it('other challenges have looks of their own', () => {
    const { check } = outlook([at(V4, status)]);
    expect(outlookOf(check, ['c2'], [at(V4, status)], { seesAsWeDo: false }).check.looks).toBe(1);
  });

  it('of a hundred names that show nothing some are kept, and fewer told', () => {
    const { check, because } = outlook(Array.from({ length: 100 }, (_, i) => at(V4, status, `n${i}.example`)));
    expect(check.findings).toHaveLength(20);
    expect(because).toMatch(
      /^n0\.example .*; n1\.example .*; n2\.example .*; and 97 more; looked for again in 5 seconds, before the CA is told$/,
    );
  });
});
