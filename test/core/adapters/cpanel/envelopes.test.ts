import { expect, it } from 'vitest';
import { readApi2, readUapi, readUapiThroughWhm, readWhm } from '../../../../src/adapters/installers/cpanel/api/envelopes.js';

const uapi = { status: 1, data: [1], errors: null, messages: null, metadata: {} };
const refusal = { ...uapi, status: 0, data: null, errors: ['no\nsuch domain'] };

it('both envelopes of UAPI are read, and the one inside of WHM', () => {
  for (const answer of [uapi, { apiversion: 3, func: 'f', module: 'M', result: uapi }])
    expect(readUapi(answer)).toEqual({ ok: true, value: [1] });
  expect(readUapiThroughWhm({ data: { uapi }, metadata: { result: 1 } })).toEqual({ ok: true, value: [1] });
  expect(readUapi(refusal)).toEqual({ ok: false, problem: 'no such domain' });
  expect(readUapiThroughWhm({ data: { uapi: refusal }, metadata: { result: 1 } })).toEqual({ ok: false, problem: 'no such domain' });
  expect(readUapiThroughWhm({ metadata: { result: 0, reason: 'no user' } })).toEqual({ ok: false, problem: 'no user' });
});

it('numbers that arrive as texts are read, and a refusal without a reason is one', () => {
  expect(readWhm({ data: { a: 1 }, metadata: { result: '1' } })).toEqual({ ok: true, value: { a: 1 } });
  expect(readWhm({ metadata: { result: 0 } })).toEqual({ ok: false, problem: 'no reason given' });
  expect(readApi2({ cpanelresult: { data: [], event: { result: 0 }, error: 'no file' } })).toEqual({ ok: false, problem: 'no file' });
  expect(readApi2({ cpanelresult: { data: [], event: { result: 0 } } })).toEqual({ ok: false, problem: 'no reason given' });
  const one = { result: 0, err: 'no such file' };
  expect(readApi2({ cpanelresult: { data: [one], event: { result: 1 } } })).toEqual({ ok: false, problem: 'no such file' });
  expect(readApi2({ cpanelresult: { data: [2], event: { result: 1 } } })).toEqual({ ok: true, value: [2] });
});

it.each([undefined, null, 'text', [], {}, { metadata: {} }, { metadata: { result: 2 } }, { result: {} }, { cpanelresult: {} }])(
  '%j says nothing about what was done',
  (answer) => {
    expect([readWhm(answer), readUapi(answer), readUapiThroughWhm(answer), readApi2(answer)]).toEqual(Array(4).fill(undefined));
  },
);

it('a key that comes back in a reason is taken out of it, whole or cut off', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----';
  expect(readWhm({ metadata: { result: 0, reason: `bad ${key} given` } })).toEqual({ ok: false, problem: 'bad [PEM] given' });
  expect(readWhm({ metadata: { result: 0, reason: `bad ${key.slice(0, 35)}` } })).toEqual({ ok: false, problem: 'bad [PEM]' });
});
