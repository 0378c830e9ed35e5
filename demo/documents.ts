/** What the people of the story ask the API, and the shapes of its answers. */
import type { OrderView } from '../src/cli/secure/site-view.js';
import { PROBLEM_FIELDS, type ToldProblem } from '../src/cli/told-problem.js';

const REFUSAL = `... on Problem { ${PROBLEM_FIELDS} }`;
const change = (field: string, input: string, shape: string): string => {
  const success = `${field[0]!.toUpperCase()}${field.slice(1)}Success`;
  return `mutation ($input: ${input}!, $key: String!) {
    ${field}(input: $input, idempotencyKey: $key) { __typename ... on ${success} { ${shape} } ${REFUSAL} } }`;
};

export const CREATE_ACCOUNT = change('createAccount', 'CreateAccountInput', 'account { id name kind }');
export type CreatedAccount = { readonly account: { readonly id: string; readonly name: string; readonly kind: string } };

export const CREATE_TOKEN = change('createApiToken', 'CreateApiTokenInput', 'secret');
export type CreatedToken = { readonly secret: string };

export const REGISTER_SERVER = change('registerServer', 'RegisterServerInput', 'server { id name }');
export type RegisteredServer = { readonly server: { readonly id: string; readonly name: string } };

export const ADD_ADDRESS = change('addAddress', 'AddAddressInput', 'address { id }');
export const ADD_DOMAIN = change('addDomain', 'AddDomainInput', 'domain { id }');
export const CREATE_SITE = change('createSite', 'CreateSiteInput', 'site { id }');
export type CreatedSite = { readonly site: { readonly id: string } };

const ORDER = 'order { id price { amount currency } }';
export const PLACE_ORDER = change('placeOrder', 'PlaceOrderInput', ORDER);
export const RENEW = change('renewCertificate', 'RenewCertificateInput', ORDER);
export type PlacedOrder = { readonly order: Pick<OrderView, 'id' | 'price'> };

export const RENEWAL = `query ($id: ID!) { certificate(id: $id) { renewal { start end source } } }`;
export type Renewal = {
  readonly start: string;
  readonly end: string;
  readonly source: 'CA' | 'LIFETIME';
};
export type RenewalAnswer = { readonly certificate: { readonly renewal: Renewal } };

export const SERVER_CHANGES = `query ($id: ID!) { server(id: $id) { deployments(first: 10) { nodes {
  id state timeline { at step because problem { ${PROBLEM_FIELDS} } } } } } }`;
export type ServerChanges = {
  readonly server: { readonly deployments: { readonly nodes: readonly ServerChange[] } };
};
type ServerChange = {
  readonly id: string;
  readonly state: string;
  readonly timeline: readonly {
    readonly at: string;
    readonly step: string;
    readonly because: string;
    readonly problem: ToldProblem | null;
  }[];
};
