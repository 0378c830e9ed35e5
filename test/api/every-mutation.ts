/** Every mutation of the schema, as a table: how it is called, what it needs, what it makes. One that is missing here fails idempotency.test.ts. */
import type { TokenScope } from '../../src/values/actor.js';
import { generateKeyPairSync } from 'node:crypto';
import { freshKey, type TestApp } from '../support/app.js';

export type MutationName = keyof typeof MUTATIONS;
type Shape = {
  readonly args: Readonly<Record<string, string>>;
  readonly made: string;
  readonly scope: TokenScope;
  readonly action: string;
};

export const MUTATIONS = {
  addAddress: { args: { input: 'AddAddressInput!' }, made: 'address', scope: 'WRITE_SERVERS', action: 'server.addAddress' },
  addDomain: { args: { input: 'AddDomainInput!' }, made: 'domain', scope: 'WRITE_SITES', action: 'domain.add' },
  addSiteServer: { args: { siteId: 'ID!', serverId: 'ID!' }, made: 'site', scope: 'WRITE_SITES', action: 'site.addServer' },
  cancelOrder: { args: { id: 'ID!' }, made: 'order', scope: 'WRITE_ORDERS', action: 'order.cancel' },
  cancelMove: { args: { siteId: 'ID!' }, made: 'move', scope: 'WRITE_SITES', action: 'site.cancelMove' },
  changeAccountKey: { args: { input: 'ChangeAccountKeyInput!' }, made: 'account', scope: 'WRITE_SERVERS', action: 'accountKey.change' },
  createAccount: { args: { input: 'CreateAccountInput!' }, made: 'account', scope: 'WRITE_ACCOUNTS', action: 'account.create' },
  createApiToken: { args: { input: 'CreateApiTokenInput!' }, made: 'token', scope: 'WRITE_ACCOUNTS', action: 'token.create' },
  createPool: { args: { input: 'CreatePoolInput!' }, made: 'pool', scope: 'WRITE_SERVERS', action: 'pool.create' },
  createSite: { args: { input: 'CreateSiteInput!' }, made: 'site', scope: 'WRITE_SITES', action: 'site.create' },
  importCertificate: {
    args: { input: 'ImportCertificateInput!' },
    made: 'certificate',
    scope: 'WRITE_ORDERS',
    action: 'certificate.import',
  },
  pinHostKey: { args: { input: 'PinHostKeyInput!' }, made: 'host', scope: 'WRITE_SERVERS', action: 'host.pin' },
  deleteServer: { args: { serverId: 'ID!' }, made: 'deleted', scope: 'WRITE_SERVERS', action: 'server.delete' },
  deleteSite: { args: { siteId: 'ID!', evenIfServed: 'Boolean!' }, made: 'deleted', scope: 'WRITE_SITES', action: 'site.delete' },
  finishMove: { args: { siteId: 'ID!' }, made: 'move', scope: 'WRITE_SITES', action: 'site.finishMove' },
  joinPool: { args: { serverId: 'ID!', poolId: 'ID!' }, made: 'server', scope: 'WRITE_SERVERS', action: 'pool.join' },
  leavePool: { args: { serverId: 'ID!' }, made: 'server', scope: 'WRITE_SERVERS', action: 'pool.leave' },
  moveSite: { args: { siteId: 'ID!', serverId: 'ID!' }, made: 'move', scope: 'WRITE_SITES', action: 'site.move' },
  placeOrder: { args: { input: 'PlaceOrderInput!' }, made: 'order', scope: 'WRITE_ORDERS', action: 'order.place' },
  registerHost: { args: { input: 'RegisterHostInput!' }, made: 'host', scope: 'WRITE_SERVERS', action: 'host.register' },
  registerServer: { args: { input: 'RegisterServerInput!' }, made: 'server', scope: 'WRITE_SERVERS', action: 'server.register' },
  removeAddress: {
    args: { addressId: 'ID!', evenIfServed: 'Boolean!' },
    made: 'deleted',
    scope: 'WRITE_SERVERS',
    action: 'server.removeAddress',
  },
  removeDomain: { args: { domainId: 'ID!' }, made: 'deleted', scope: 'WRITE_SITES', action: 'domain.remove' },
  removeSiteServer: { args: { siteId: 'ID!', serverId: 'ID!' }, made: 'site', scope: 'WRITE_SITES', action: 'site.removeServer' },
  renewCertificate: { args: { input: 'RenewCertificateInput!' }, made: 'order', scope: 'WRITE_ORDERS', action: 'certificate.renew' },
  setProductIssuer: { args: { input: 'SetProductIssuerInput!' }, made: 'product', scope: 'WRITE_SERVERS', action: 'product.setIssuer' },
  repairFinding: { args: { findingId: 'ID!' }, made: 'repair', scope: 'WRITE_SITES', action: 'finding.repair' },
  revokeApiToken: { args: { id: 'ID!' }, made: 'token', scope: 'WRITE_ACCOUNTS', action: 'token.revoke' },
  revokeCertificate: {
    args: { input: 'RevokeCertificateInput!' },
    made: 'certificate',
    scope: 'WRITE_ORDERS',
    action: 'certificate.revoke',
  },
  startCheck: { args: { siteId: 'ID!' }, made: 'check', scope: 'WRITE_SITES', action: 'site.check' },
} as const satisfies Record<string, Shape>;

