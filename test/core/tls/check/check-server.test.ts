import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkServer } from '../../../../src/cores/tls/check/check-server.js';
import type { Answer, Probe } from '../../../../src/cores/tls/check/probe.js';
import { cipherSuiteName } from '../../../../src/cores/tls/registry/cipher-suites.js';
import { groupName } from '../../../../src/cores/tls/registry/groups.js';
import { signatureSchemeName } from '../../../../src/cores/tls/registry/signature-schemes.js';
import { SSL3, TLS10, TLS11, TLS12, TLS13 } from '../../../../src/cores/tls/registry/versions.js';
import type { Tolerance } from '../../../../src/cores/tls/check/site-check.js';
import { instant } from '../../../../src/values/instant.js';
import { problem } from '../../../../src/values/problems/problem.js';
import { ok } from '../../../../src/values/result.js';
import {
  answerOf,
  type Auth,
  DER,
  groupsShown,
  INTERMEDIATE,
  KNOWN_NAME,
  type Model,
  signaturesShown,
  usable,
} from '../../../support/model-server.js';
import { ip } from '../../../support/network.js';

const subject = { serverName: KNOWN_NAME, web: { url: `https://${KNOWN_NAME}/` } };

async function check(changes: Partial<Model> = {}, { budget = 150, without = [] as readonly string[] } = {}) {
  const model = { ...INTERMEDIATE, ...changes };
  const probes: Probe[] = [];
  const ask = async (probe: Probe): Promise<Answer> => {
    if (probes.length >= budget) return { problem: problem('CHECK_BUDGET_SPENT', { budget }) };
    probes.push(probe);
    const answer = answerOf(model, probe);
    return without.includes(probe.topic) ? { problem: problem('CONNECTION_TIMED_OUT') } : answer;
  };
  return { found: await checkServer(ask, subject), probes };
}

const suites = (found: Awaited<ReturnType<typeof check>>['found'], version: number) =>
  found.versions.find((support) => support.version === version)?.suites;
const observation = { at: instant(0), target: { address: ip('192.0.2.1'), port: 443 }, steps: [] };
const named = (codes: readonly number[]) => codes.map(cipherSuiteName);
const OPENSSL_12 = [
  0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xc02b, 0xc02f, 0xc024, 0xc028, 0xc00a, 0xc014, 0x009d, 0x009c, 0x0035, 0x002f, 0x000a,
];

