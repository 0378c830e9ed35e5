/** When certificates should be renewed, as a real Pebble advises; that they are, on demand; and the key of the account at it. */
import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RenewalAdvice } from '../../src/adapters/issuers/issuer.js';
import { advisesRenewal, ISSUERS, type Issuer } from '../../src/adapters/issuers/issuer.js';
import { PanelSecurity } from '../../src/panel-security.js';
import { Jobs } from '../../src/platform/jobs/jobs.service.js';
import { toIso } from '../../src/values/instant.js';
import { parsePem } from '../../src/values/pem.js';
import { unwrap } from '../../src/values/result.js';
import type { Tampering } from '../support/acme/acme-front.js';
import { DIRECT, FRONTED, startAcmeWorld, type AcmeWorld } from '../support/acme/acme-world.js';
import { freshKey } from '../support/app.js';
import { rows } from '../support/database.js';
import { orderIs } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';
import { plantMember } from './tenants.js';

const RENEWAL = 'renewal { start end renewAt source explanationUrl checkedAt }';
type Renewal = { start: string; end: string; renewAt: string; source: string; explanationUrl: string | null; checkedAt: string | null };

type PanelOrder = { id: string; replaces: { id: string } | null; certificate?: { id: string } };

describe('renewal', { timeout: 60_000 }, () => {
  let world: AcmeWorld;
  let siteId: string;
  let certificateId: string;
  /** Where a worker waits, and what it then waits for. */
  const gates = new Map<string, Promise<void>>();
  const died = new Set<string>();
  beforeAll(async () => {
    const reached = async (name: string) => {
      if (died.delete(name)) throw new Error(`killed at ${name}`);
      await gates.get(name);
    };
    world = await startAcmeWorld({ reached });
    ({ siteId, certificateId } = await world.securedSite());
  });
  afterEach(() => {
    world.front.tampering = undefined;
    world.front.requests.length = 0;
  });
  afterAll(() => world?.stop());

  const read = async (certificateId: string, fields: string) =>
    (await world.app.asAdmin(`query ($id: ID!) { certificate(id: $id) { ${fields} } }`, { id: certificateId })).certificate;
  const renewal = async (certificateId: string): Promise<Renewal> => (await read(certificateId, RENEWAL)).renewal;
  const advised = (certificateId: string) =>
    waitFor('the advice of the CA', async () => {
      const now = await renewal(certificateId);
      return now.source === 'CA' && now;
    });
  /** The time for the next question has come. */
  async function ask(certificateId: string, wake = FRONTED): Promise<void> {
    await rows(world.app.database.url, `UPDATE certificates SET advice_ask_at = 'epoch' WHERE id = $1`, [certificateId]);
    await world.app.nest.get(Jobs).send('advice.ask', { id: wake });
  }
  const askAt = async (certificateId: string) =>
    (
      await rows<{ at: Date | null }>(world.app.database.url, 'SELECT advice_ask_at AS at FROM certificates WHERE id = $1', [certificateId])
    )[0]!.at;
  /** The CA says nothing, until it gives up. */
  function hold(): { asked: Promise<void>; giveUp: () => void } {
    let giveUp = () => {};
    const given = new Promise<void>((resolve) => (giveUp = resolve));
    const asked = new Promise<void>((resolve) => {
      world.front.tampering = async () => {
        resolve();
        await given;
        return 'CUT';
      };
    });
    return { asked, giveUp };
  }
  const advising =
    (start: string, end: string): Tampering =>
    async ({ path }, answer) =>
      path.includes('/renewalInfo/')
        ? {
            status: 200,
            headers: { 'content-type': 'application/json', 'retry-after': '7200' },
            body: JSON.stringify({ suggestedWindow: { start, end }, explanationURL: 'https://ca.example/incident' }),
          }
        : answer();
  const renew = (certificateId: string, key = freshKey(), token = world.app.adminToken) =>
    mutate(world.app, token, 'renewCertificate', { input: { certificateId } }, key);

  describe('advice', () => {
    it('is asked for when the certificate is issued, and shown with a moment in its window', async () => {
      const shown = await advised(certificateId);
      const [, fronted] = world.app.nest.get<readonly Issuer[]>(ISSUERS);
      const [der] = unwrap(parsePem('CERTIFICATE', (await read(certificateId, 'pem')).pem as string));
      const { start, end } = unwrap(await (advisesRenewal(fronted!) ? fronted : undefined)!.renewalInfo(der!)) as RenewalAdvice;
      expect(shown).toMatchObject({ start: toIso(start), end: toIso(end), explanationUrl: null, checkedAt: expect.any(String) });
      expect(shown.renewAt >= shown.start && shown.renewAt <= shown.end).toBe(true);
    });

    it('changes when the CA changes it; the moment stays while the window does', async () => {
      const before = await advised(certificateId);
      await ask(certificateId);
      const again = await waitFor('another look', async () => {
        const now = await renewal(certificateId);
        return now.checkedAt !== before.checkedAt && now;
      });
      expect(again).toEqual({ ...before, checkedAt: again.checkedAt });
      const [start, end] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
      world.front.tampering = advising(start, end);
      await ask(certificateId);
      const changed = await waitFor('the new window', async () => {
        const now = await renewal(certificateId);
        return now.start === start && now;
      });
      expect(changed).toMatchObject({ end, source: 'CA', explanationUrl: 'https://ca.example/incident' });
      expect(changed.renewAt >= start && changed.renewAt <= end).toBe(true);
      expect((await askAt(certificateId))!.getTime()).toBeGreaterThan(world.app.clock.now() + 7_000_000);
    });

    it('stays while the CA is away, which is asked again later; and another CA is asked meanwhile', async () => {
      const otherId = certificateId.replace(/....$/, 'zzzz');
      const copy = `jsonb_build_object('id', $2::text, 'issuer_id', $3::text, 'fingerprint', $2::text, 'advice_start', NULL)`;
      await rows(
        world.app.database.url,
        `INSERT INTO certificates SELECT (jsonb_populate_record(certificates, ${copy})).* FROM certificates WHERE id = $1`,
        [certificateId, otherId, DIRECT],
      );
      const before = await renewal(certificateId);
      const { asked, giveUp } = hold();
      await ask(certificateId);
      await asked;
      await ask(otherId, DIRECT);
      await advised(otherId);
      expect((await askAt(certificateId))!.getTime()).toBe(0);
      giveUp();
      await waitFor('the question to be put off', async () => (await askAt(certificateId))!.getTime() > world.app.clock.now());
      expect(await renewal(certificateId)).toEqual(before);
    });

    it('is asked for every minute where it is due', async () => {
      const before = await renewal(certificateId);
      await rows(world.app.database.url, `UPDATE certificates SET advice_ask_at = 'epoch' WHERE id = $1`, [certificateId]);
      await world.app.nest.get(Jobs).send('certificate.sweep', { id: 'all' });
      await waitFor('another look', async () => (await renewal(certificateId)).checkedAt !== before.checkedAt);
    });

    it('without any, a certificate should be renewed when a third of its life is left', async () => {
      const siteId = idOf(await mutate(world.app, world.app.adminToken, 'createSite', { input: { names: ['plain.localhost'] } }));
      const id = idOf(await mutate(world.app, world.app.adminToken, 'placeOrder', { input: { siteId, product: 'internal' } }));
      await orderIs(world.app.asAdmin, id, 'ISSUED');
      const { certificate } = (
        await world.app.asAdmin(`query ($id: ID!) { order(id: $id) { certificate { notBefore notAfter ${RENEWAL} } } }`, { id })
      ).order;
      const [from, to] = [Date.parse(certificate.notBefore as string), Date.parse(certificate.notAfter as string)];
      const start = new Date(Math.trunc(to - (to - from) / 3)).toISOString();
      expect(certificate.renewal).toEqual({
        ...{ start, end: certificate.notAfter, renewAt: start, source: 'LIFETIME', explanationUrl: null, checkedAt: null },
      });
    });
  });

  describe('on demand', () => {
    it('the same is ordered with a fresh key, told to the CA as a replacement, and proven; a double call is one order', async () => {
      const { app, pebble } = world;
      const [orders, replaced] = [pebble.orders().length, pebble.replaced().length];
      const key = freshKey();
      const [id, again] = (await Promise.all([renew(certificateId, key), renew(certificateId, key)])).map(idOf);
      expect(again).toBe(id);
      await orderIs(app.asAdmin, id!, 'ISSUED');
      const { order } = await app.asAdmin(
        `query ($id: ID!) { order(id: $id) { site { id } names keyAlgorithm product { code } replaces { id } certificate { id pem fingerprint } } }`,
        { id },
      );
      const old = await read(certificateId, 'pem names keyAlgorithm');
      expect(order).toMatchObject({
        ...{ site: { id: siteId }, names: old.names, keyAlgorithm: old.keyAlgorithm },
        ...{ product: { code: 'dv' }, replaces: { id: certificateId } },
      });
      const keyOf = (pem: string) => new X509Certificate(pem).publicKey.export({ format: 'der', type: 'spki' }).toString('hex');
      expect(keyOf(order.certificate.pem as string)).not.toBe(keyOf(old.pem as string));
      await waitFor('the new certificate to be proven', async () => {
        const query = 'query ($id: ID!) { site(id: $id) { security { state } bindings { observation { fingerprint proven } } } }';
        const { site } = await app.asAdmin(query, { id: siteId });
        const [{ observation }] = site.bindings as [{ observation?: { fingerprint: string; proven: boolean } }];
        return site.security.state === 'SECURE' && observation?.fingerprint === order.certificate.fingerprint;
      });
      // Pebble writes of it when it has answered.
      await waitFor('its books to tell of the replacement', async () => pebble.replaced().length > replaced);
      expect([pebble.orders().length - orders, pebble.replaced().length - replaced]).toEqual([1, 1]);
      // Its advice is nobody's business any more.
      world.front.requests.length = 0;
      await ask(certificateId);
      await waitFor('the end of the questions', async () => (await askAt(certificateId)) === null);
      expect(world.front.requests.filter(({ path }) => path.includes('/renewalInfo/'))).toEqual([]);
    });

    it('is refused as a new order would be: while one is under way, however many ask, and for names that the site no longer has', async () => {
      const { giveUp } = hold();
      const id = idOf(await renew(certificateId));
      // More at once than the process has connections to its database: none waits for one that another holds.
      const refused = await Promise.all(Array.from({ length: 30 }, () => renew(certificateId)));
      for (const outcome of refused) expect(outcome).toMatchObject({ type: 'Conflict', code: 'ORDER_UNDER_WAY', subject: id });
      expect(await mutate(world.app, world.app.adminToken, 'cancelOrder', { id })).toMatchObject({ id });
      giveUp();
      await rows(world.app.database.url, 'UPDATE site_names SET name = $2 WHERE site_id = $1', [siteId, 'moved.acme.test']);
      expect(await renew(certificateId)).toMatchObject({ type: 'InvalidInput', sub: [{ code: 'NAME_NOT_COVERED' }] });
    });
  });

  it('the panel renews its own certificate when its moment has come, once', async () => {
    const panel = world.app.nest.get(PanelSecurity);
    const { id } = unwrap(await panel.ensure());
    const query = 'query ($id: ID!) { site(id: $id) { orders(first: 9) { nodes { id state replaces { id } certificate { id } } } } }';
    const orders = async () => (await world.app.asAdmin(query, { id })).site.orders.nodes as PanelOrder[];
    const [{ certificate }] = await waitFor('its first certificate', async () => {
      const [first] = await orders();
      return first?.certificate && ([first] as [Required<PanelOrder>]);
    });
    unwrap(await panel.ensure());
    expect(await orders()).toHaveLength(1);
    const advice = `advice_start = 'epoch', advice_end = 'epoch', advice_renew_at = 'epoch', advice_checked_at = now()`;
    await rows(world.app.database.url, `UPDATE certificates SET ${advice} WHERE id = $1`, [certificate.id]);
    await Promise.all([panel.ensure(), panel.ensure()]);
    expect((await orders()).slice(1)).toMatchObject([{ replaces: { id: certificate.id } }]);
  });

  describe('the key of the account at a CA', () => {
    const change = (issuerId: string, token = world.app.adminToken) =>
      mutate(world.app, token, 'changeAccountKey', { input: { issuerId } });
    const account = async () =>
      (await world.app.asAdmin('{ issuerAccounts { id keyChangedAt keyChangeUnderWay problem { code } } }')).issuerAccounts[0];
    const keyChanges = () => world.front.requests.filter(({ path }) => path === '/rollover-account-key').length;

    it('is changed while an order waits, which goes on with files that are laid down anew', async () => {
      let open = () => {};
      gates.set('order.present.written', new Promise((resolve) => (open = resolve)));
      const { app } = world;
      const siteId = idOf(await mutate(app, app.adminToken, 'createSite', { input: { names: ['rollover.acme.test'] } }));
      const id = idOf(await mutate(app, app.adminToken, 'placeOrder', { input: { siteId } }));
      const presented = async () =>
        (await orderIs(app.asAdmin, id, 'VALIDATING')).timeline.filter(({ step, phase }) => step === 'present' && phase === 'DONE');
      await waitFor('the files', async () => (await presented()).length === 1);
      expect(await change(FRONTED)).toMatchObject({ id: FRONTED, replayed: false });
      const changed = await waitFor('the change', async () => {
        const now = await account();
        return now.keyChangedAt !== null && now;
      });
      expect(changed).toMatchObject({ id: FRONTED, keyChangeUnderWay: false, problem: null });
      expect(keyChanges()).toBe(1);
      gates.clear();
      open();
      const { timeline } = await orderIs(app.asAdmin, id, 'ISSUED');
      expect(timeline.filter(({ step, phase }) => step === 'present' && phase === 'DONE')).toHaveLength(2);
    });

    it('waits for a CA that is away, says so, and survives a worker that dies', async () => {
      const { changed } = { changed: (await account()).keyChangedAt as string };
      world.front.tampering = async ({ path }, answer) => (path === '/rollover-account-key' ? 'CUT' : answer());
      idOf(await change(FRONTED));
      await waitFor('the problem', async () => (await account()).problem?.code === 'ISSUER_UNREACHABLE');
      expect(await account()).toMatchObject({ keyChangeUnderWay: true, keyChangedAt: changed });
      idOf(await change(FRONTED)); // the same change
      world.front.tampering = undefined;
      died.add('accountKey.change.done');
      await rows(world.app.database.url, `UPDATE issuer_accounts SET key_change_due_at = 'epoch'`);
      await world.app.nest.get(Jobs).send('accountKey.change', { id: 'all' });
      await waitFor('the change', async () => (await account()).keyChangedAt !== changed);
      expect(died.size).toBe(0);
      expect(await account()).toMatchObject({ keyChangeUnderWay: false, problem: null });
    });

    it('is the administrator’s business, and of issuers that know an account', async () => {
      const reseller = await plantMember(world.app, world.app.adminToken, 'RESELLER', 'Rex');
      expect(await change(FRONTED, reseller.token)).toMatchObject({ type: 'NotAllowed', code: 'NOT_ALLOWED' });
      const list = await world.app.call(reseller.token, '{ issuerAccounts { id } }');
      expect(list.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_ALLOWED' });
      expect(await change('local-ca')).toMatchObject({ type: 'InvalidInput', code: 'ACCOUNT_KEY_NOT_OFFERED', subject: 'issuerId' });
      expect(await change('gone-ca')).toMatchObject({ type: 'Conflict', code: 'ISSUER_UNKNOWN', subject: 'issuerId' });
    });
  });
});
