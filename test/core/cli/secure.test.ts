/** `hostseal secure` against answers of the API that a running platform gives rarely. */
import { describe, expect, it } from 'vitest';
import { EXIT, type Failure } from '../../../src/cli/exit-codes.js';
import type { Api } from '../../../src/cli/platform/api.js';
import { dataOf } from '../../../src/cli/platform/api.js';
import { secure } from '../../../src/cli/secure/secure.js';
import {
  ADD_DOMAIN,
  CREATE_SITE,
  PLACE_ORDER,
  PROGRESS,
  RENEW_CERTIFICATE,
  SITE_BY_NAME,
  type EventView,
  type SiteView,
} from '../../../src/cli/secure/site-view.js';
import { unpainted, type Terminal } from '../../../src/cli/terminal.js';
import { told } from '../../../src/cli/told-problem.js';
import type { Hostname } from '../../../src/values/hostname.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok, type Result } from '../../../src/values/result.js';
import { bindingView, certificateView, NOW, orderView, siteView } from './views.js';

type Answer = Result<unknown, Failure>;
type Call = { readonly document: string; readonly variables: Readonly<Record<string, unknown>> };

/** Answers each document with the next of its answers, the last one for ever. */
function platformThatAnswers(answers: Readonly<Record<string, readonly Answer[]>>) {
  const calls: Call[] = [];
  const reply = async (document: string, variables: Call['variables'] = {}) => {
    calls.push({ document, variables });
    const left = answers[document] ?? [];
    const asked = calls.filter((call) => call.document === document).length;
    return left[Math.min(asked, left.length) - 1]!;
  };
  const api: Api = { ask: reply as Api['ask'], change: reply as Api['change'], ready: async () => ok(undefined) };
  return { api, calls };
}

function screen() {
  const lines: string[] = [];
  const documents: unknown[] = [];
  const terminal: Terminal = {
    json: false,
    ...{ paint: unpainted, width: 100 },
    width: 100,
    say: (...said) => void lines.push(...said),
    progress: () => undefined,
    document: (value) => void documents.push(value),
    fail: ({ problem: cause }) => void lines.push(cause.code),
  };
  return { lines, documents, terminal };
}

const refusal = (exitCode: Failure['exitCode'], cause: ReturnType<typeof problem>): Answer => err({ exitCode, problem: told(cause) });
const lost = refusal(EXIT.OUT_OF_REACH, problem('PLATFORM_UNREACHABLE', { url: 'https://a.test', detail: 'no connection' }));
const known = (site: SiteView | null) => ok({ site });
const fresh = siteView({ latestOrder: null, bindings: [], security: { state: 'UNKNOWN', findings: [] } });
const underWay = { order: { ...orderView({ state: 'VALIDATING', waitingFor: 'CA', certificate: null }), site: fresh } };
const secured = { order: { ...orderView(), site: siteView() } };
const placed = ok({ order: orderView({ state: 'PLACED', certificate: null }) });

const run = async (
  answers: Readonly<Record<string, readonly Answer[]>>,
  { names = ['shop.test'], interrupted = new Promise<never>(() => undefined) as Promise<'INTERRUPTED'> } = {},
) => {
  const platform = platformThatAnswers(answers);
  const shown = screen();
  const options = { names: names as Hostname[], renew: false, timeoutSeconds: 1, platform: {} };
  const exitCode = await secure(options, { api: platform.api, terminal: shown.terminal, clock: { now: () => NOW } }, interrupted);
  return { exitCode, ...platform, ...shown };
};