export const MUTATION_NAMES = Object.keys(MUTATIONS) as MutationName[];

export type Cause = { readonly code: string; readonly subject: string | null; readonly message: string; readonly sub?: readonly Cause[] };
/** What a mutation answered, or, where the document itself was refused, its first error. */
export type Outcome = {
  readonly type: string;
  readonly id?: string;
  readonly replayed?: boolean;
  readonly secret?: string;
  readonly code?: string;
  readonly subject?: string | null;
  readonly message?: string;
  readonly remedy?: string;
  readonly sub?: readonly Cause[];
};

export type Arguments = Readonly<Record<string, unknown>>;

/** `key`: null leaves the argument out. */
export async function mutate(
  app: TestApp,
  token: string,
  name: MutationName,
  args: Arguments,
  key: unknown = freshKey(),
): Promise<Outcome> {
  const answer = await app.call(token, documentOf(name), { ...args, ...(key !== null && { key }) });
  const [error] = answer.errors ?? [];
  if (error) return { type: 'error', code: String(error.extensions['code']), message: error.message };
  const { __typename: type, made, ...rest } = answer.data[name];
  return { type, ...rest, ...(made && { id: made.id }) };
}

export function documentOf(name: MutationName): string {
  const { args, made } = MUTATIONS[name];
  const success = `${name[0]!.toUpperCase()}${name.slice(1)}Success`;
  const declared = Object.entries(args).map(([arg, type]) => `$${arg}: ${type}`);
  const passed = Object.keys(args).map((arg) => `${arg}: $${arg}`);
  return `mutation (${[...declared, '$key: String!'].join(', ')}) {
    ${name}(${[...passed, 'idempotencyKey: $key'].join(', ')}) {
      __typename
      ... on ${success} { made: ${made} { id } replayed ${name === 'createApiToken' ? 'secret' : ''} }
      ... on Problem { code subject message remedy sub { code subject message sub { code subject message } } }
    }
  }`;
}

/** The codes of an outcome: of its parts, and their parts, where it has any, else its own. */
export function codesOf({ code, sub = [] }: Pick<Outcome, 'code' | 'sub'>): string[] {
  return sub.length > 0 ? sub.flatMap(codesOf) : code === undefined ? [] : [code];
}

/** The outcome's id; fails, with its problem, where there is none. */
export function idOf(outcome: Outcome): string {
  if (outcome.id === undefined) throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

/** A text with the form of a certificate, and a key that is one. */
export const somebodys = () => ({
  chain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  privateKey: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
});
