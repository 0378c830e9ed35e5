/** cpsrvd, as its pages describe it: who may ask what where, in which envelope it answers, and how strict it is with what it does not know. */
import type { Call } from './contract.js';
import { API_2_CALLS, UAPI_CALLS, WHM_CALLS } from './contract.js';
import { API_2_FUNCTIONS, type Parameters, Refused, type Server, UAPI_FUNCTIONS, WHM_FUNCTIONS } from './functions.js';

export type Service = 'whostmgr' | 'cpanel';
export type Token = { readonly service: Service; readonly user: string; readonly secret: string; expired: boolean };
/** `form`: parameters in the body. */
export type Asked = {
  readonly service: Service;
  readonly authorization: string | undefined;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly form: readonly (readonly [string, string])[];
};
export type Answer = { readonly status: number; readonly json: unknown };

/** An asker that the pages do not allow for: named, so that a test can find it. */
export type Violations = string[];

type Outcome = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly reason: string };

export function answer(
  server: Server,
  tokens: readonly Token[],
  asked: Asked,
  violations: Violations,
  documentedEnvelope: boolean,
): Answer {
  const violate = (what: string): Answer => {
    violations.push(what);
    return { status: 400, json: { errors: [what] } };
  };
  const [, scheme, user = '', secret] = /^(whm|cpanel) ([^:\s]+):(\S+)$/.exec(asked.authorization ?? '') ?? [];
  const token = tokens.find((each) => each.user === user && each.secret === secret && !each.expired);
  if (!token || scheme !== (token.service === 'whostmgr' ? 'whm' : 'cpanel') || token.service !== asked.service) return DENIED;

  const parameters: Record<string, string> = {};
  for (const [name, value] of [...asked.query, ...asked.form]) {
    if (name in parameters) return violate(`${name} is given twice`);
    if (value.includes('PRIVATE KEY') && asked.query.some(([each]) => each === name)) return violate('a private key in a URL');
    parameters[name] = value;
  }
  const [root, first = '', second = '', ...rest] = asked.path.split('/').slice(1);
  if (rest.length > 0) return NOT_FOUND;
  if (asked.service === 'whostmgr') {
    if (root !== 'json-api' || second !== '') return NOT_FOUND;
    return whm(server, first, parameters, violate);
  }
  if (root === 'json-api' && first === 'cpanel') return api2(server, user, parameters, violate);
  if (root !== 'execute') return NOT_FOUND;
  const name = `${first}/${second}`;
  const outcome = run(UAPI_CALLS[name], parameters, violate, () => UAPI_FUNCTIONS[name]!(server, user, parameters));
  if ('status' in outcome) return outcome;
  const result = uapiResult(outcome, UAPI_CALLS[name]);
  return { status: 200, json: documentedEnvelope ? { apiversion: 3, func: second, module: first, result } : result };
}

function whm(server: Server, name: string, all: Parameters, violate: (what: string) => Answer): Answer {
  const { 'api.version': version, ...parameters } = all;
  if (version !== '1') return violate(`api.version=${version} for ${name}`);
  if (name === 'cpanel') return api2(server, all['cpanel_jsonapi_user'] ?? '', parameters, violate);
  const failed = (reason: string): Answer => ({ status: 200, json: { metadata: { command: name, reason, result: 0, version: 1 } } });
  const call = WHM_CALLS[name];
  if (!call)
    return {
      status: 200,
      json: {
        metadata: { command: name, reason: `Unknown app (“${name}”) requested for this version (1) of the API.`, result: 0, version: 1 },
      },
    };
  const succeeded = (data: unknown): Answer => ({
    status: 200,
    json: { data, metadata: { command: name, reason: 'OK', result: 1, version: 1 } },
  });
  if (name === 'uapi_cpanel') return throughWhm(server, parameters, violate, succeeded, failed);
  const { own, output } = split(parameters);
  const outcome = run(call, own, violate, () => WHM_FUNCTIONS[name]!(server, own));
  if ('status' in outcome) return outcome;
  if (!outcome.ok) return failed(outcome.reason);
  if (call.list === undefined) return Object.keys(output).length > 0 ? violate(`${name} has no list`) : succeeded(outcome.data);
  const chosen = choose((outcome.data as Record<string, object[]>)[call.list] ?? [], output);
  return typeof chosen === 'string' ? violate(chosen) : succeeded({ [call.list]: chosen });
}

type Done = (data: unknown) => Answer;
type Failed = (reason: string) => Answer;

function throughWhm(server: Server, parameters: Parameters, violate: (what: string) => Answer, done: Done, failed: Failed): Answer {
  const { 'cpanel.user': user = '', 'cpanel.module': module, 'cpanel.function': func, ...own } = parameters;
  const name = `${module}/${func}`;
  if (!server.hosting.websites.some((website) => website.user === user)) return failed(`There is no cPanel user ${user}.`);
  const outcome = run(UAPI_CALLS[name], own, violate, () => UAPI_FUNCTIONS[name]!(server, user, own));
  return 'status' in outcome ? outcome : done({ uapi: uapiResult(outcome, UAPI_CALLS[name]) });
}