describe('the full check', () => {
  describe("of a server with Mozilla's intermediate policy", () => {
    it.each([
      ['one certificate', ['RSA'], 34],
      ['two certificates', ['ECDSA', 'RSA'], 39],
    ] as const)('and %s takes about thirty connections', async (_, auths, most) => {
      expect((await check({ auths })).probes.length).toBeLessThanOrEqual(most);
    });

    it('and old versions beside it, is done well within the budget', async () => {
      const { found, probes } = await check({ versions: [TLS13, TLS12, TLS11, TLS10], suites: [...INTERMEDIATE.suites, ...OPENSSL_12] });
      expect(found.groups).toMatchObject({ ok: true });
      expect(probes.length).toBeLessThanOrEqual(65);
    });

    it('finds all that it has', async () => {
      const { found } = await check({ prefers: true });
      expect(found.versions.map(({ supported }) => supported)).toEqual([false, false, false, true, true].map(ok));
      expect(suites(found, TLS13)).toEqual(ok({ names: named([0x1301, 0x1302, 0x1303]), preference: 'SERVER' }));
      expect(suites(found, TLS12)).toEqual(ok({ names: named(INTERMEDIATE.suites.slice(3)), preference: 'SERVER' }));
      expect(found).toMatchObject({
        groups: ok(['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1']),
        certificates: [
          { chain: [DER.ECDSA], versions: [TLS12, TLS13] },
          { chain: [DER.RSA], versions: [TLS12, TLS13] },
        ],
        withoutName: ok({ kind: 'CERTIFICATE', chain: [DER.ECDSA] }),
        alpn: ok(['h2', 'http/1.1']),
        resumption: { ticket: ok(true), sessionId: ok(false), psk: ok(true) },
        earlyData: ok(false),
        extendedMasterSecret: ok(true),
        secureRenegotiation: ok(true),
        fallbackScsv: ok(true),
        compression: ok(false),
        clientCertificate: ok('NOT_ASKED'),
      });
      // Nothing that it has could show it.
      expect(found).not.toHaveProperty('encryptThenMac');
      expect(found.handshakes).toHaveLength(2);
      expect(Object.values(found.tolerates)).toEqual(Array.from({ length: 7 }, () => ok(true)));
    });
  });

  describe('tells apart', () => {
    it.each([
      ['a server that takes the order of the client', { prefers: false }, { preference: 'CLIENT' }],
      ['one with an order of its own', { prefers: true }, { preference: 'SERVER' }],
      ['one with a single suite', { suites: [0xc02f] }, { preference: 'ONLY_ONE', names: named([0xc02f]) }],
      ['the size of a finite field', { suites: [0xc02f, 0x009e], finiteFieldBits: 1024 }, { finiteFieldBits: 1024 }],
    ] as const)('%s', async (_, model, expected) => {
      expect(suites((await check({ ...model, versions: [TLS12] })).found, TLS12)).toMatchObject({ value: expected });
    });

    it.each([
      ['a client certificate that is not needed', { clientCertificate: 'OPTIONAL' }, { clientCertificate: ok('OPTIONAL') }],
      ['one that is, in TLS 1.3', { clientCertificate: 'REQUIRED' }, { clientCertificate: ok('REQUIRED') }],
      ['one that is, in TLS 1.2', { clientCertificate: 'REQUIRED', versions: [TLS12] }, { clientCertificate: ok('REQUIRED') }],
      ['HTTP/1.1 alone', { alpn: ['http/1.1'] }, { alpn: ok(['http/1.1']) }],
      ['HTTP/1.1 in the first place', { alpn: ['http/1.1', 'h2'] }, { alpn: ok(['h2', 'http/1.1']) }],
      ['no ALPN', { alpn: [] }, { alpn: ok([]) }],
      ['a strict server', { names: 'STRICT' }, { withoutName: ok({ kind: 'REFUSED', alert: 'unrecognized_name' }) }],
      ['session ids', { tickets: false, sessionIds: true }, { resumption: { sessionId: ok(true), ticket: ok(false), psk: ok(false) } }],
      ['early data', { maxEarlyData: 16_384 }, { earlyData: ok(true) }],
      ['CBC without encrypt-then-MAC', { suites: [0xc013, 0x1301], encryptThenMac: false }, { encryptThenMac: ok(false) }],
      ['CBC with it', { suites: [0xc013, 0x1301] }, { encryptThenMac: ok(true) }],
      ['compression', { compression: true }, { compression: ok(true) }],
      ['a server that takes any fallback', { fallbackScsv: false }, { fallbackScsv: ok(false) }],
      ['no extended master secret', { extendedMasterSecret: false }, { extendedMasterSecret: ok(false) }],
      ['no secure renegotiation', { secureRenegotiation: false }, { secureRenegotiation: ok(false) }],
      [
        'curves that TLS 1.0 alone has',
        { versions: [TLS12, TLS10], suites: [0xc013, 0xc014], groupsBefore12: [0x17, 0x16] },
        { groups: ok(['x25519', 'secp256r1', 'secp384r1', 'secp256k1']) },
      ],
      ['curves of TLS 1.2 alone', { groups: [0x1d, 0x16] }, { groups: ok(['x25519', 'secp256k1']) }],
    ] as const)('%s', async (_, model, expected) => {
      expect((await check(model)).found).toMatchObject(expected);
    });
  });

  it('of a server that knows no such name asks all the rest without one, and says so', async () => {
    const { found } = await check({ names: 'NAMELESS' });
    expect(found).toMatchObject({
      nameLeftOut: true,
      withoutName: { value: { kind: 'CERTIFICATE' } },
      wrongName: { value: { kind: 'REFUSED' } },
    });
    expect(suites(found, TLS12)).toMatchObject({ ok: true });
    expect((await check()).found).not.toHaveProperty('nameLeftOut');
  });

  it('of an old server speaks to it as it can be spoken to', async () => {
    const { found, probes } = await check({
      versions: [SSL3, TLS10],
      suites: [0x0005, 0x0035, 0x000a],
      auths: ['RSA'],
      alpn: [],
      stumblesOver: ['UNKNOWN_EXTENSION'],
    });
    expect(found.versions.map(({ supported }) => supported)).toEqual([true, true, false, false, false].map(ok));
    expect(suites(found, TLS10)).toMatchObject({ value: { names: expect.arrayContaining(named([0x0005, 0x0035, 0x000a])) } });
    expect(found.handshakes).toHaveLength(1);
    expect(found.fallbackScsv).toEqual(ok(true));
    expect(probes.length).toBeLessThan(50);
  });

  describe('of a server that stumbles over', () => {
    const TOLERANCES: readonly Tolerance[] = [
      ...(['NEW_VERSION', 'UNKNOWN_EXTENSION', 'GREASE', 'LONG_HELLO'] as const),
      ...(['HELLO_OF_256_TO_511', 'MANY_SUITES', 'FRAGMENTED_HELLO'] as const),
    ];
    const ways = ['REFUSES', 'HANGS_UP', 'IS_SILENT'] as const;
    it.each(TOLERANCES.flatMap((tolerance) => ways.map((stumbling) => [tolerance, stumbling] as const)))(
      '%s, and %s, finds that and all the rest',
      async (tolerance, stumbling) => {
        const { found } = await check({ stumblesOver: [tolerance], stumbling, prefers: true });
        for (const [each, tolerated] of Object.entries(found.tolerates)) expect([each, tolerated]).toEqual([each, ok(each !== tolerance)]);
        expect(suites(found, TLS12)).toMatchObject({ value: { names: named(INTERMEDIATE.suites.slice(3)), preference: 'SERVER' } });
        expect(suites(found, TLS13)).toMatchObject({ value: { names: named([0x1301, 0x1302, 0x1303]) } });
      },
    );
  });

  describe('where there is nothing to find', () => {
    const seen = { resumed: false, earlyDataAccepted: false, tickets: [], alerts: [], finished: false, roundTrips: 0, helloLength: 1_500 };
    const asked = async (answer: Answer) => {
      let probes = 0;
      const found = await checkServer(async () => (probes++, { observation, ...answer }), subject);
      expect(found).toMatchObject({ baseline: observation, versions: [], certificates: [] });
      return probes;
    };
    it('because nothing can be connected to, or it speaks another protocol, asks once', async () => {
      expect(await asked({ problem: problem('CONNECTION_REFUSED') })).toBe(1);
      expect(await asked({ problem: problem('CONNECTION_TIMED_OUT') })).toBe(1);
      expect(await asked({ problem: problem('TLS_PROTOCOL_ERROR'), seen: { ...seen, failure: { kind: 'PLAIN_HTTP' } } })).toBe(1);
    });
    it('because it is silent, hangs up or refuses everything, asks a few times why', async () => {
      expect(await asked({ problem: problem('CONNECTION_TIMED_OUT'), seen })).toBeLessThan(10);
      expect(await asked({ problem: problem('CONNECTION_CLOSED'), seen })).toBeLessThan(10);
      expect(await asked({ problem: problem('TLS_ALERT'), seen: { ...seen, failure: { kind: 'ALERT', code: 40 } } })).toBeLessThan(10);
    });
  });

  describe('never takes "could not find out" for an answer', () => {
    it.each([
      ['GROUPS', ['groups', 'signatureAlgorithms']],
      ['NAMES', ['withoutName', 'wrongName']],
      ['EXTENSIONS', ['fallbackScsv']],
    ] as const)('where questions about %s are lost', async (topic, facts) => {
      const { found } = await check({}, { without: [topic] });
      for (const fact of facts) expect(JSON.stringify(found[fact])).toContain('CONNECTION_TIMED_OUT');
      expect(suites(found, TLS12)).toMatchObject({ ok: true });
    });

    it('where the budget ends, and the most important is known by then', async () => {
      const { found, probes } = await check({ versions: [TLS13, TLS12, TLS11, TLS10], suites: OPENSSL_12, prefers: true }, { budget: 60 });
      expect(probes).toHaveLength(60);
      expect(found.versions.map(({ supported }) => supported)).toEqual([false, true, true, true, false].map(ok));
      expect(suites(found, TLS12)).toMatchObject({ ok: true });
      expect(suites(found, TLS10)).toMatchObject({ problem: { code: 'CHECK_BUDGET_SPENT', facts: { budget: 60 } } });
    });
  });

  describe('of a server that shows something else each time', () => {
    const showing = async (chainOf: (count: number) => readonly Uint8Array[]) => {
      let count = 0;
      const found = await checkServer(async (probe) => {
        const answer = answerOf(INTERMEDIATE, probe);
        return answer.seen?.chain ? { ...answer, seen: { ...answer.seen, chain: chainOf(count++) } } : answer;
      }, subject);
      return found.certificates;
    };
    const leaf = Uint8Array.of(1);

    it('keeps each chain, also of one certificate: one node may have forgotten the intermediate', async () => {
      const shown = await showing((count) => (count % 7 === 6 ? [leaf] : [leaf, Uint8Array.of(2)]));
      expect(shown.map(({ chain }) => chain.length).sort()).toEqual([1, 2]);
    });

    it('keeps a bounded number of them, and of bytes', async () => {
      expect(await showing((count) => [Uint8Array.of(count, 7)])).toHaveLength(16);
      const large = await showing((count) => [Uint8Array.of(count), new Uint8Array(250_000)]);
      expect(large).toHaveLength(4);
    });
  });

  it('of a server that has had enough of us after a few connections blames none of our greetings', async () => {
    let connections = 0;
    const heard = { resumed: false, earlyDataAccepted: false, tickets: [], alerts: [], finished: false, roundTrips: 0, helloLength: 300 };
    const cut: Answer = { seen: heard, problem: problem('CONNECTION_CLOSED'), observation };
    const found = await checkServer(async (probe) => (++connections > 5 ? cut : answerOf(INTERMEDIATE, probe)), subject);
    for (const tolerated of Object.values(found.tolerates)) expect(tolerated).not.toEqual(ok(false));
  });

  it('of any server finds exactly what it has, within its budget', async () => {
    await fc.assert(
      fc.asyncProperty(anyModel, async (model) => {
        const { found, probes } = await check(model);
        expect(probes.length).toBeLessThanOrEqual(150);
        if (found.versions.length === 0) {
          expect(model.versions.filter((version) => usable(model, version).length > 0)).toEqual([]);
        }
        for (const { version, supported, suites: shown } of found.versions) {
          const has = model.versions.includes(version) ? named(usable(model, version)) : [];
          expect([version, supported]).toEqual([version, ok(has.length > 0)]);
          if (shown?.ok !== true) continue;
          if (shown.value.preference === 'SERVER') expect(shown.value.names).toEqual(has);
          else expect(shown.value.names.toSorted()).toEqual(has.toSorted());
        }
        const sorted = (names: readonly string[] | undefined) => names?.toSorted();
        if (found.groups?.ok) expect(sorted(found.groups.value)).toEqual(sorted(groupsShown(model).map(groupName)));
        for (const { version, names } of found.signatureAlgorithms ?? []) {
          if (names.ok) expect(sorted(names.value)).toEqual(sorted(signaturesShown(model, version).map(signatureSchemeName)));
        }
      }),
      { numRuns: 100 },
    );
  });
});

