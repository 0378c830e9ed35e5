import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { answerTo, type Answer } from '../../../src/cli/verify/answer.js';
import { boundedLines, type BoundedLine } from '../../../src/cli/verify/bounded-lines.js';
import { verifyBatch } from '../../../src/cli/verify/verify.js';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { toPem } from '../../../src/values/pem.js';
import { makeAuthority, makeLeaf, NOW } from '../pki/certificate-maker.js';
import { makeCrl } from '../pki/revocation-maker.js';

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', root);
const leaf = makeLeaf(intermediate, ['shop.example.com']);
const pem = ({ der }: Certificate) => toPem('CERTIFICATE', der);
const crl = (der: Uint8Array) => toPem('X509 CRL', der);

/** As the suite writes it. */
const CASE = {
  id: 'a::case',
  features: ['has-crl'],
  validation_kind: 'SERVER',
  trusted_certs: [pem(root.certificate)],
  untrusted_intermediates: [pem(intermediate.certificate)],
  peer_certificate: pem(leaf),
  validation_time: '2026-11-24T12:00:00+00:00',
  signature_algorithms: [] as string[],
  key_usage: ['digitalSignature'],
  extended_key_usage: ['serverAuth'],
  expected_peer_name: { kind: 'DNS', value: 'shop.example.com' } as unknown,
  expected_peer_names: [] as unknown[],
  max_chain_depth: null as unknown,
  crls: [] as string[],
};
const answer = (changes: Readonly<Record<string, unknown>>): Answer => answerTo(JSON.stringify({ ...CASE, ...changes }), NOW);
const client = makeLeaf(intermediate, ['shop.example.com'], { without: ['2.5.29.37'] });

