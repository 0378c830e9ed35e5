/** Whatever a check may say, and whatever bytes a server shows, it is judged in bounded time and nothing is thrown. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TOLERANCES, type AddressCheck, type SiteCheck } from '../../../../src/cores/tls/check/site-check.js';
import { tell } from '../../../../src/cores/tls/diagnosis/catalogue.js';
import { diagnose } from '../../../../src/cores/tls/diagnosis/diagnose.js';
import { instant } from '../../../../src/values/instant.js';
import { PROBLEM_CODES } from '../../../../src/values/problems/codes.js';
import { problem } from '../../../../src/values/problems/problem.js';
import { err, ok, type Result } from '../../../../src/values/result.js';
import { makeAuthority, makeLeaf } from '../../pki/certificate-maker.js';
import { healthyAddress, httpAnswer, siteCheck, V4, V6 } from '../../../support/tls/site-check.js';

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', root);
const REAL = [root.certificate.der, intermediate.certificate.der, makeLeaf(intermediate).der, makeLeaf(root, ['other.example']).der];

const problems = fc
  .record({ code: fc.constantFrom(...PROBLEM_CODES), alert: fc.string(), kind: fc.string(), detail: fc.string() })
  .map(({ code, ...facts }) => problem(code, facts));
const result = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Result<T>> =>
  fc.oneof(
    value.map((one) => ok(one)),
    problems.map((one) => err(one)),
  );
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const yesNo = maybe(result(fc.boolean()));
const bytes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...REAL) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...REAL), fc.nat(), fc.nat(255)).map(([der, at, byte]) => {
      const changed = Uint8Array.from(der);
      changed[at % changed.length] = byte;
      return changed;
    }),
  },
);
const chains = fc.array(bytes, { maxLength: 5 });
const nameless = maybe(
  result(
    fc.oneof(
      chains.map((chain) => ({ kind: 'CERTIFICATE' as const, chain })),
      fc.string().map((alert) => ({ kind: 'REFUSED' as const, alert })),
    ),
  ),
);
const answers = maybe(
  result(
    fc
      .record({ status: fc.integer(), location: maybe(fc.string()), hsts: fc.array(fc.string()), date: maybe(fc.integer().map(instant)) })
      .map((one) => httpAnswer(one)),
  ),
);
const suites = result(
  fc.record({
    names: fc.array(fc.oneof(fc.string(), fc.constantFrom('TLS_RSA_WITH_NULL_MD5', 'TLS_AES_128_GCM_SHA256'))),
    preference: fc.constantFrom('SERVER' as const, 'CLIENT' as const, 'ONLY_ONE' as const),
    finiteFieldBits: maybe(fc.nat(9000)),
  }),
);
const addresses: fc.Arbitrary<AddressCheck> = fc
  .record({
    address: fc.constantFrom(V4, V6),
    chain: chains,
    failure: maybe(problems),
    versions: fc.array(
      fc.record({ version: fc.integer({ min: 0x0300, max: 0x0304 }), supported: result(fc.boolean()), suites: maybe(suites) }),
    ),
    certificates: fc.array(fc.record({ chain: chains, versions: fc.constant([]), staple: maybe(bytes), timestamps: maybe(bytes) }), {
      maxLength: 3,
    }),
    withoutName: nameless,
    wrongName: nameless,
    groups: maybe(result(fc.array(fc.string()))),
    compression: yesNo,
    earlyData: yesNo,
    secureRenegotiation: yesNo,
    fallbackScsv: yesNo,
    clientCertificate: maybe(result(fc.constantFrom('NOT_ASKED' as const, 'OPTIONAL' as const, 'REQUIRED' as const))),
    tolerates: fc.array(fc.tuple(fc.constantFrom(...TOLERANCES), result(fc.boolean()))).map((pairs) => Object.fromEntries(pairs)),
    http: maybe(fc.record({ overTls: answers, plain: answers })),
  })
  .map(({ chain, failure, ...changes }) => {
    const place = healthyAddress(chain, changes as Partial<AddressCheck>);
    const { session: _, ...baseline } = place.baseline;
    return failure ? { ...place, baseline: { ...baseline, failure } } : place;
  });
const checks: fc.Arbitrary<SiteCheck> = fc
  .record({ addresses: result(fc.array(addresses, { maxLength: 3 })), leftOut: fc.subarray([V4, V6]), named: fc.boolean() })
  .map(({ named, ...changes }) => siteCheck({ ...changes, ...(!named && { name: undefined }) }));

it('is judged, and told in whole sentences', () => {
  const property = fc.property(checks, fc.integer({ min: 0, max: 4e12 }), maybe(fc.constant(true)), (check, now, ours) => {
    const evidence = {
      check,
      now: instant(now),
      roots: [root.certificate.der],
      fetchedIssuers: [intermediate.certificate.der],
      revoked: new Set<string>(),
      publicRoots: new Set([root.certificate.fingerprint]),
      ...(ours && { ours: { otherTenants: new Set<string>(), expected: 'ab', installed: [] } }),
    };
    const found = diagnose(evidence);
    for (const diagnosis of found) {
      expect(tell(diagnosis).explanation).not.toBe('');
      expect(diagnosis.alsoSeen).not.toContain(diagnosis.cause);
    }
    expect(diagnose(evidence)).toEqual(found);
  });
  fc.assert(property, { numRuns: 60 });
});
