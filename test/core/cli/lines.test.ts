import { describe, expect, it } from 'vitest';
import { exitCodeOf, findingLines, fine, unknown, wrong } from '../../../src/cli/doctor/finding.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { eventLines, nameList, timedOutLines, verdictLines } from '../../../src/cli/secure/lines.js';
import { statusLines } from '../../../src/cli/status/lines.js';
import { statusOf, type AskedSite } from '../../../src/cli/status/site-status.js';
import { harmless, unpainted } from '../../../src/cli/terminal.js';
import { problemLines, told } from '../../../src/cli/told-problem.js';
import { problem } from '../../../src/values/problems/problem.js';
import { NOW, orderView, siteView, toldProblem } from './views.js';

describe('a problem', () => {
  it('says what happened, what to do and who has to, and the code for a search', () =>
    expect(problemLines(toldProblem)).toEqual([
      'shop.test at 192.0.2.1 did not complete a handshake. [NOT_SERVED]',
      '  Look at the server. (Who acts: the administrator.)',
    ]));

  it('names its parts, but not one that says the same again', () => {
    const part = problem('CONNECTION_REFUSED', { address: '192.0.2.1', port: 443 });
    const whole = told(
      problem('CONNECTION_REFUSED', { address: '192.0.2.1', port: 443 }, { sub: [part, problem('NOT_PEM', { label: 'X' })] }),
    );
    expect(problemLines(whole).filter((line) => line.includes('['))).toEqual([
      '192.0.2.1 port 443 refused the connection. [CONNECTION_REFUSED]',
      '  There is no readable X block in the text. [NOT_PEM]',
    ]);
  });
});

describe('the progress of an order', () => {
  it.each([
    { name: 'what is about to be done', phase: 'INTENT' as const, line: '11:59:58.120  … place      ordered' },
    { name: 'what was done', phase: 'DONE' as const, line: '11:59:58.120  ✓ place      ordered' },
  ])('shows $name with its time', ({ phase, line }) =>
    expect(eventLines({ ...orderView().timeline[0]!, phase }, unpainted)).toEqual([line]),
  );

  it('shows below a step that failed what went wrong', () =>
    expect(eventLines({ ...orderView().timeline[0]!, phase: 'FAILED', problem: toldProblem }, unpainted)[1]).toMatch(
      /^ +shop\.test .* \[NOT_SERVED\]$/,
    ));

  it('ends with the steps of the handshake at each address, the names and the life of the certificate', () =>
    expect(verdictLines({ outcome: 'SECURE' }, siteView(), NOW, unpainted)).toEqual([
      'proven: shop.test at 192.0.2.1:443',
      '  1. Client Hello     0.8 ms  offered TLS 1.3',
      'shop.test: secure, proven by a handshake at each address.',
      '  Certificate 01, until 2026-08-30T00:00:00.000Z (89 days left).',
    ]));

  it('says when it is tried again where it was not proven', () =>
    expect(
      verdictLines({ outcome: 'NOT_INSTALLED', retryAt: '2026-06-01T12:01:00Z', problem: toldProblem }, siteView(), NOW, unpainted),
    ).toEqual([
      'shop.test: the certificate was issued, but not proven where it was installed. What was served before stays.',
      ...problemLines(toldProblem, '  '),
      '  Hostseal tries again by itself at 2026-06-01T12:01:00Z.',
    ]));

  it('says whom it waits for when the time is up, and how to look again', () =>
    expect(
      timedOutLines(orderView({ state: 'VALIDATING', waitingFor: 'CUSTOMER', problem: toldProblem }), siteView(), 5, unpainted),
    ).toEqual([
      'Not done after 5 seconds. The order goes on; it waits for the owner of the names.',
      ...problemLines(toldProblem, '  '),
      'Look at it again with: hostseal secure shop.test, or hostseal status --site shop.test',
    ]));

  it('shows an international name with the A-label that cannot deceive', () =>
    expect(nameList({ names: ['xn--bcher-kva.test', 'b.test'], displayNames: ['bücher.test', 'b.test'] })).toBe(
      'bücher.test (xn--bcher-kva.test), b.test',
    ));
});

