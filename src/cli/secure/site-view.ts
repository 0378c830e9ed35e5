/** A site on its way to be secure, as the API shows it: the documents, and the shapes of their answers. Times are RFC 3339. */
import type { HandshakeStep } from '../../cores/tls/observation.js';
import { PROBLEM_FIELDS, type ToldProblem } from '../told-problem.js';

export type SecurityState = 'SECURE' | 'NOT_SECURE' | 'UNKNOWN';

export type CertificateView = {
  readonly id: string;
  /** SHA-256, hex. */
  readonly fingerprint: string;
  readonly serial: string;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
  /** From `renewAt` on a new one is due. */
  readonly renewal: { readonly renewAt: string };
};
export type EventView = {
  readonly at: string;
  readonly step: string;
  readonly phase: 'INTENT' | 'DONE' | 'FAILED';
  readonly because: string;
  readonly problem: ToldProblem | null;
};
export type OrderView = {
  readonly id: string;
  readonly state: string;
  readonly waitingFor: string;
  readonly price: { readonly amount: string; readonly currency: string };
  readonly problem: ToldProblem | null;
  readonly timeline: readonly EventView[];
  readonly certificate: CertificateView | null;
};
export type ObservationView = {
  readonly at: string;
  readonly name: string | null;
  readonly address: string;
  readonly port: number;
  readonly proven: boolean;
  readonly fingerprint: string | null;
  readonly problem: ToldProblem | null;
  readonly steps: readonly { readonly step: HandshakeStep; readonly afterMs: number; readonly detail: string }[];
};
export type BindingView = {
  readonly address: string;
  readonly port: number;
  readonly name: string;
  readonly retryAt: string | null;
  /** Why it is tried again then. */
  readonly problem: ToldProblem | null;
  readonly certificate: CertificateView | null;
  readonly observation: ObservationView | null;
};
export type FindingView = {
  readonly address: string;
  readonly port: number;
  readonly name: string;
  readonly state: SecurityState;
  readonly reason: string;
  readonly observedAt: string | null;
  readonly problem: ToldProblem | null;
};
export type SiteView = {
  readonly id: string;
  readonly names: readonly string[];
  readonly displayNames: readonly string[];
  readonly latestOrder: OrderView | null;
  readonly bindings: readonly BindingView[];
  readonly security: { readonly state: SecurityState; readonly findings: readonly FindingView[] };
};

const CERTIFICATE = 'id fingerprint serial names notBefore notAfter createdAt revokedAt renewal { renewAt }';
const ORDER = `id state waitingFor price { amount currency } problem { ${PROBLEM_FIELDS} }
  timeline { at step phase because problem { ${PROBLEM_FIELDS} } } certificate { ${CERTIFICATE} }`;
const OBSERVATION = `at name address port proven fingerprint problem { ${PROBLEM_FIELDS} } steps { step afterMs detail }`;
const SITE = `id names displayNames latestOrder { ${ORDER} }
  bindings { address port name retryAt problem { ${PROBLEM_FIELDS} } certificate { ${CERTIFICATE} } observation { ${OBSERVATION} } }
  security { state findings { address port name state reason observedAt problem { ${PROBLEM_FIELDS} } } }`;

/** Answers `{ site: SiteView | null }`. */
export const SITE_BY_NAME = `query SiteByName($name: String!) { site: siteByName(name: $name) { ${SITE} } }`;

/** Answers `{ order: OrderView & { site: SiteView } }`. */
export const PROGRESS = `query Progress($id: ID!) { order(id: $id) { ${ORDER} site { ${SITE} } } }`;
export type Progress = { readonly order: OrderView & { readonly site: SiteView } };

const REFUSAL = `... on Problem { ${PROBLEM_FIELDS} }`;
export const CREATE_SITE = `mutation CreateSite($input: CreateSiteInput!, $key: String!) {
  createSite(input: $input, idempotencyKey: $key) { __typename ... on CreateSiteSuccess { site { ${SITE} } } ${REFUSAL} } }`;
export const ADD_DOMAIN = `mutation AddDomain($input: AddDomainInput!, $key: String!) {
  addDomain(input: $input, idempotencyKey: $key) { __typename ... on AddDomainSuccess { domain { id } } ${REFUSAL} } }`;
export const PLACE_ORDER = `mutation PlaceOrder($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input, idempotencyKey: $key) { __typename ... on PlaceOrderSuccess { order { ${ORDER} } } ${REFUSAL} } }`;
export const RENEW_CERTIFICATE = `mutation RenewCertificate($input: RenewCertificateInput!, $key: String!) {
  renewCertificate(input: $input, idempotencyKey: $key) { __typename ... on RenewCertificateSuccess { order { ${ORDER} } } ${REFUSAL} } }`;
export const START_CHECK = `mutation StartCheck($siteId: ID!, $key: String!) {
  startCheck(siteId: $siteId, idempotencyKey: $key) { __typename ... on StartCheckSuccess { check { id } } ${REFUSAL} } }`;
