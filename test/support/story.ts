/** What a customer does in the journeys, in words: over any way to ask the API. */
import { freshKey, type GraphqlAnswer } from './app.js';
import { waitFor } from './wait-for.js';

export type Ask = (query: string, variables?: Record<string, unknown>) => Promise<GraphqlAnswer['data']>;

/** Sites of the stories are below localhost, which every resolver here knows (RFC 6761 6.3). */
export async function addDomain(ask: Ask): Promise<void> {
  await ask(`mutation ($key: String!) { addDomain(input: { name: "localhost" }, idempotencyKey: $key) { __typename } }`, {
    key: freshKey(),
  });
}

/** Its id. */
export async function createSite(ask: Ask, ...names: readonly string[]): Promise<string> {
  const { createSite: made } = await ask(
    `mutation ($names: [String!]!, $key: String!) { createSite(input: { names: $names }, idempotencyKey: $key) {
       ... on CreateSiteSuccess { site { id } } ... on Problem { code message } } }`,
    { names, key: freshKey() },
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