describe('the table of sites', () => {
  const asked: AskedSite = siteView();
  const bare: AskedSite = { ...asked, bindings: [], security: { state: 'UNKNOWN', findings: [] }, latestOrder: null };

  it('shows state, expiry and how fresh the proof is, in columns', () => {
    const other = {
      ...asked,
      names: ['b.test', 'c.test'],
      displayNames: ['b.test', 'c.test'],
      security: { ...asked.security, state: 'UNKNOWN' as const },
    };
    expect(statusLines([statusOf(asked), statusOf(other)], NOW, unpainted)).toEqual([
      'SITE       STATE    EXPIRES     DAYS  LAST PROOF  PROBLEM',
      'shop.test  SECURE   2026-08-30  89    just now    -',
      'b.test +1  UNKNOWN  2026-08-30  89    just now    -',
    ]);
  });

  it('tells a site without a certificate how to get one', () =>
    expect(statusLines([statusOf(bare)], NOW, unpainted)).toEqual([
      'SITE       STATE    EXPIRES  DAYS  LAST PROOF  PROBLEM',
      'shop.test  UNKNOWN  -        -     -           no certificate',
      '',
      'shop.test: no certificate was ordered. Order one with: hostseal secure shop.test',
    ]));

  it('explains a problem below, also the one of a renewal while the site is secure', () => {
    const lines = statusLines([statusOf({ ...asked, latestOrder: orderView({ state: 'FAILED', problem: toldProblem }) })], NOW, unpainted);
    expect(lines[1]).toMatch(/^shop\.test +SECURE .* NOT_SERVED$/);
    expect(lines.slice(2)).toEqual(['', 'shop.test:', ...problemLines(toldProblem, '  ')]);
  });

  it('knows no proof where one address has none', () => {
    const [finding] = asked.security.findings;
    const findings = [finding!, { ...finding!, state: 'UNKNOWN' as const, observedAt: null }];
    expect(statusOf({ ...asked, security: { state: 'UNKNOWN', findings } }).provenAt).toBeNull();
  });

  it('counts the days of the certificate that ends first', () =>
    expect(
      statusOf({
        ...asked,
        bindings: [
          { problem: null, certificate: { notAfter: '2026-07-01T00:00:00Z' } },
          ...asked.bindings,
          { problem: null, certificate: null },
        ],
      }).expiresAt,
    ).toBe('2026-07-01T00:00:00Z'));

  it('tells a new platform how to begin', () => expect(statusLines([], NOW, unpainted)[0]).toMatch(/^No sites yet/));
});

describe('the doctor', () => {
  const failed = wrong('token', { exitCode: EXIT.NOT_ALLOWED, problem: toldProblem });

  it.each([
    { name: '0 where all is fine', findings: [fine('API', '')], code: EXIT.OK },
    {
      name: 'that of the first thing that is wrong',
      findings: [fine('API', ''), failed, wrong('x', { ...failed, exitCode: EXIT.FAILED, problem: toldProblem })],
      code: EXIT.NOT_ALLOWED,
    },
    { name: '1 where something could not be found out', findings: [unknown('API', '')], code: EXIT.FAILED },
  ])('ends with exit code $name', ({ findings, code }) => expect(exitCodeOf(findings)).toBe(code));

  it('gives a remedy with what is wrong, and no word that all is fine with what is not known', () => {
    expect(findingLines([failed], unpainted).join('\n')).toContain('Look at the server.');
    expect(findingLines([unknown('API', 'why')], unpainted).at(-1)).not.toBe('Nothing is wrong.');
  });
});

describe('words of others', () => {
  it.each([
    { name: 'colours and cursor movements', text: '\u001b[31mred\u001b[2J', shown: 'red' },
    { name: 'a title for the window', text: 'a\u001b]0;owned\u0007b', shown: 'ab' },
    { name: 'new lines', text: 'a\r\nb', shown: 'a b' },
    { name: 'letters turned round', text: 'a\u202egpj.exe', shown: 'a gpj.exe' },
    { name: 'eight-bit controls', text: 'a\u009b31mb', shown: 'ab' },
  ])('cannot bring $name to the terminal', ({ text, shown }) => expect(harmless(text)).toBe(shown));
});