describe('hostseal secure', () => {
  it('tells every line of the timeline once, however often it asks', async () => {
    const { exitCode, lines } = await run({
      [SITE_BY_NAME]: [known(fresh)],
      [PLACE_ORDER]: [placed],
      [PROGRESS]: [ok(underWay), ok(underWay), ok(secured)],
    });
    expect(exitCode).toBe(EXIT.OK);
    expect(lines.filter((line) => line.includes('place '))).toHaveLength(1);
  });

  it('tells what is to be done only while nothing has come of it', async () => {
    const event = (step: string, phase: EventView['phase']) => ({ ...orderView().timeline[0]!, step, phase, because: `${step} ${phase}` });
    const timeline = [event('present', 'INTENT'), event('present', 'DONE'), event('poll', 'INTENT')];
    const { lines } = await run({
      [SITE_BY_NAME]: [known(fresh)],
      [PLACE_ORDER]: [placed],
      [PROGRESS]: [ok({ order: { ...underWay.order, timeline } }), ok({ order: { ...secured.order, timeline } })],
    });
    expect(lines.flatMap((line) => /\w+ (INTENT|DONE)$/.exec(line)?.[0] ?? [])).toEqual(['present DONE', 'poll INTENT']);
  });

  it('renews what is served where that is due', async () => {
    const certificate = certificateView({ renewal: { renewAt: '2026-06-01T11:00:00Z' } });
    const due = siteView({ latestOrder: orderView({ state: 'FAILED' }), bindings: [bindingView({ certificate })] });
    const answers = { [SITE_BY_NAME]: [known(due)], [RENEW_CERTIFICATE]: [placed], [PROGRESS]: [ok(secured)] };
    const { exitCode, calls } = await run(answers);
    expect(exitCode).toBe(EXIT.OK);
    const { variables } = calls.find(({ document }) => document === RENEW_CERTIFICATE)!;
    expect(variables).toMatchObject({ input: { certificateId: certificate.id } });
  });

  it('stops watching when the time is up, and says for whom the order waits', async () => {
    const { exitCode, lines, documents } = await run({
      [SITE_BY_NAME]: [known(fresh)],
      [PLACE_ORDER]: [placed],
      [PROGRESS]: [ok(underWay)],
    });
    expect(exitCode).toBe(EXIT.TIMED_OUT);
    expect(lines).toContain('Not done after 1 seconds. The order goes on; it waits for the certificate authority.');
    expect(documents).toMatchObject([{ outcome: 'TIMED_OUT', order: { id: 'ord_1', state: 'VALIDATING' } }]);
  });

  it('goes on watching over a restart of the platform', async () => {
    const { exitCode, lines } = await run({ [SITE_BY_NAME]: [known(fresh)], [PLACE_ORDER]: [placed], [PROGRESS]: [lost, ok(secured)] });
    expect(exitCode).toBe(EXIT.OK);
    expect(lines.filter((line) => line.includes('asking again'))).toHaveLength(1);
  });

  it('says that the platform is out of reach where it does not come back', async () => {
    const { exitCode } = await run({ [SITE_BY_NAME]: [known(fresh)], [PLACE_ORDER]: [placed], [PROGRESS]: [lost] });
    expect(exitCode).toBe(EXIT.OUT_OF_REACH);
  });

  it('does not ask on where the token was revoked meanwhile', async () => {
    const revoked = refusal(EXIT.NOT_ALLOWED, problem('UNAUTHENTICATED'));
    const { exitCode, calls } = await run({ [SITE_BY_NAME]: [known(fresh)], [PLACE_ORDER]: [placed], [PROGRESS]: [revoked] });
    expect(exitCode).toBe(EXIT.NOT_ALLOWED);
    expect(calls.filter(({ document }) => document === PROGRESS)).toHaveLength(1);
  });

  it('adds the domains that the platform misses, and no more', async () => {
    const sub = ['shop.test', 'www.shop.test'].map((name) => problem('NAME_NOT_COVERED', { name }, { subject: name }));
    const uncovered = refusal(EXIT.USAGE, problem('INVALID_INPUT', {}, { subject: 'names', sub }));
    const names = ['www.shop.test', 'shop.test', 'held.test'];
    const { exitCode, calls } = await run(
      {
        [SITE_BY_NAME]: [known(null)],
        [CREATE_SITE]: [uncovered, ok({ site: fresh })],
        [ADD_DOMAIN]: [ok({})],
        [PLACE_ORDER]: [placed],
        [PROGRESS]: [ok(secured)],
      },
      { names },
    );
    expect(exitCode).toBe(EXIT.OK);
    const added = calls.filter(({ document }) => document === ADD_DOMAIN).map(({ variables }) => variables['input']);
    expect(added).toEqual([{ name: 'shop.test' }]);
  });

  it('asks for the same thing with the same key, and for a new order with a new one', async () => {
    const keyOf = async (site: SiteView) => {
      const { calls } = await run({ [SITE_BY_NAME]: [known(site)], [PLACE_ORDER]: [placed], [PROGRESS]: [ok(secured)] });
      return calls.find(({ document }) => document === PLACE_ORDER)!.variables['key'];
    };
    const afterFailure = { ...fresh, latestOrder: orderView({ state: 'FAILED', certificate: null }) };
    expect(await keyOf(fresh)).toBe(await keyOf(fresh));
    expect(await keyOf(fresh)).not.toBe(await keyOf(afterFailure));
  });

  it('leaves the order going at Ctrl-C, and says how to look again', async () => {
    const { exitCode, lines } = await run(
      { [SITE_BY_NAME]: [known(fresh)], [PLACE_ORDER]: [placed], [PROGRESS]: [ok(underWay)] },
      { interrupted: Promise.resolve('INTERRUPTED') },
    );
    expect(exitCode).toBe(EXIT.INTERRUPTED);
    expect(lines).toContain('Stopped watching. What was ordered goes on.');
    expect(lines).toContain('Look at it again with: hostseal secure shop.test, or hostseal status --site shop.test');
  });
});

describe('an answer of the platform', () => {
  const url = new URL('https://panel.test/graphql');
  const read = (status: number, body: unknown) =>
    dataOf({ status, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }, url);
  const errors = (code: string) => ({ errors: [{ message: 'm', extensions: { code, remedy: 'r', whoActs: 'CALLER' } }] });

  it('is read without what a terminal would obey', () => expect(read(200, { data: { name: 'a\u001b[2Jb' } })).toEqual(ok({ name: 'ab' })));

  it.each([
    { name: 'no valid token', status: 401, body: errors('UNAUTHENTICATED'), exitCode: EXIT.NOT_ALLOWED },
    { name: 'a token that may not', status: 200, body: errors('NOT_ALLOWED'), exitCode: EXIT.NOT_ALLOWED },
    { name: 'nothing of that kind', status: 200, body: errors('NOT_FOUND'), exitCode: EXIT.FAILED },
    { name: 'an error without a code', status: 400, body: { errors: [{ message: 'm' }] }, exitCode: EXIT.FAILED },
    { name: 'the edge without its API', status: 502, body: 'The panel is not running.\n', exitCode: EXIT.OUT_OF_REACH },
    { name: 'a page of something else', status: 200, body: '<html>', exitCode: EXIT.OUT_OF_REACH },
    { name: 'JSON of something else', status: 200, body: '[]', exitCode: EXIT.OUT_OF_REACH },
    { name: 'null', status: 200, body: 'null', exitCode: EXIT.OUT_OF_REACH },
    { name: 'nothing', status: 301, body: '', exitCode: EXIT.OUT_OF_REACH },
  ])('$name ends with exit code $exitCode', ({ status, body, exitCode }) =>
    expect(read(status, body)).toMatchObject({ ok: false, problem: { exitCode } }),
  );
});