function api2(server: Server, user: string, all: Parameters, violate: (what: string) => Answer): Answer {
  const { cpanel_jsonapi_user: named, cpanel_jsonapi_apiversion, cpanel_jsonapi_module, cpanel_jsonapi_func, ...parameters } = all;
  if (cpanel_jsonapi_apiversion !== '2') return violate(`API version ${cpanel_jsonapi_apiversion} of the older proxy`);
  if (named !== user) return DENIED;
  const name = `${cpanel_jsonapi_module}/${cpanel_jsonapi_func}`;
  const outcome = run(API_2_CALLS[name], parameters, violate, () => API_2_FUNCTIONS[name]!(server, user, parameters));
  if ('status' in outcome) return outcome;
  const about = { apiversion: 2, func: cpanel_jsonapi_func, module: cpanel_jsonapi_module };
  const cpanelresult = outcome.ok
    ? { ...about, data: outcome.data, event: { result: 1 } }
    : { ...about, data: [], event: { result: 0 }, error: outcome.reason };
  return { status: 200, json: { cpanelresult } };
}

function run(call: Call | undefined, parameters: Parameters, violate: (what: string) => Answer, work: () => unknown): Outcome | Answer {
  if (!call) return violate('an unknown function');
  const unknown = Object.keys(parameters).find((name) => !(name in call.parameters));
  if (unknown !== undefined) return violate(`an unknown parameter: ${unknown}`);
  const missing = Object.entries(call.parameters).find(([name, need]) => need === 'required' && !parameters[name]);
  if (missing) return { ok: false, reason: `Provide the “${missing[0]}” argument.` };
  try {
    const data = work();
    checkFields(call, data);
    return { ok: true, data };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message };
    throw error;
  }
}

/** The simulator keeps to the pages itself. */
function checkFields(call: Call, data: unknown): void {
  const listed = call.list === undefined ? data : (data as Record<string, unknown>)[call.list];
  for (const each of Array.isArray(listed) ? listed : [listed ?? {}]) {
    const extra = Object.keys(each as object).filter((field) => !call.answers.includes(field));
    if (extra.length > 0) throw new Error(`${call.page} names no ${extra.join(', ')}`);
  }
}

const uapiResult = (outcome: Outcome, call: Call | undefined) => ({
  ...(outcome.ok
    ? { data: outcome.data ?? (call?.answers.length === 0 ? {} : null), errors: null, status: 1 }
    : { data: null, errors: [outcome.reason], status: 0 }),
  ...{ messages: null, metadata: {}, warnings: null },
});

/** https://api.docs.cpanel.net/whm/filter-output/ and /whm/paginate-output/: one filter, and pages that begin at 1. */
function split(parameters: Parameters): { own: Parameters; output: Parameters } {
  const entries = Object.entries(parameters);
  const isOutput = ([name]: readonly [string, string]) => name.startsWith('api.');
  return { own: Object.fromEntries(entries.filter((each) => !isOutput(each))), output: Object.fromEntries(entries.filter(isOutput)) };
}

const OUTPUT = [
  'api.filter.enable',
  'api.filter.a.field',
  'api.filter.a.arg0',
  'api.filter.a.type',
  'api.chunk.enable',
  'api.chunk.size',
  'api.chunk.start',
];

function choose(list: readonly object[], output: Parameters): readonly object[] | string {
  const unknown = Object.keys(output).find((name) => !OUTPUT.includes(name));
  if (unknown !== undefined) return `an unknown parameter: ${unknown}`;
  const { 'api.filter.a.field': field = '', 'api.filter.a.arg0': wanted, 'api.filter.a.type': type } = output;
  let chosen = list;
  if (output['api.filter.enable'] === '1') {
    if (type !== 'eq') return `a filter of type ${type}`;
    chosen = chosen.filter((each) => (each as Record<string, unknown>)[field] === wanted);
  }
  if (output['api.chunk.enable'] === '1') {
    const [size, start] = [Number(output['api.chunk.size']), Number(output['api.chunk.start'])];
    if (!(size >= 1) || !(start >= 1)) return 'a page that is none';
    chosen = chosen.slice(start - 1, start - 1 + size);
  }
  return chosen;
}

/** As public clients have met it. */
const DENIED: Answer = {
  status: 403,
  json: { cpanelresult: { apiversion: '2', error: 'Access denied', data: { reason: 'Access denied', result: '0' }, type: 'text' } },
};
const NOT_FOUND: Answer = { status: 404, json: { errors: ['Function not found'] } };
