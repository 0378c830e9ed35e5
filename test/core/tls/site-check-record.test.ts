/** What is kept of a check comes back as it was, or not at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRecord, toRecord } from '../../../src/cores/tls/check/site-check-record.js';
import type { SiteCheck } from '../../../src/cores/tls/check/site-check.js';
import * as diagnoses from '../../../src/cores/tls/diagnosis/diagnosis-record.js';
import type { Diagnosis } from '../../../src/cores/tls/diagnosis/diagnosis.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok, unwrap } from '../../../src/values/result.js';
import { failedAddress, healthyAddress, siteCheck, V4, V6 } from '../../support/tls/site-check.js';

const CHAIN = [new Uint8Array([48, 0]), new Uint8Array([48, 1, 5])];
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const UNKNOWN = err(problem('CONNECTION_TIMED_OUT', { address: '192.0.2.10', port: 443, seconds: 5 }));

describe('a check in storage', () => {
  const healthy = healthyAddress(CHAIN);
  it.each<[string, SiteCheck]>([
    ['healthy at two addresses', siteCheck({ addresses: ok([healthy, { ...healthy, address: V6 }]), leftOut: [V6] })],
    ['of a server that does not answer', siteCheck({ addresses: ok([failedAddress(problem('CONNECTION_REFUSED', { port: 443 }))]) })],
    ['of a name that leads nowhere', siteCheck({ addresses: err(problem('NAME_DOES_NOT_RESOLVE', { name: 'shop.example' })) })],
    [
      'in which nothing could be found out',
      siteCheck({
        addresses: ok([
          {
            ...healthy,
            ...{ groups: UNKNOWN, alpn: UNKNOWN, withoutName: UNKNOWN, clientCertificate: UNKNOWN, earlyData: UNKNOWN },
            versions: [{ version: 0x0304, supported: UNKNOWN, suites: UNKNOWN }],
            tolerates: { GREASE: UNKNOWN },
            http: { overTls: UNKNOWN },
            withoutName: ok({ kind: 'CERTIFICATE', chain: CHAIN }),
            certificates: [{ chain: CHAIN, versions: [0x0303], staple: new Uint8Array([1]), timestamps: new Uint8Array([2]) }],
          },
        ]),
      }),
    ],
  ])('%s comes back as it was', (_, check) => expect(fromRecord(throughJson(toRecord(check)))).toEqual(ok(check)));

  it("keeps of strangers' texts what a database takes", () => {
    const https = healthy.http!.overTls!;
    const odd = { ...healthy, http: { overTls: https.ok ? ok({ ...https.value, server: 'a\0b\ud800' }) : https } };
    const kept = unwrap(fromRecord(throughJson(toRecord(siteCheck({ addresses: ok([odd]) })))));
    expect(kept.addresses).toMatchObject({ value: [{ http: { overTls: { value: { server: 'a\ufffdb\ufffd' } } } }] });
  });

  it('is refused where anything was taken away, added or changed', () => {
    const record = throughJson(toRecord(siteCheck({ addresses: ok([healthy]) }))) as Record<string, unknown>;
    for (const field of ['port', 'at', 'tookMs', 'addresses', 'leftOut', 'connections']) {
      expect(fromRecord({ ...record, [field]: undefined }).ok).toBe(false);
      expect(fromRecord({ ...record, [field]: 'x' }).ok).toBe(false);
    }
    expect(fromRecord({ ...record, more: 1 }).ok).toBe(false);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => !fromRecord(value).ok && !diagnoses.fromRecord(value).ok));
  });
});

describe('a diagnosis in storage', () => {
  const diagnosis: Diagnosis = {
    ...{ cause: 'EXPIRED', severity: 'BROKEN', whoActs: 'ADMIN', repair: 'REISSUE', alsoSeen: ['WEAK_KEY'] },
    ...{ where: [{ address: V4, port: 443 }], evidence: { notAfter: '2026-01-01T00:00:00.000Z', daysAgo: 3 } },
  };
  it('comes back as it was', () => expect(diagnoses.fromRecord(throughJson(diagnoses.toRecord(diagnosis)))).toEqual(ok(diagnosis)));
  it.each([
    { ...diagnosis, cause: 'GONE_SINCE' },
    { ...diagnosis, repair: 'PRAY' },
    { ...diagnosis, evidence: { a: {} } },
    { ...diagnosis, where: [{ address: 'x', port: 1 }] },
  ])('is refused otherwise: %j', (record) => expect(diagnoses.fromRecord(record).ok).toBe(false));
});