describe('one case', () => {
  const right: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['as it is', {}],
    ['at the present time', { validation_time: null }],
    [
      'with the fields that have to be there only',
      {
        ...absent(
          'untrusted_intermediates',
          'signature_algorithms',
          'key_usage',
          'extended_key_usage',
          'expected_peer_names',
          'max_chain_depth',
          'crls',
          'features',
          'validation_time',
        ),
        trusted_certs: [pem(intermediate.certificate)],
      },
    ],
    ['without a name', { expected_peer_name: null }],
    ['of a client', { validation_kind: 'CLIENT', expected_peer_name: null, extended_key_usage: [], peer_certificate: pem(client) }],
    ['with a depth', { max_chain_depth: 1 }],
    ['with algorithms', { signature_algorithms: ['ECDSA_WITH_SHA256'] }],
    ['with lists', { crls: [crl(makeCrl(intermediate)), crl(makeCrl(root))] }],
    [
      'with certificates that cannot be read among the others',
      { untrusted_intermediates: [toPem('CERTIFICATE', Uint8Array.of(1, 2)), pem(intermediate.certificate)] },
    ],
  ];
  it.each(right)('%s is a SUCCESS', (_, changes) =>
    expect(answer(changes)).toEqual({ id: 'a::case', actual_result: 'SUCCESS', context: null }),
  );

  const nameless = makeLeaf(intermediate, ['shop.example.com'], { without: ['2.5.29.35'] });
  const wrong: readonly (readonly [string, RegExp, Readonly<Record<string, unknown>>])[] = [
    ['another name', /^CERTIFICATE_NAME_MISMATCH: .*www\.example\.com/, { expected_peer_name: { kind: 'DNS', value: 'www.example.com' } }],
    ['another time', /^CERTIFICATE_EXPIRED: /, { validation_time: '2030-01-01T00:00:00Z' }],
    ['an algorithm that is not accepted', /ECDSA_SHA256, which is not accepted/, { signature_algorithms: ['RSA_WITH_SHA256', 'made-up'] }],
    ['a depth that is too small', /0 are allowed/, { max_chain_depth: 0 }],
    ['a use that it has not', /lacks keyEncipherment/, { key_usage: ['keyEncipherment'] }],
    ['a purpose that it has not', /is not among its extended key usages/, { extended_key_usage: ['codeSigning'] }],
    ['a list that names it', /^CERTIFICATE_REVOKED: /, { crls: [crl(makeCrl(intermediate, { revoked: [leaf.serial] }))] }],
    ['lists of others only', /^REVOCATION_UNKNOWN: .*no list of its issuer/, { crls: [crl(makeCrl(root))] }],
    [
      'a list of its intermediate that is of no use',
      /^REVOCATION_UNKNOWN: .*no number/,
      { crls: [crl(makeCrl(intermediate)), crl(makeCrl(root, { without: ['2.5.29.20'] }))] },
    ],
    [
      'an intermediate that is revoked',
      /^CERTIFICATE_REVOKED: /,
      { crls: [crl(makeCrl(intermediate)), crl(makeCrl(root, { revoked: [intermediate.certificate.serial] }))] },
    ],
    ['a leaf that breaks the profile', /^CERTIFICATE_NOT_CONFORMING: .*with which key/, { peer_certificate: pem(nameless) }],
    ['no kind', /validation_kind/, absent('validation_kind')],
    ['no leaf', /peer_certificate/, absent('peer_certificate')],
    ['two leaves', /not one certificate/, { peer_certificate: pem(leaf) + pem(leaf) }],
    ['a leaf that is no PEM', /peer_certificate has no PEM/, { peer_certificate: 'garbage' }],
    ['a leaf that is no certificate', /cannot be read/, { peer_certificate: toPem('CERTIFICATE', Uint8Array.of(1, 2)) }],
    ['no trust', /trusted_certs is no list/, absent('trusted_certs')],
    ['trust that is no PEM', /trusted_certs has no PEM/, { trusted_certs: ['garbage'] }],
    ['trust in nobody', /^CHAIN_UNTRUSTED|^CHAIN_MISSING/, { trusted_certs: [] }],
    ['too many certificates', /more than 1000/, { untrusted_intermediates: Array.from({ length: 1_001 }, () => 'x') }],
    ['a list that is none', /crls has no PEM/, { crls: ['garbage'] }],
    ['a list that cannot be read', /a list of crls cannot be read/, { crls: [crl(Uint8Array.of(1, 2))] }],
    ['crls that are no list', /crls is no list/, { crls: 'x' }],
    ['a time that is none', /RFC 3339/, { validation_time: 'yesterday' }],
    ['a depth that is none', /max_chain_depth/, { max_chain_depth: -1 }],
    ['a use that there is not', /key_usage names/, { key_usage: ['__proto__'] }],
    ['a name without a kind', /neither DNS, IP nor RFC822/, { expected_peer_name: { value: 'a' } }],
    ['a name that is none', /no such name/, { expected_peer_name: { kind: 'DNS', value: 'not a name' } }],
    ['an address that is none', /no such name/, { expected_peer_name: { kind: 'IP', value: '1.2.3' } }],
    ['a name without a value', /has no value/, { expected_peer_names: [null, 7] }],
  ];
  it.each(wrong)('%s is a FAILURE: %s', (_, context, changes) => {
    const given = answer(changes);
    expect(given).toMatchObject({ id: 'a::case', actual_result: 'FAILURE' });
    expect(given.context).toMatch(context);
  });

  it.each([
    ['no JSON', 'nonsense', null],
    ['JSON that is cut off', JSON.stringify(CASE).slice(0, 300), 'a::case'],
    ['a list', '[]', null],
    ['null', 'null', null],
    ['a number', '7', null],
    ['an object without anything', '{}', null],
    ['an id that is no text', '{"id": 7}', null],
    ['an id alone', '{"id": "b"}', 'b'],
    ['a name of JavaScript', '{"id": "c", "__proto__": {"validation_kind": "SERVER"}}', 'c'],
  ])('%s is a FAILURE, with the id where there is one', (_, line, id) => {
    expect(answerTo(line, NOW)).toMatchObject({ id, actual_result: 'FAILURE' });
  });
});

describe('a batch', () => {
  it('has an answer for each line, in order, whatever stands in it', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const lines = [JSON.stringify(CASE), 'nonsense', '', JSON.stringify({ ...CASE, id: 'b', peer_certificate: 'x' }), JSON.stringify(CASE)];
    input.end(lines.join('\n'));
    const [code, answers] = await Promise.all([verifyBatch(input, output, { now: () => NOW }).finally(() => output.end()), buffer(output)]);
    expect(code).toBe(0);
    const read = answers
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    expect(read.map(({ id, actual_result: result }) => [id, result])).toEqual([
      ['a::case', 'SUCCESS'],
      [null, 'FAILURE'],
      ['b', 'FAILURE'],
      ['a::case', 'SUCCESS'],
    ]);
  });

  it('a line over the limit is not held, and the next one is read', async () => {
    const chunks = ['{"id":"long"', ...Array.from({ length: 100 }, () => 'x'.repeat(1_000)), '\n{"id":"next"}\n'];
    const lines: BoundedLine[] = [];
    for await (const line of boundedLines(streamOf(chunks), 20_000)) lines.push(line);
    expect(lines.map(({ isWhole, text }) => [isWhole, text.length <= 65_536, text.slice(0, 12)])).toEqual([
      [false, true, '{"id":"long"'],
      [true, true, '{"id":"next"'],
    ]);
  });
});

function absent(...names: readonly string[]): Readonly<Record<string, undefined>> {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function* streamOf(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
