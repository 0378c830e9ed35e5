import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HANDSHAKE_STEPS, type HandshakeTarget, type Observation } from '../../../src/cores/tls/observation.js';
import { fromRecord, toRecord } from '../../../src/cores/tls/observation-record.js';
import { parseHostname } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import { parseIpAddress } from '../../../src/values/ip-address.js';
import { PROBLEM_CODES } from '../../../src/values/problems/codes.js';
import { problem } from '../../../src/values/problems/problem.js';
import { unwrap } from '../../../src/values/result.js';

const target: HandshakeTarget = {
  address: unwrap(parseIpAddress('2001:db8::1')),
  port: 443,
  servername: unwrap(parseHostname('shop.example.test')),
};
const steps = HANDSHAKE_STEPS.map((step, i) => ({
  step,
  afterMs: i + 0.25,
  detail: `what ${step} showed`,
  sent: 'this',
  answered: 'that',
}));
const at = instant(1_800_000_000_000);
const complete: Observation = {
  at,
  target,
  steps,
  session: {
    ...{ protocol: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', group: 'x25519', alpn: 'h2', chain: [new Uint8Array([48, 0, 1])] },
    ...{ roundTrips: 1, forwardSecrecy: true, postQuantum: false },
  },
};
/** As it was written before steps said what was sent, and sessions their round trips. */
const old: Observation = {
  ...complete,
  steps: HANDSHAKE_STEPS.map((step, i) => ({ step, afterMs: i, detail: 'in a few words' })),
  session: { protocol: 'TLSv1.2', cipherSuite: 'TLS_RSA_WITH_AES_128_CBC_SHA', chain: [new Uint8Array([48, 0])] },
};
const failed: Observation = {
  at,
  target: { address: target.address, port: 443 },
  steps: steps.slice(0, 1),
  failure: problem('NOT_SERVED', { port: 443, name: 'x', fatal: true }, { subject: 'x', retryAfter: 5, sub: [problem('TLS_ALERT')] }),
};
const throughJson = (observation: Observation): unknown => JSON.parse(JSON.stringify(toRecord(observation)));

describe('an observation in storage', () => {
  it.each([
    ['complete', complete],
    ['of an older version', old],
    ['failed', failed],
    ['a rehearsal', { ...complete, target: { ...target, socketPath: '/run/hostseal/rehearsal.sock' } }],
  ])('that is %s comes back as it was', (_, observation) =>
    expect(fromRecord(throughJson(observation))).toEqual({ ok: true, value: observation }),
  );

  it('comes back as it was, whatever the chain and the problem', () => {
    const chains = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 });
    const problems = fc.tuple(fc.constantFrom(...PROBLEM_CODES), fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string()));
    fc.assert(
      fc.property(chains, problems, (chain, [code, facts]) => {
        const shown = { ...complete, session: { protocol: 'TLSv1.2', cipherSuite: '0xc0ff', chain } };
        expect(fromRecord(throughJson(shown))).toEqual({ ok: true, value: shown });
        const refused = { ...failed, failure: problem(code, facts) };
        expect(fromRecord(throughJson(refused))).toEqual({ ok: true, value: refused });
      }),
    );
  });

  const record = throughJson(complete) as Record<string, unknown>;
  const failure = throughJson(failed) as Record<string, unknown>;
  const session = record.session as object;
  it.each<[string, unknown, string]>([
    ['a step whose words are no text', { ...record, steps: [{ ...steps[0], sent: 1 }] }, 'steps'],
    ['round trips that are no number', { ...record, session: { ...session, roundTrips: '1' } }, 'session'],
    ['a forward secrecy that is neither yes nor no', { ...record, session: { ...session, forwardSecrecy: 1 } }, 'session'],
    ['nothing', null, 'observation'],
    ['a list', [], 'observation'],
    ['a field too many', { ...record, verdict: 'secure' }, 'observation'],
    ['neither session nor failure', { ...record, session: undefined }, 'session'],
    ['both session and failure', { ...record, failure: failure.failure }, 'session'],
    ['a time that is text', { ...record, at: '2026-01-01' }, 'at'],
    ['an address that is none', { ...record, target: { address: '0x7f.1', port: 443 } }, 'target'],
    ['port 0', { ...record, target: { address: '192.0.2.1', port: 0 } }, 'target'],
    ['a server name that is none', { ...record, target: { address: '192.0.2.1', port: 443, servername: 'a..b' } }, 'target'],
    ['steps out of order', { ...record, steps: steps.toReversed() }, 'steps'],
    ['a step before time began', { ...record, steps: [{ ...steps[0], afterMs: -1 }] }, 'steps'],
    ['a chain that is not base64', { ...record, session: { ...session, chain: ['<script>'] } }, 'session'],
    ['an empty certificate', { ...record, session: { ...session, chain: [''] } }, 'session'],
    ['a session without a suite', { ...record, session: { protocol: 'TLSv1.3', chain: [] } }, 'session'],
    ['a code that does not exist', { ...failure, failure: { code: 'FINE', facts: {}, sub: [] } }, 'failure'],
    ['a fact that is an object', { ...failure, failure: { code: 'TLS_ALERT', facts: { a: {} }, sub: [] } }, 'failure'],
    ['problems without end', { ...failure, failure: nested(9) }, 'failure'],
  ])('is refused with %s', (_, broken, part) =>
    expect(fromRecord(broken)).toMatchObject({ ok: false, problem: { code: 'INVALID_INPUT', subject: part } }),
  );

  it('never makes the reader throw', () =>
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(fromRecord(anything).ok).toBe(false);
      }),
    ));
});

function nested(depth: number): object {
  return { code: 'NOT_SERVED', facts: {}, sub: depth === 0 ? [] : [nested(depth - 1)] };
}
