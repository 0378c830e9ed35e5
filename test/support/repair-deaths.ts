/** A site that is broken past the platform, and its repair through processes that die. */
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { freshKey } from './app.js';
import type { TestCertificate } from './pki/certificates.js';
import { rows } from './database.js';
import { claimsRunOut } from './dying.js';
import type { ApiProcess, Machine } from './process.js';
import type { SecuredSite } from './secured-site.js';
import type { Ask } from './story.js';
import { waitFor } from './suite/wait-for.js';

/** By somebody who has taken over the server; the finding that a check makes of it. */
export async function brokenByHand({ edge, database }: Machine, site: SecuredSite, ask: Ask, stranger: TestCertificate): Promise<string> {
  const { address, httpsPort: port } = edge.listeners[0]!;
  const [{ fence }] = (await rows(database.url, 'SELECT max(fence)::int AS fence FROM claims')) as [{ fence: number }];
  const { fingerprint, chainPem: chain, keyPem } = stranger;
  const certificates = [{ fingerprint, chain, key: Secret.of(keyPem) }];
  const put = [{ key: { address, port, name: site.name as CertificateName }, certificates, route: 'NONE' as const }];
  unwrap(await edge.installer.apply(unwrap(await edge.installer.stage({ put, remove: [] }, fence)), fence));
  // One that was under way in a process before would be waited for.
  await rows(database.url, 'DELETE FROM site_checks');
  await ask('mutation ($siteId: ID!, $key: String!) { startCheck(siteId: $siteId, idempotencyKey: $key) { __typename } }', {
    ...{ siteId: site.id, key: freshKey() },
  });
  const query = `query ($id: ID!) { site(id: $id) { findings(first: 20) { nodes { id diagnosis { cause } } } } }`;
  type Finding = { readonly id: string; readonly diagnosis: { readonly cause: string } };
  return waitFor('the finding', async () => {
    const nodes = (await ask(query, { id: site.id })).site.findings.nodes as readonly Finding[];
    return nodes.find(({ diagnosis }) => diagnosis.cause === 'WRONG_CERTIFICATE')?.id;
  });
}

export type EndedRepair = { readonly state: string; readonly problem: { readonly code: string } | null };

/** Each process dies at one of the points; the last one lives. `repairs`: all that there are of the finding. */
export async function repairThrough(
  machine: Machine,
  findingId: string,
  points: readonly string[],
): Promise<{ readonly at: readonly string[]; readonly survivor: ApiProcess; readonly repairs: readonly EndedRepair[] }> {
  const [at, key]: [string[], string] = [[], freshKey()];
  // As a caller does who got no answer: the same key again.
  const call = 'mutation ($id: ID!, $key: String!) { repairFinding(findingId: $id, idempotencyKey: $key) { __typename } }';
  for (const point of points) {
    const dying = await machine.run({ signal: 'SIGKILL', at: point });
    await dying.ask(call, { id: findingId, key }).catch(() => undefined);
    await dying.ended;
    at.push(dying.reached().at(-1)!);
    await claimsRunOut(machine);
  }
  const survivor = await machine.run();
  const query = `query ($id: ID!) { finding(id: $id) { repairs(first: 10) { nodes { state finishedAt problem { code } } } } }`;
  const repairs = await waitFor(
    'the repair to end',
    async () => {
      const { nodes } = (await survivor.ask(query, { id: findingId })).finding.repairs;
      return nodes.every(({ finishedAt }: { finishedAt: string | null }) => finishedAt !== null) && nodes;
    },
    60_000,
  );
  return { at, survivor, repairs };
}
