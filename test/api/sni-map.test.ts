/** The SNI map over GraphQL, of an edge that two tenants share: what it says is what handshakes show, and wildcards stay in their tenant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SiteBindings } from '../../src/features/bindings/site-bindings.service.js';
import { Certificates } from '../../src/features/certificates/certificates.service.js';
import { Transactions } from '../../src/platform/database/transaction.js';
import { Vault } from '../../src/platform/vault/vault.service.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { newId, type Id } from '../../src/values/id.js';
import { days, plus } from '../../src/values/instant.js';
import { ok, unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { startTestApp, systemRandom, type TestApp } from '../support/app.js';
import { rows } from '../support/database.js';
import { startTestEdge, type TestEdge } from '../support/edge.js';
import { makeCa } from '../support/pki/certificates.js';
import { waitFor } from '../support/suite/wait-for.js';
import { handshake } from '../support/tls/handshake.js';
import { idOf, mutate, type Outcome } from './every-mutation.js';
import { plantTenants, untilSecure, type Tenants } from './tenants.js';

describe('the map of an address', () => {
  let edge: TestEdge;
  let app: TestApp;
  let tenants: Tenants;
  let addressId: string;
  beforeAll(async () => {
    edge = await startTestEdge();
    const second = edge.listeners[1]!;
    app = await startTestApp({ edge, env: { HOSTSEAL_ALLOW_ADDRESSES: `${second.address}:${second.httpsPort}` } });
    tenants = await plantTenants(app);
    await untilSecure(app, tenants.alice.siteId);
    await untilSecure(app, tenants.carl.siteId);
    const { server } = await app.asAdmin(`{ server(id: "${tenants.serverId}") { addresses { id } } }`);
    addressId = server.addresses[0].id;
  });
  afterAll(async () => {
    await app?.close();
    await edge?.stop();
  });

  const port = () => edge.listeners[0]!.httpsPort;
  async function who(token: string, name: string | null, at = port()) {
    const query = `query ($id: ID!, $port: Int!, $name: String) { whoAnswers(addressId: $id, port: $port, name: $name) {
      answer why considered { name found } site { id } binding { name certificate { fingerprint } observation { proven fingerprint } } } }`;
    const answer = await app.call(token, query, { id: addressId, port: at, name });
    expect(answer.errors).toBeUndefined();
    return answer.data.whoAnswers;
  }
  const shown = async (name?: string, listener = 0) => {
    const { address, httpsPort } = edge.listeners[listener]!;
    return (await handshake({ address, port: httpsPort }, name)).fingerprint;
  };
  type Entry = { address: string; port: number; name: string; certificateIds: string[] };
  async function preview(token: string, input: { siteId: string; certificateId?: string }) {
    const entry = 'address port name certificateIds';
    const query = `query ($input: PreviewBindingsInput!) { previewBindings(input: $input) {
      added { ${entry} } changed { from { ${entry} } to { ${entry} } } removed { ${entry} } newFindings { kind code name places { address } } } }`;
    const answer = await app.call(token, query, { input });
    expect(answer.errors).toBeUndefined();
    return answer.data.previewBindings as {
      added: Entry[];
      changed: { from: Entry; to: Entry }[];
      removed: Entry[];
      newFindings: object[];
    };
  }
  async function mapFor(token: string, id = addressId) {
    const query = `query ($id: ID!) { sniMap(addressId: $id) { address { ip dedicated dedicatedTo }
      entries(first: 50) { nodes { name siteId } } findings(first: 50) { kind code name siteId places { address port } } findingCounts { kind count } } }`;
    const answer = await app.call(token, query, { id });
    expect(answer.errors).toBeUndefined();
    return answer.data.sniMap;
  }
  const namesIn = ({ entries }: { entries: { nodes: { name: string }[] } }) => entries.nodes.map(({ name }) => name).sort();
  const newSite = (token: string, names: string[], more = {}) => mutate(app, token, 'createSite', { input: { names, ...more } });
  /** Of a CA that is none of the platform's: as one that its owner brought. */
  async function keptCertificate(accountId: string, names: readonly string[]): Promise<Id<'certificate'>> {
    const ca = await makeCa();
    const { fingerprint, serial, keyPem, leafDer } = await ca.issue({ names });
    const facts = { fingerprint, serial, subject: '', issuer: 'CN=Hostseal Test', keyAlgorithm: 'ECDSA_P256', issuerId: 'local-ca' };
    const life = { notBefore: plus(app.clock.now(), days(-1)), notAfter: plus(app.clock.now(), days(60)) };
    const made = { ...facts, ...life, names: names as CertificateName[], accountId: accountId as Id<'account'> };
    return unwrap(
      await app.nest.get(Transactions).run(async (tx) => {
        const keyItemId = await app.nest.get(Vault).seal(tx, 'CERTIFICATE_KEY', Secret.of(keyPem));
        return ok(
          await app.nest.get(Certificates).keep(tx, { ...made, chain: [leafDer, ca.intermediateDer], root: ca.rootDer, keyItemId }),
        );
      }),
    );
  }

  describe('who answers here, and why', () => {
    it('for one’s own name: the binding, its certificate, and the handshake that shows it', async () => {
      const { alice } = tenants;
      const found = await who(alice.token, 'ALICE.localhost.');
      expect(found).toMatchObject({ answer: 'SITE', why: 'EXACT', site: { id: alice.siteId }, binding: { name: alice.name } });
      expect(found.considered).toEqual([{ name: alice.name, found: true }]);
      expect(found.binding.observation).toEqual({ proven: true, fingerprint: await shown(alice.name) });
      expect(found.binding.certificate.fingerprint).toBe(await shown(alice.name));
    });

    it('for a stranger’s: another account, and nothing of it; to whoever is above, all of it', async () => {
      const { alice, carl, bob } = tenants;
      const nothing = { answer: 'ANOTHER_ACCOUNT', why: 'EXACT', considered: [], site: null, binding: null };
      expect(await who(alice.token, carl.name)).toEqual(nothing);
      for (const token of [bob.token, app.adminToken])
        expect(await who(token, carl.name)).toMatchObject({ answer: 'SITE', site: { id: carl.siteId } });
    });

    it.each([
      ['a name that nobody has', 'nobody.invalid', 'UNKNOWN_NAME'],
      ['a label below a name without a wildcard', 'www.carl.localhost', 'UNKNOWN_NAME'],
      ['what is no name', 'a..b', 'UNKNOWN_NAME'],
      ['no name', null, 'NO_NAME'],
    ])('for %s: the server, with nobody’s certificate', async (_, name, why) => {
      expect(await who(tenants.alice.token, name)).toMatchObject({ answer: 'NEUTRAL', why, site: null, binding: null });
      if (name !== 'a..b') expect(await shown(name ?? undefined)).toBe(await shown());
    });

    it('at a port where nothing of ours listens: nothing', async () => {
      expect(await who(tenants.alice.token, tenants.alice.name, 1)).toMatchObject({
        answer: 'NOTHING',
        why: 'NOTHING_HERE',
        binding: null,
      });
    });
  });

  it('a tenant reads its own part of a shared address, and the administrator all of it', async () => {
    const { alice, carl } = tenants;
    expect(namesIn(await mapFor(alice.token))).toEqual([alice.name]);
    expect(namesIn(await mapFor(app.adminToken))).toEqual([alice.name, carl.name]);
    expect(await mapFor(alice.token)).toMatchObject({ address: { dedicated: false, dedicatedTo: null }, findings: [], findingCounts: [] });
  });

  describe('a wildcard', () => {
    let wildSite: string;
    it('may be a name of a site; a CA that looks at files signs none for it', async () => {
      const { alice } = tenants;
      wildSite = idOf(await newSite(alice.token, ['*.Alice.localhost']));
      const { siteByName } = (await app.call(alice.token, '{ siteByName(name: "*.alice.localhost") { id names displayNames } }')).data;
      expect(siteByName).toEqual({ id: wildSite, names: ['*.alice.localhost'], displayNames: ['*.alice.localhost'] });
      expect(await mutate(app, alice.token, 'placeOrder', { input: { siteId: wildSite } })).toMatchObject({
        type: 'InvalidInput',
        sub: [{ code: 'WILDCARD_NOT_OFFERED', subject: 'names' }],
      });
      expect(await newSite(alice.token, ['*.alice.localhost'])).toMatchObject({ type: 'Conflict', code: 'NAME_IN_USE' });
      expect(await newSite(alice.token, ['*.carl.localhost'])).toMatchObject({ sub: [{ code: 'NAME_NOT_COVERED' }] });
      expect((await mapFor(alice.token)).findings).toEqual([
        expect.objectContaining({ kind: 'UNCOVERED', code: 'NAME_NOT_BOUND', name: '*.alice.localhost', siteId: wildSite }),
      ]);
    });

    it('is bound, proven, and answers for one label, as was seen beforehand', async () => {
      const { alice } = tenants;
      const certificateId = await keptCertificate(alice.accountId, ['*.alice.localhost']);
      const where = { address: '127.0.0.1', port: port(), name: '*.alice.localhost', certificateIds: [certificateId] };
      expect(await preview(alice.token, { siteId: wildSite, certificateId })).toEqual({
        added: [where],
        changed: [],
        removed: [],
        newFindings: [],
      });
      await app.nest.get(SiteBindings).bind(wildSite as Id<'site'>, certificateId, false);
      await untilSecure(app, wildSite);
      const found = await who(alice.token, 'www.alice.localhost');
      expect(found).toMatchObject({ answer: 'SITE', why: 'WILDCARD', site: { id: wildSite }, binding: { observation: { proven: true } } });
      expect(found.considered).toEqual([
        { name: 'www.alice.localhost', found: false },
        { name: '*.alice.localhost', found: true },
      ]);
      expect(await shown('www.alice.localhost')).toBe(found.binding.certificate.fingerprint);
      expect(await shown('a.b.alice.localhost')).toBe(await shown());
      expect(await who(alice.token, tenants.alice.name)).toMatchObject({ why: 'EXACT', site: { id: alice.siteId } });
      expect((await mapFor(alice.token)).findings).toEqual([]);
      const { removed, newFindings } = await preview(alice.token, { siteId: wildSite });
      expect({ removed, newFindings }).toEqual({ removed: [where], newFindings: [] });
    });

    it('is checked in full, as after every change, by a name that it stands for', async () => {
      const query = `{ site(id: "${wildSite}") { check { name state addresses { address } } } }`;
      await waitFor('its check', async () => (await app.asAdmin(query)).site.check !== null);
      const found = { name: '*.alice.localhost', state: 'DONE', addresses: [{ address: '127.0.0.1' }] };
      expect((await app.asAdmin(query)).site.check).toMatchObject(found);
    });

    it('never stands over a domain of another tenant, whichever of the two comes first', async () => {
      const { ann, alice } = tenants;
      const give = (name: string, token = ann.token): Promise<Outcome> =>
        mutate(app, token, 'addDomain', { input: { name, accountId: alice.accountId } });
      for (const name of ['one.localhost', 'two.localhost'])
        idOf(await mutate(app, app.adminToken, 'addDomain', { input: { name, accountId: ann.accountId } }));
      idOf(await newSite(ann.token, ['*.one.localhost', 'www.a.one.localhost']));
      for (const name of ['shop.one.localhost', 'a.one.localhost'])
        expect(await give(name)).toMatchObject({ type: 'Conflict', code: 'NAME_IN_USE', subject: 'name' });
      expect((await give('deep.free.one.localhost')).type).toBe('AddDomainSuccess');
      idOf(await give('shop.two.localhost'));
      expect(await newSite(ann.token, ['*.two.localhost'])).toMatchObject({
        type: 'Conflict',
        code: 'NAME_IN_USE',
        subject: '*.two.localhost',
      });
      idOf(await newSite(ann.token, ['*.shop2.two.localhost']));
    });

    it('of a wildcard and a domain below it that come at once, one is refused', async () => {
      const { ann, alice } = tenants;
      idOf(await mutate(app, app.adminToken, 'addDomain', { input: { name: 'race.localhost', accountId: ann.accountId } }));
      const rounds = Array.from({ length: 8 }, (_, i) => `r${i}.race.localhost`);
      const outcomes = await Promise.all(
        rounds.map((base) =>
          Promise.all([
            newSite(ann.token, [`*.${base}`]),
            mutate(app, ann.token, 'addDomain', { input: { name: `shop.${base}`, accountId: alice.accountId } }),
          ]),
        ),
      );
      for (const pair of outcomes) expect(pair.map(({ type }) => type === 'Conflict').sort()).toEqual([false, true]);
    });
  });

  describe('a dedicated address', () => {
    let dedicatedId: string;
    beforeAll(async () => {
      const { address: ip, httpPort, httpsPort } = edge.listeners[1]!;
      const input = { serverId: tenants.serverId, ip, httpPort, httpsPort, dedicatedTo: tenants.alice.accountId };
      dedicatedId = idOf(await mutate(app, app.adminToken, 'addAddress', { input }));
      await waitFor(
        'the site of its account to answer there',
        async () => (await shown(tenants.alice.name, 1)) === (await shown(tenants.alice.name)),
      );
    });

    it('answers for the sites of its account, and for nobody else’s, which are secure all the same', async () => {
      const { alice, carl } = tenants;
      expect(await shown(carl.name, 1)).toBe(await shown(undefined, 1));
      const bound = await rows<{ name: string }>(
        app.database.url,
        `SELECT name FROM bindings WHERE address_id = '${dedicatedId}' ORDER BY name`,
      );
      expect(bound.map(({ name }) => name)).toEqual(['*.alice.localhost', alice.name]);
      await untilSecure(app, alice.siteId);
      const { site } = await app.asAdmin(`{ site(id: "${carl.siteId}") { security { state findings { address } } } }`);
      expect(site.security).toEqual({ state: 'SECURE', findings: [{ address: '127.0.0.1' }] });
    });

    it('says whose it is to that account and those above, and to others only that it is dedicated', async () => {
      const { alice, carl, ann } = tenants;
      const of = async (token: string) => (await mapFor(token, dedicatedId)).address;
      const known = { ip: '127.0.0.2', dedicated: true, dedicatedTo: alice.accountId };
      expect(await Promise.all([alice.token, ann.token, app.adminToken].map(of))).toEqual([known, known, known]);
      expect(await of(carl.token)).toEqual({ ...known, dedicatedTo: null });
    });

    it('of a server without another one, that server takes no site of others, and is not the default', async () => {
      const { alice, carl } = tenants;
      const [serverId, address] = [newId('server', app.clock.now(), systemRandom), newId('address', app.clock.now(), systemRandom)];
      // Older than the edge: it would be the default.
      const first = `srv_${'0'.repeat(26)}`;
      for (const id of [first, serverId])
        await rows(
          app.database.url,
          `INSERT INTO servers (id, account_id, name, kind, name_on_host, created_at)
           SELECT '${id}', account_id, 'private', '${id}', '${id}', created_at FROM servers WHERE id = '${tenants.serverId}'`,
        );
      await rows(
        app.database.url,
        `INSERT INTO addresses (id, server_id, ip, http_port, https_port, dedicated_to) VALUES ('${address}', '${first}', '192.0.2.1', 80, 443, '${alice.accountId}')`,
      );
      expect(await newSite(carl.token, ['a.carl.localhost'], { serverId: first })).toMatchObject({
        type: 'Conflict',
        code: 'ADDRESSES_DEDICATED',
        subject: 'serverId',
      });
      const placed = async (token: string, name: string) => {
        const id = idOf(await newSite(token, [name]));
        return (await app.asAdmin(`{ site(id: "${id}") { server { id } } }`)).site.server.id;
      };
      expect(await placed(carl.token, 'b.carl.localhost')).toBe(tenants.serverId);
      expect(await placed(alice.token, 'b.alice.localhost')).toBe(first);
    });
  });
});
