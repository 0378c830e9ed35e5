/** Of the chains that a CA offers for one certificate, the one that ends where it is believed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcmeIssuer } from '../../../src/adapters/issuers/acme/acme.issuer.js';
import { readPublicRootsFrom } from '../../../src/adapters/network/public-roots.js';
import { readCertificate, type Certificate } from '../../../src/cores/pki/certificate.js';
import { toPem } from '../../../src/values/pem.js';
import { unwrap } from '../../../src/values/result.js';
import { startPebble, type Pebble } from '../../support/acme/pebble.js';
import { csrFor, finalize, makeReady } from '../issuer.contract.js';
import { directoryOf, onPebble, type AcmeFixture } from './acme.fixture.js';

describe('AcmeIssuer, where a CA offers two chains', () => {
  let pebble: Pebble;
  let fixture: AcmeFixture;
  let locator: string;
  let first: Certificate;
  let second: Certificate;
  beforeAll(async () => {
    pebble = await startPebble({ alternateRoots: 1 });
    fixture = onPebble(pebble);
    const name = fixture.newName();
    ({ locator } = await makeReady(fixture, 'ord_1', [name]));
    await finalize(fixture, locator, await csrFor(name));
    [first, second] = pebble.roots.map((der) => unwrap(readCertificate(der))) as [Certificate, Certificate];
  });
  afterAll(() => pebble.stop());

  const chosenBy = async (issuer: AcmeIssuer) =>
    unwrap(readCertificate(unwrap(await issuer.download(locator)).at(-1) as Uint8Array)).issuer;

  it('takes the one that ends at a root that counts', async () => {
    const chosenWith = (more: Parameters<typeof directoryOf>[1]) => chosenBy(fixture.with({ directory: directoryOf(pebble, more) }));
    expect(await chosenWith({ roots: [second.der] })).toBe(second.subject);
    expect(await chosenWith({ preferredRoot: second.commonNames[0] })).toBe(second.subject);
    expect(await chosenWith({})).toBe(first.subject);
    // None that counts: the CA's own choice, which the check of what was issued will refuse.
    expect(await chosenWith({ roots: [] })).toBe(first.subject);
  });

  it('takes the one that ends at a public root, as they are at the time, where the CA has none of its own', async () => {
    const { roots: _, ...directory } = directoryOf(pebble);
    const issuer = fixture.with({ directory });
    expect(await chosenBy(issuer)).toBe(first.subject);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-roots-'));
    const list = path.join(folder, 'mozilla.pem');
    readPublicRootsFrom(list);
    fs.writeFileSync(list, [...tls.rootCertificates, toPem('CERTIFICATE', second.der)].join('\n'));
    expect(await chosenBy(issuer)).toBe(second.subject);
    fs.rmSync(folder, { recursive: true });
    expect(await chosenBy(issuer)).toBe(first.subject);
  });
});
