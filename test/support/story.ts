/** What a customer does in the journeys, in words: over any way to ask the API. */
import { freshKey, type GraphqlAnswer } from './app.js';
import { waitFor } from './suite/wait-for.js';

export type Ask = (query: string, variables?: Record<string, unknown>) => Promise<GraphqlAnswer['data']>;

/** Below localhost, where most sites of the stories are, names are known to every resolver here (RFC 6761 6.3). */
export async function addDomain(ask: Ask, name = 'localhost'): Promise<void> {
  await ask(`mutation ($name: String!, $key: String!) { addDomain(input: { name: $name }, idempotencyKey: $key) { __typename } }`, {
    name,
    key: freshKey(),
  });
}

/** The nginx of the machine, at one address; its id. */
export async function registerNginx(ask: Ask, address: { ip: string; httpPort: number; httpsPort: number }): Promise<string> {
  const { registerServer: made } = await ask(
    `mutation ($key: String!) { registerServer(input: { name: "nginx", kind: NGINX }, idempotencyKey: $key) {
       ... on RegisterServerSuccess { server { id } } ... on Problem { code message } } }`,
    { key: freshKey() },
  );
  const serverId = idIn(made, made.server);
  const { addAddress: added } = await ask(
    `mutation ($input: AddAddressInput!, $key: String!) { addAddress(input: $input, idempotencyKey: $key) {
       ... on AddAddressSuccess { address { id } } ... on Problem { code message } } }`,
    { input: { serverId, ...address }, key: freshKey() },
  );
  idIn(added, added.address);
  return serverId;
}

/** Its id. */
export async function createSite(ask: Ask, names: string | readonly string[], serverId?: string): Promise<string> {
  const { createSite: made } = await ask(
    `mutation ($names: [String!]!, $serverId: ID, $key: String!) {
       createSite(input: { names: $names, serverId: $serverId }, idempotencyKey: $key) {
         ... on CreateSiteSuccess { site { id } } ... on Problem { code message } } }`,
    { names, serverId, key: freshKey() },
  );
  return idIn(made, made.site);
}

/** Its id. */
export async function placeOrder(ask: Ask, siteId: string, key = freshKey()): Promise<string> {
  const { placeOrder: placed } = await ask(
    `mutation ($siteId: ID!, $key: String!) { placeOrder(input: { siteId: $siteId }, idempotencyKey: $key) {
       ... on PlaceOrderSuccess { order { id } } ... on Problem { code message } } }`,
    { siteId, key },
  );
  return idIn(placed, placed.order);
}

function idIn(answer: unknown, made: { id: string } | undefined): string {
  if (!made) throw new Error(JSON.stringify(answer));
  return made.id;
}

export type SeenOrder = {
  readonly id: string;
  readonly state: string;
  readonly waitingFor: string;
  readonly problem?: { code: string; message: string; sub: readonly { code: string }[] };
  readonly certificate?: { fingerprint: string };
  readonly timeline: readonly { step: string; phase: string; because: string; problem?: { code: string } }[];
};

export async function seeOrder(ask: Ask, id: string): Promise<SeenOrder> {
  const query = `query ($id: ID!) { order(id: $id) { id state waitingFor problem { code message sub { code } } certificate { fingerprint }
    timeline { step phase because problem { code } } } }`;
  return (await ask(query, { id })).order as SeenOrder;
}

export const orderIs = (ask: Ask, id: string, state: string, limitMs?: number): Promise<SeenOrder> =>
  waitFor(
    `order to be ${state}`,
    async () => {
      const order = await seeOrder(ask, id);
      return order.state === state && order;
    },
    limitMs,
  );

export const isSecure = (ask: Ask, siteId: string): Promise<boolean> =>
  waitFor('the site to be secure', async () => {
    const { site } = await ask(`query ($id: ID!) { site(id: $id) { security { state } } }`, { id: siteId });
    return site.security.state === 'SECURE';
  });