const subset = (codes: readonly number[], minLength = 0) => fc.shuffledSubarray([...codes], { minLength });
const anyModel: fc.Arbitrary<Model> = fc.record({
  ...{
    versions: subset([SSL3, TLS10, TLS11, TLS12, TLS13], 1),
    suites: subset([...OPENSSL_12, 0x1301, 0x1302, 0x1303, 0x1304, 0x0005, 0xc012], 1),
  },
  ...{ prefers: fc.boolean(), groups: subset([0x11ec, 0x1d, 0x17, 0x18, 0x19, 0x16], 1) },
  groupsBefore12: subset([0x1d, 0x17, 0x18, 0x19, 0x16], 1),
  signatures: subset([0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501, 0x0201], 1),
  auths: fc.shuffledSubarray<Auth>(['RSA', 'ECDSA'], { minLength: 1 }),
  ...{ alpn: fc.shuffledSubarray(['h2', 'http/1.1']), names: fc.constantFrom('ANY', 'STRICT'), tickets: fc.boolean() },
  ...{ sessionIds: fc.boolean(), maxEarlyData: fc.constantFrom(0, 1), extendedMasterSecret: fc.boolean(), encryptThenMac: fc.boolean() },
  ...{ secureRenegotiation: fc.boolean(), fallbackScsv: fc.boolean(), compression: fc.boolean(), finiteFieldBits: fc.constant(2048) },
  clientCertificate: fc.constantFrom('NOT_ASKED', 'OPTIONAL', 'REQUIRED'),
  stumblesOver: fc.constant([]),
  stumbling: fc.constant('REFUSES'),
});
