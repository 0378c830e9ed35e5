import { beforeAll, describe, expect, it } from 'vitest';
import { judgeHealth, type Promised } from '../../../src/cores/tls/health.js';
import type { Observation } from '../../../src/cores/tls/observation.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { hours, instant, minutes } from '../../../src/values/instant.js';
import { parseIpAddress } from '../../../src/values/ip-address.js';
import { problem } from '../../../src/values/problems/problem.js';
import type { ProblemCode } from '../../../src/values/problems/codes.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa } from '../../support/pki/certificates.js';

const now = instant(Date.now());
const freshness = { now, freshFor: hours(1) };
const name = unwrap(parseHostname('shop.example.test'));
const address = unwrap(parseIpAddress('192.0.2.1'));

describe('health', () => {
  let promised: Promised;
  let elsewhere: Promised;
  let chain: readonly Uint8Array[];
  beforeAll(async () => {
    const ca = await makeCa();
    const { leafDer, fingerprint } = await ca.issue({ names: [name] });
    chain = [leafDer, ca.intermediateDer];
    promised = { address, port: 443, name, fingerprint, roots: [ca.rootDer] };
    elsewhere = { ...promised, address: unwrap(parseIpAddress('192.0.2.2')) };
  });
  const seen = (at = now, of = promised, shown = chain): Observation => ({
    at: instant(at),
    target: { address: of.address, port: of.port, servername: name },
    steps: [],
    session: { protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', chain: shown },
  });
  const failed = (code: ProblemCode, at = now): Observation => ({
    at: instant(at),
    target: { address, port: 443, servername: name },
    steps: [],
    failure: problem(code),
  });
  const judge = (observations: readonly Observation[], promises = [promised]) => judgeHealth(promises, observations, freshness);

  it('is SECURE where every promise is proven by a fresh observation', () =>
    expect(judge([seen(), seen(now, elsewhere)], [promised, elsewhere])).toMatchObject({
      state: 'SECURE',
      findings: [{ reason: 'PROVEN', at: now }, { reason: 'PROVEN' }],
    }));

  it('is NOT_SECURE where one of two addresses serves something else, and the finding names the address', () =>
    expect(judge([seen(), seen(now, elsewhere, chain.slice(0, 1))], [promised, elsewhere])).toMatchObject({
      state: 'NOT_SECURE',
      findings: [
        { state: 'SECURE' },
        { state: 'NOT_SECURE', reason: 'FAILED', promised: { address: '192.0.2.2' }, cause: { code: 'CHAIN_MISSING_INTERMEDIATE' } },
      ],
    }));

  it('is UNKNOWN, not SECURE, where one of two addresses was never looked at', () =>
    expect(judge([seen()], [promised, elsewhere])).toMatchObject({
      state: 'UNKNOWN',
      findings: [{ state: 'SECURE' }, { state: 'UNKNOWN', reason: 'NEVER_OBSERVED' }],
    }));

  it.each<ProblemCode>([
    'CONNECTION_REFUSED',
    'CONNECTION_NO_ROUTE',
    'CONNECTION_TIMED_OUT',
    'CONNECTION_CLOSED',
    'ADDRESS_NOT_ALLOWED',
    'NAME_LOOKUP_FAILED',
  ])('is UNKNOWN where the last try ended with %s, also after a good one', (code) =>
    expect(judge([seen(instant(now - minutes(5))), failed(code)])).toMatchObject({
      state: 'UNKNOWN',
      findings: [{ reason: 'NO_ANSWER', cause: { code } }],
    }),
  );

  it.each<ProblemCode>(['TLS_ALERT', 'TLS_PROTOCOL_ERROR'])('is NOT_SECURE where the server answered with %s', (code) =>
    expect(judge([failed(code)])).toMatchObject({
      state: 'NOT_SECURE',
      findings: [{ reason: 'FAILED', cause: { code: 'NOT_SERVED', sub: [{ code }] } }],
    }),
  );

  it.each([
    ['older than it stays fresh', -hours(1) - 1],
    ['from a clock that is ahead by more', hours(1) + 1],
  ])('is UNKNOWN where the observation is %s', (_, offset) =>
    expect(judge([seen(instant(now + offset))])).toMatchObject({ state: 'UNKNOWN', findings: [{ reason: 'STALE' }] }),
  );

  it('goes by the newest observation, in whatever order they come', () => {
    const observations = [seen(now), failed('TLS_ALERT', instant(now - 1))];
    expect(judge(observations).state).toBe('SECURE');
    expect(judge(observations.toReversed()).state).toBe('SECURE');
  });

  it('takes neither a rehearsal nor a handshake without SNI nor one at another port for what strangers see', () => {
    const rehearsal = { ...seen(), target: { ...seen().target, socketPath: '/run/rehearsal' } };
    const nameless = { ...seen(), target: { address, port: 443 } };
    const otherPort = { ...seen(), target: { ...seen().target, port: 8443 } };
    expect(judge([rehearsal, nameless, otherPort]).findings).toMatchObject([{ reason: 'NEVER_OBSERVED' }]);
  });

  it('is UNKNOWN where nothing is promised', () => expect(judge([seen()], [])).toEqual({ state: 'UNKNOWN', findings: [] }));
});
