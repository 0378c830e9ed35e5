/** Two resellers that are strangers to each other, each with a customer that has something of everything. */
import { PanelServer } from '../../src/panel-server.js';
import type { Id } from '../../src/values/id.js';
import { unwrap } from '../../src/values/result.js';
import type { TestApp } from '../support/app.js';
import { rows } from '../support/database.js';
import { waitFor } from '../support/suite/wait-for.js';
import { idOf, mutate } from './every-mutation.js';

/** An account with a token of all scopes. */
export type Member = { readonly accountId: string; readonly token: string };
export type Customer = Member & { readonly domainId: string; readonly siteId: string; readonly orderId: string; readonly name: string };
export type Tenants = {
  readonly serverId: string;
  readonly ann: Member;
  /** A customer of the reseller Ann. */
  readonly alice: Customer;
  readonly bob: Member;
  /** A customer of the reseller Bob. */
  readonly carl: Customer;
};

export async function plantTenants(app: TestApp): Promise<Tenants> {
  const serverId = unwrap(await app.nest.get(PanelServer).ensure(app.admin));
  await mutate(app, app.adminToken, 'addDomain', { input: { name: 'localhost' } });
  const ann = await plantMember(app, app.adminToken, 'RESELLER', 'Ann');
  const bob = await plantMember(app, app.adminToken, 'RESELLER', 'Bob');
  return {
    ...{ serverId, ann, bob },
    alice: await plantCustomer(app, ann, 'alice'),
    carl: await plantCustomer(app, bob, 'carl'),
  };
}

export async function plantMember(app: TestApp, by: string, kind: 'RESELLER' | 'CUSTOMER', name: string): Promise<Member> {
  const accountId = idOf(await mutate(app, by, 'createAccount', { input: { kind, name } })) as Id<'account'>;
  return { accountId, token: await app.tokenFor(accountId) };
}

/** Its domain is a part of the panel's own name, which the local CA signs and which resolves to this machine. */
async function plantCustomer(app: TestApp, reseller: Member, name: string): Promise<Customer> {
  const member = await plantMember(app, reseller.token, 'CUSTOMER', name);
  const domain = { name: `${name}.localhost`, accountId: member.accountId };
  const domainId = idOf(await mutate(app, app.adminToken, 'addDomain', { input: domain }));
  const siteId = idOf(await mutate(app, member.token, 'createSite', { input: { names: [domain.name] } }));
  const orderId = idOf(await mutate(app, member.token, 'placeOrder', { input: { siteId } }));
  return { ...member, domainId, siteId, orderId, name: domain.name };
}

/** Until the site's newest handshakes prove it. */
export const untilSecure = (app: TestApp, siteId: string): Promise<unknown> =>
  waitFor(`${siteId} to be secure`, async () => {
    const { site } = await app.asAdmin('query ($id: ID!) { site(id: $id) { security { state } } }', { id: siteId });
    return site.security.state === 'SECURE';
  });

/** A full check of the site, made and kept; answers its id. Then no check is under way, of no site. */
export async function checked(app: TestApp, siteId: string): Promise<string> {
  const id = idOf(await mutate(app, app.adminToken, 'startCheck', { siteId }));
  await waitFor('every check to end', async () => {
    const [open] = await rows<{ n: number }>(app.database.url, 'SELECT count(*)::int AS n FROM site_checks WHERE finished_at IS NULL');
    return open!.n === 0;
  });
  return id;
}
