/** Certificates that are to be believed no longer: at a real Pebble, and on the list of the built-in CA. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { BindCertificateJob } from '../../src/features/bindings/bind-certificate.job.js';
import { readCertificate } from '../../src/cores/pki/certificate.js';
import { readCrl } from '../../src/cores/pki/revocation/crl.js';
import { minutes } from '../../src/values/instant.js';
import { toPem } from '../../src/values/pem.js';
import { unwrap } from '../../src/values/result.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { startAcmeWorld, type AcmeWorld } from '../support/acme/acme-world.js';
import { freshKey } from '../support/app.js';
import { during, rows } from '../support/database.js';
import { orderIs } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate, type Arguments } from './every-mutation.js';
import { untilSecure } from './tenants.js';

const CERTIFICATE = `serial revokedAt revocationReason order { id state timeline { step phase } }
  revocation { state reason requestedAt revokedAt problem { code message } }`;
const REVOKE = '/revoke-cert';

describe('revocation', { timeout: 60_000 }, () => {
  let world: AcmeWorld;
  const died = new Set<string>();
  beforeAll(async () => {
    const reached = async (name: string) => {
      if (died.delete(name)) throw new Error(`killed at ${name}`);
    };
    world = await startAcmeWorld({ reached });
  });
  afterEach(() => {
    world.front.tampering = undefined;
    world.front.requests.length = 0;
  });
  afterAll(() => world?.stop());

  const revoke = (certificateId: string, more: Arguments = {}, key = freshKey()) =>
    mutate(world.app, world.app.adminToken, 'revokeCertificate', { input: { certificateId, reason: 'SUPERSEDED', ...more } }, key);
  const read = async (id: string) =>
    (await world.app.asAdmin(`query ($id: ID!) { certificate(id: $id) { ${CERTIFICATE} } }`, { id })).certificate;
  const becomes = (id: string, state: string) =>
    waitFor(`${id} to be ${state}`, async () => {
      const certificate = await read(id);
      return certificate.revocation?.state === state && certificate;
    });
  const security = async (siteId: string) => {
    const query = 'query ($id: ID!) { site(id: $id) { security { state findings { reason problem { code } } } } }';
    return (await world.app.asAdmin(query, { id: siteId })).site.security;
  };
  const tellings = () => world.front.requests.filter(({ path }) => path === REVOKE);
  const localList = async () => {
    const answer = await request(world.app.nest.getHttpServer()).get('/crl/local-ca.crl').buffer(true).parse(bytes);
    return { answer, list: unwrap(readCrl(new Uint8Array(answer.body as Buffer))) };
  };

  /** As docs/operations.md has it. */
  async function openssl(orderId: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'hostseal-crl-'));
    const query = 'query ($id: ID!) { order(id: $id) { certificate { pem } } }';
    const [root] = unwrap(await world.app.nest.get<readonly Issuer[]>(ISSUERS)[0]!.trustAnchors());
    writeFileSync(join(folder, 'root.pem'), toPem('CERTIFICATE', root!));
    writeFileSync(join(folder, 'shop.pem'), (await world.app.asAdmin(query, { id: orderId })).order.certificate.pem as string);
    writeFileSync(join(folder, 'local-ca.crl'), (await localList()).answer.body as Buffer);
    const command = `openssl crl -inform DER -in local-ca.crl -out local-ca.pem
      openssl verify -crl_check -CAfile root.pem -untrusted shop.pem -CRLfile local-ca.pem shop.pem 2>&1`;
    const { stdout } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    return stdout;
  }

  describe('of a certificate of Pebble', () => {
    let siteId: string;
    let certificateId: string;
    beforeAll(async () => void ({ siteId, certificateId } = await world.securedSite()));

    it('is refused while a site is bound to it, with where', async () => {
      const refused = await revoke(certificateId);
      expect(refused).toMatchObject({ type: 'Conflict', code: 'CERTIFICATE_SERVED', subject: certificateId });
      expect(refused.message).toMatch(/s1\.acme\.test at 127\.0\.0\.1:\d+/);
      expect((await read(certificateId)).revocation).toBeNull();
      expect((await world.pebble.statusOf((await read(certificateId)).serial)).Status).toBe('Valid');
    });

    it('is refused by the CA in its own words, which are shown; and may be asked for again', async () => {
      const body = JSON.stringify({ type: 'urn:ietf:params:acme:error:unauthorized', detail: 'not yours, says the CA' });
      world.front.tampering = async ({ path }, ask) =>
        path === REVOKE ? { status: 403, headers: { 'content-type': 'application/problem+json' }, body } : ask();
      idOf(await revoke(certificateId, { evenIfServed: true }));
      const { revocation, revokedAt, order } = await becomes(certificateId, 'REFUSED');
      expect(revocation.problem).toMatchObject({ code: 'ISSUER_REFUSED', message: expect.stringContaining('not yours, says the CA') });
      expect([revokedAt, revocation.revokedAt, order.state]).toEqual([null, null, 'ISSUED']);
      expect((await security(siteId)).state).toBe('SECURE');
    });

    it('waits for a CA that is away, is told once more by a worker that dies, and is there in the end: the site is not secure any more', async () => {
      world.front.tampering = async ({ path }, ask) => (path === REVOKE ? 'CUT' : ask());
      const key = freshKey();
      const asked = await revoke(certificateId, { evenIfServed: true, reason: 'KEY_COMPROMISE' }, key);
      await waitFor('the CA to be missed', async () => (await read(certificateId)).revocation.problem?.code === 'ISSUER_UNREACHABLE');
      expect(await read(certificateId)).toMatchObject({ revokedAt: null, revocation: { state: 'REQUESTED', reason: 'KEY_COMPROMISE' } });
      expect(await revoke(certificateId, { evenIfServed: true, reason: 'KEY_COMPROMISE' }, key)).toMatchObject({
        id: asked.id,
        replayed: true,
      });
      // The first reason stays.
      expect(await revoke(certificateId, { reason: 'UNSPECIFIED' })).toMatchObject({ id: asked.id, replayed: false });
      died.add('order.revoke.done');
      world.front.tampering = undefined;
      world.front.requests.length = 0;
      const { revocation, revokedAt, revocationReason, order, serial } = await becomes(certificateId, 'REVOKED');
      expect(died.size).toBe(0);
      expect(tellings().map(({ payload }) => payload?.['reason'])).toEqual([1, 1]);
      expect(revocation).toMatchObject({ reason: 'KEY_COMPROMISE', problem: null, revokedAt });
      expect(revocationReason).toBe('KEY_COMPROMISE');
      expect(order.state).toBe('REVOKED');
      expect(order.timeline.at(-1)).toEqual({ step: 'revoke', phase: 'DONE' });
      expect(await world.pebble.statusOf(serial)).toMatchObject({ Status: 'Revoked', Reason: 1 });
      expect(await security(siteId)).toMatchObject({
        state: 'NOT_SECURE',
        findings: expect.arrayContaining([{ reason: 'FAILED', problem: { code: 'CERTIFICATE_REVOKED' } }]),
      });
    });

    it('is over when the site has a new one, which a renewal of the revoked one brings; its key is kept until then', async () => {
      const id = idOf(await mutate(world.app, world.app.adminToken, 'renewCertificate', { input: { certificateId } }));
      await orderIs(world.app.asAdmin, id, 'ISSUED');
      await untilSecure(world.app, siteId);
      expect(await revoke(certificateId)).toMatchObject({ id: certificateId });
    });
  });

  describe('of a certificate of the built-in CA', () => {
    let certificateId: string;
    let orderId: string;
    let serial: string;
    let made = 0;
    beforeEach(async () => {
      const { app } = world;
      const siteId = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: [`r${++made}.localhost`] } }));
      orderId = idOf(await mutate(app, app.adminToken, 'placeOrder', { input: { siteId, product: 'internal' } }));
      await orderIs(app.asAdmin, orderId, 'ISSUED');
      const { order } = await app.asAdmin('query ($id: ID!) { order(id: $id) { certificate { id serial } } }', { id: orderId });
      ({ id: certificateId, serial } = order.certificate);
    });

    it('is on its list, for everybody, within a minute', async () => {
      const before = await localList();
      expect(before.answer.headers).toMatchObject({ 'content-type': 'application/pkix-crl', 'cache-control': 'public, max-age=60' });
      expect(await openssl(orderId)).toMatch(/: OK/);
      expect(before.list.revocations.map((entry) => entry.serial)).not.toContain(serial);
      idOf(await revoke(certificateId, { evenIfServed: true, reason: 'CESSATION_OF_OPERATION' }));
      await becomes(certificateId, 'REVOKED');
      expect((await localList()).answer.body).toEqual(before.answer.body);
      world.app.clock.advance(minutes(1));
      const { list } = await localList();
      expect(list.revocations).toContainEqual({ serial, at: expect.any(Number), reason: 5 });
      expect(await openssl(orderId)).toMatch(/certificate revoked/);
      const issuer = world.app.nest.get<readonly Issuer[]>(ISSUERS).find(({ manifest }) => manifest.id === 'local-ca')!;
      const [, intermediate] = unwrap(await issuer.download(orderId));
      expect(list.isSignedBy(unwrap(readCertificate(intermediate!)).publicKey)).toBe(true);
    });

    it('of which the wake-up was lost is told to the CA within a minute', async () => {
      idOf(await revoke(certificateId, { evenIfServed: true, reason: 'AFFILIATION_CHANGED' }));
      await becomes(certificateId, 'REVOKED');
      const sql = `revoked_at = NULL, revocation_state = 'REQUESTED', revocation_due_at = 'epoch'`;
      await rows(world.app.database.url, `UPDATE certificates SET ${sql} WHERE id = $1`, [certificateId]);
      await world.app.nest.get(Jobs).send('certificate.sweep', { id: 'all' });
      await becomes(certificateId, 'REVOKED');
    });

    it('that was not bound yet keeps it from being bound', async () => {
      const bindings = async () => await rows(world.app.database.url, 'SELECT id FROM bindings WHERE certificate_id = $1', [certificateId]);
      await waitFor('it to be bound', async () => (await bindings()).length > 0);
      idOf(await revoke(certificateId, { evenIfServed: true }));
      await becomes(certificateId, 'REVOKED');
      await rows(world.app.database.url, 'DELETE FROM bindings WHERE certificate_id = $1', [certificateId]);
      await world.app.nest.get(BindCertificateJob).handle({ id: orderId });
      expect(await bindings()).toEqual([]);
    });

    it('at the moment in which it is bound is either heard before, or refused', async () => {
      const { url } = world.app.database;
      const bindings = async () => await rows(url, 'SELECT id FROM bindings WHERE certificate_id = $1', [certificateId]);
      await waitFor('it to be bound', async () => (await bindings()).length > 0);
      await rows(url, 'DELETE FROM bindings WHERE certificate_id = $1', [certificateId]);
      const waits = async (table: string) => {
        const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`;
        return (await rows(url, sql, [`%FROM ${table} %`])).length > 0;
      };
      let isAnswered = false;
      const [bound, asked] = await during(url, 'SELECT 1 FROM servers FOR UPDATE', async () => {
        const binding = world.app.nest.get(BindCertificateJob).handle({ id: orderId });
        await waitFor('the binding to wait', () => waits('servers'));
        const revoking = revoke(certificateId).finally(() => (isAnswered = true));
        await waitFor('the revocation to be decided, or to wait too', async () => isAnswered || (await waits('certificates')));
        return [binding, revoking] as const;
      });
      await bound;
      const { code } = await asked;
      expect([code, (await bindings()).length > 0]).toEqual(['CERTIFICATE_SERVED', true]);
    });
  });
});

/** A body that is no text. */
function bytes(response: request.Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}
