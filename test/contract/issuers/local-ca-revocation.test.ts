import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalCa } from '../../../src/adapters/issuers/local-ca/local-ca.js';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { readCrl } from '../../../src/cores/pki/revocation/crl.js';
import { days, plus } from '../../../src/values/instant.js';
import { toPem } from '../../../src/values/pem.js';
import { unwrap } from '../../../src/values/result.js';
import { codeOf } from '../issuer.contract.js';
import { issue, PANEL, rootOf, START, startLocalCa, type LocalFixture } from './local-ca.fixture.js';

describe('LocalCa', () => {
  let fixture: LocalFixture;
  let ca: LocalCa;
  beforeEach(async () => {
    fixture = await startLocalCa();
    ca = fixture.issuer;
  });

  describe('revocation list', () => {
    it('names what was revoked, with the first reason, and grows in number with each change only', async () => {
      const [leaf] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate];
      const list = async () => unwrap(readCrl(unwrap(await ca.revocationList())));
      const empty = await list();
      expect(empty.revocations).toEqual([]);
      unwrap(await ca.revoke(leaf.der, 'KEY_COMPROMISE'));
      unwrap(await ca.revoke(leaf.der, 'SUPERSEDED'));
      const full = await list();
      expect(full.revocations).toEqual([{ serial: leaf.serial, at: START, reason: 1 }]);
      expect([empty.number, full.number, (await list()).number]).toEqual([1, 2, 2]);
      fixture.waitUntil(plus(START, days(2)));
      expect((await list()).number).toBe(3);
      expect((full.nextUpdate ?? Infinity) - full.thisUpdate).toBeLessThanOrEqual(days(10));
    });

    it('asked for at once by several processes, one number is never on two lists', async () => {
      const lists = await Promise.all([ca, fixture.anotherProcess(), fixture.anotherProcess()].map((process) => process.revocationList()));
      expect(new Set(lists.map((list) => Buffer.from(unwrap(list)).toString('hex'))).size).toBe(1);
    });

    it('forgets a certificate only some time after it ended', async () => {
      const [leaf] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate];
      unwrap(await ca.revoke(leaf.der, 'UNSPECIFIED'));
      const serials = async () => unwrap(readCrl(unwrap(await ca.revocationList()))).revocations.map(({ serial }) => serial);
      fixture.waitUntil(plus(leaf.notAfter, days(9)));
      expect(await serials()).toEqual([leaf.serial]);
      fixture.waitUntil(plus(leaf.notAfter, days(11)));
      expect(await serials()).toEqual([]);
    });

    it('a root or an intermediate cannot be revoked through the port', async () => {
      const [, intermediate] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate, Certificate];
      expect(codeOf(await ca.revoke(intermediate.der, 'SUPERSEDED'))).toBe('ISSUER_REFUSED');
      expect(codeOf(await ca.revoke((await rootOf(ca)).der, 'SUPERSEDED'))).toBe('ISSUER_REFUSED');
    });
  });

  describe('by the openssl command', () => {
    let folder: string;
    beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'hostseal-ca-'))));
    afterAll(() => rmSync(folder, { recursive: true }));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

    it('the chain verifies strictly, and no more once the list names the leaf', async () => {
      const [leaf, intermediate] = (await issue(fixture, ca, 'ord_1', PANEL)) as [Certificate, Certificate];
      const at = String(Math.floor(fixture.now() / 1000));
      const anchors = file('root.pem', toPem('CERTIFICATE', (await rootOf(ca)).der));
      const links = file('intermediate.pem', toPem('CERTIFICATE', intermediate.der));
      const served = file('leaf.pem', toPem('CERTIFICATE', leaf.der));
      const common = [
        'verify',
        '-attime',
        at,
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        PANEL,
        '-CAfile',
        anchors,
        '-untrusted',
        links,
      ];
      expect(openssl(...common, served)).toContain('OK');
      const list = async (name: string) => file(name, toPem('X509 CRL', unwrap(await ca.revocationList())));
      expect(openssl(...common, '-crl_check', '-CRLfile', await list('empty.pem'), served)).toContain('OK');
      unwrap(await ca.revoke(leaf.der, 'KEY_COMPROMISE'));
      const full = await list('full.pem');
      expect(() => openssl(...common, '-crl_check', '-CRLfile', full, served)).toThrow(/certificate revoked/);
      const text = openssl('crl', '-in', full, '-noout', '-text');
      expect(text).toContain(leaf.serial.toUpperCase());
      expect(text).toContain('Key Compromise');
    });
  });
});
