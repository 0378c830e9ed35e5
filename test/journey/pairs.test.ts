/** An RSA and an ECDSA certificate side by side: each client gets what it can check, and both are proven. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckSiteJob } from '../../src/features/health/check-site.job.js';
import { freshKey } from '../support/app.js';
import { rows } from '../support/database.js';
import { isSecure, orderIs } from '../support/story.js';
import { waitFor } from '../support/suite/wait-for.js';
import { handshake } from '../support/tls/handshake.js';
import { UnreliableWorld } from '../support/unreliable-world.js';

type Bound = { readonly id: string; readonly fingerprint: string; readonly keyAlgorithm: string };

describe('a site with an RSA certificate beside its ECDSA one', { timeout: 120_000 }, () => {
  let world: UnreliableWorld;
  let site: { id: string; name: string; fingerprint: string };
  beforeAll(async () => {
    world = await UnreliableWorld.start();
    site = await world.securedSite('shop.localhost');
  });
  afterAll(() => world?.stop());

  async function order(beside: boolean, keyAlgorithm: string): Promise<string> {
    const { placeOrder } = await world.ask(
      `mutation ($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input, idempotencyKey: $key) {
         ... on PlaceOrderSuccess { order { id beside } } ... on Problem { code message } } }`,
      { input: { siteId: site.id, keyAlgorithm, beside }, key: freshKey() },
    );
    expect(placeOrder.order).toMatchObject({ beside });
    const { certificate } = await orderIs(world.ask, placeOrder.order.id as string, 'ISSUED');
    return certificate!.fingerprint;
  }
  async function bound(): Promise<readonly Bound[]> {
    const { site: found } = await world.ask(
      `query ($id: ID!) { site(id: $id) { bindings { certificates { id fingerprint keyAlgorithm } } } }`,
      { id: site.id },
    );
    return found.bindings[0].certificates;
  }
  const fingerprints = async () => (await bound()).map(({ fingerprint }) => fingerprint);
  /** What a client gets that knows signatures of one kind only. */
  const shownTo = async (sigalgs: string) => {
    const { address, httpsPort: port } = world.edge.listeners[0]!;
    return (await handshake({ address, port }, site.name, { sigalgs })).fingerprint;
  };
  const bothShown = async () => [await shownTo('ecdsa_secp256r1_sha256'), await shownTo('rsa_pss_rsae_sha256')];
  const deployed = () => waitFor('nothing to be under way', async () => (await world.ends(site.name)).state === 'SERVED');
  const asked = async (mutation: string, input: Record<string, unknown>) => {
    const [name, type] = [mutation, `${mutation[0]!.toUpperCase()}${mutation.slice(1)}`];
    return (
      await world.ask(
        `mutation ($input: ${type}Input!, $key: String!) { ${name}(input: $input, idempotencyKey: $key) { __typename ... on Problem { code } } }`,
        { input, key: freshKey() },
      )
    )[name];
  };

  it('is not ordered for a server that shows one certificate a name', async () => {
    const ofKind = (kind: string) => rows(world.app.database.url, 'UPDATE servers SET kind = $1', [kind]);
    await ofKind('CPANEL');
    const input = { siteId: site.id, keyAlgorithm: 'RSA_2048', beside: true };
    const refused = await asked('placeOrder', input);
    await ofKind('EMBEDDED_EDGE');
    expect(refused).toMatchObject({ code: 'PAIR_NOT_SHOWN' });
  });

  it('a server that would show only one of the two keeps what it showed', async () => {
    world.installer.stage = (real, change, fence) =>
      real.stage({ ...change, put: change.put.map((each) => ({ ...each, certificates: each.certificates.slice(0, 1) })) }, fence);
    await order(true, 'RSA_2048');
    await waitFor('the change to be undone', async () => (await world.deployments(site.name)).at(-1)?.state === 'UNDONE');
    expect(await shownTo('ecdsa_secp256r1_sha256')).toBe(site.fingerprint);
    await expect(shownTo('rsa_pss_rsae_sha256')).rejects.toThrow();
  });

  it('shows both, each to those who can check it; the proof saw both', async () => {
    await world.retryInTruth();
    await waitFor('both to be proven', async () => (await world.deployments(site.name)).at(-1)?.state === 'SERVED');
    const [ecdsa, rsa] = await fingerprints();
    expect(ecdsa).toBe(site.fingerprint);
    expect(await bothShown()).toEqual([ecdsa, rsa]);
    const evidence = (await world.deployments(site.name)).at(-1)!.evidence.filter(({ occasion }) => occasion === 'AFTER');
    expect(new Set(evidence.filter(({ name, proven }) => name === site.name && proven).map(({ fingerprint }) => fingerprint))).toEqual(
      new Set([ecdsa, rsa]),
    );
    await isSecure(world.ask, site.id);
    const { site: seen } = await world.ask(`query ($id: ID!) { site(id: $id) { security { findings { state } } } }`, { id: site.id });
    expect(seen.security.findings).toHaveLength(2);
  });

  it('a check looks at both, and is of both', async () => {
    const looked = async () =>
      (
        await rows<{ key_family: string }>(
          world.app.database.url,
          "SELECT key_family FROM observations WHERE occasion = 'CHECK' ORDER BY 1",
        )
      ).map(({ key_family: family }) => family);
    await world.app.nest.get(CheckSiteJob).handle({ id: site.id });
    expect(new Set(await looked())).toEqual(new Set(['ECDSA', 'RSA']));
    await isSecure(world.ask, site.id);
  });

  it('a renewal takes the place of its like', async () => {
    const [first, second] = await bound();
    await asked('renewCertificate', { certificateId: second!.id });
    await waitFor('the other to be bound', async () => (await fingerprints())[1] !== second!.fingerprint);
    await deployed();
    const now = await bound();
    expect(now.map(({ keyAlgorithm }) => keyAlgorithm)).toEqual(['ECDSA_P256', 'RSA_2048']);
    expect(now[0]!.fingerprint).toBe(first!.fingerprint);
    await waitFor('it to be shown', async () => (await bothShown()).join() === now.map(({ fingerprint }) => fingerprint).join());
  });

  it('one that is revoked leaves the other', async () => {
    const [first, second] = await bound();
    expect(await asked('revokeCertificate', { certificateId: first!.id, reason: 'SUPERSEDED' })).toMatchObject({
      code: 'CERTIFICATE_SERVED',
    });
    await asked('revokeCertificate', { certificateId: first!.id, reason: 'SUPERSEDED', evenIfServed: true });
    expect(await fingerprints()).toEqual([second!.fingerprint]);
    await waitFor('it to be shown alone', async () => {
      const ecdsa = await shownTo('ecdsa_secp256r1_sha256').catch(() => 'nothing');
      return ecdsa !== first!.fingerprint && (await shownTo('rsa_pss_rsae_sha256')) === second!.fingerprint;
    });
    await isSecure(world.ask, site.id);
  });
});
