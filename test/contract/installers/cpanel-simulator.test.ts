/** The simulated cPanel is as strict as the pages that it was written from, or stricter: what it lets pass, a real one takes. */
import { request } from 'node:https';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestCpanel, TOKENS, type TestCpanel } from '../../support/cpanel/cpanel.js';

let cpanel: TestCpanel;
beforeAll(async () => {
  cpanel = await startTestCpanel();
  cpanel.server.hosting.addAccount('alice', 'alice.test', '127.0.0.1');
  cpanel.server.hosting.addAccount('bob', 'bob.test', '127.0.0.1');
});
afterEach(() => {
  cpanel.server.documentedEnvelope = false;
  cpanel.server.violations.length = 0;
});
afterAll(() => cpanel.stop());

const WHM = `whm root:${TOKENS.root}`;
const ALICE = `cpanel alice:${TOKENS.alice}`;
type Asked = { readonly authorization?: string; readonly form?: Readonly<Record<string, string>> };
// What a stranger's API answers is looked at as a test expects it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answered = { readonly status: number; readonly json: any };

function ask(service: 'whm' | 'cpanel', path: string, { authorization, form = {} }: Asked = {}): Promise<Answered> {
  const headers = {
    authorization: authorization ?? (service === 'whm' ? WHM : ALICE),
    'content-type': 'application/x-www-form-urlencoded',
  };
  return new Promise((resolve, reject) => {
    const url = new URL(path, cpanel.server.url[service]);
    const outgoing = request(url, { method: 'POST', headers, ca: cpanel.ca.rootPem, agent: false }, async (incoming) => {
      const text = Buffer.concat(await incoming.toArray()).toString();
      resolve({ status: incoming.statusCode ?? 0, json: JSON.parse(text) });
    });
    outgoing.on('error', reject).end(new URLSearchParams(form).toString());
  });
}

it.each([
  ['no token at all', 'whm', '/json-api/version?api.version=1', ''],
  ['a wrong token', 'whm', '/json-api/version?api.version=1', 'whm root:WRONG'],
  ["the administrator's token at the port of accounts", 'cpanel', '/execute/SSL/installed_hosts', WHM],
  ["an account's token at the port of the administrator", 'whm', '/json-api/version?api.version=1', ALICE],
  ["the scheme of an account with the administrator's token", 'whm', '/json-api/version?api.version=1', `cpanel root:${TOKENS.root}`],
] as const)('%s is denied', async (_, service, path, authorization) => {
  expect(await ask(service, path, { authorization })).toMatchObject({ status: 403, json: { cpanelresult: { error: 'Access denied' } } });
});

it('an expired token is denied, and is still there', async () => {
  const [token] = cpanel.server.tokens;
  token!.expired = true;
  expect((await ask('whm', '/json-api/version?api.version=1')).status).toBe(403);
  token!.expired = false;
  expect((await ask('whm', '/json-api/version?api.version=1')).status).toBe(200);
});

it.each([
  ['a parameter that its page does not name', 'whm', '/json-api/version?api.version=1&extra=1', {}],
  ['a parameter of UAPI that its page does not name', 'cpanel', '/execute/SSL/delete_ssl', { domain: 'alice.test', host: 'alice.test' }],
  ['a function of UAPI that is in no page here', 'cpanel', '/execute/SSL/nothing', {}],
  ['another version of the API', 'whm', '/json-api/version?api.version=2', {}],
  ['no version of the API', 'whm', '/json-api/version', {}],
  ['a parameter that is given twice', 'whm', '/json-api/delete_ssl_vhost?api.version=1&host=a.test', { host: 'b.test' }],
  ['a private key in a URL', 'cpanel', '/execute/SSL/install_ssl?key=-----BEGIN%20PRIVATE%20KEY-----', {}],
  ['paging where there is no list', 'whm', '/json-api/version?api.version=1', { 'api.chunk.enable': '1' }],
] as const)('%s is no request', async (_, service, path, form) => {
  expect((await ask(service, path, { form })).status).toBe(400);
  expect(cpanel.server.violations).toHaveLength(1);
});

it('the APIs of one port are not at the other', async () => {
  expect((await ask('whm', '/execute/SSL/installed_hosts')).status).toBe(404);
  expect((await ask('cpanel', '/json-api/version?api.version=1')).status).toBe(404);
});

it('each transport has its envelope', async () => {
  const form = { format: 'list' };
  const inner = { status: 1, errors: null, data: [{ servername: 'alice.test', serveralias: 'www.alice.test mail.alice.test' }] };
  expect((await ask('cpanel', '/execute/DomainInfo/domains_data', { form })).json).toMatchObject(inner);
  cpanel.server.documentedEnvelope = true;
  const documented = { apiversion: 3, func: 'domains_data', module: 'DomainInfo', result: inner };
  expect((await ask('cpanel', '/execute/DomainInfo/domains_data', { form })).json).toMatchObject(documented);
  const target = { 'cpanel.user': 'alice', 'cpanel.module': 'DomainInfo', 'cpanel.function': 'domains_data' };
  const through = await ask('whm', '/json-api/uapi_cpanel?api.version=1', { form: { ...target, ...form } });
  expect(through.json).toMatchObject({ data: { uapi: inner }, metadata: { command: 'uapi_cpanel', result: 1 } });
});

it('a refusal of WHM is a success of HTTP', async () => {
  const refused = await ask('whm', '/json-api/delete_ssl_vhost?api.version=1', { form: { host: 'nobody.test' } });
  expect(refused).toMatchObject({ status: 200, json: { metadata: { command: 'delete_ssl_vhost', result: 0, version: 1 } } });
  expect(refused.json.metadata.reason).toContain('nobody.test');
});

it('certificates are checked as an installation does, and an account installs for its own domains only', async () => {
  const { ca } = cpanel;
  const [good, other] = [await ca.issue({ names: ['alice.test'] }), await ca.issue({ names: ['alice.test'] })];
  const old = await ca.issue({ names: ['alice.test'], notBefore: new Date(0), notAfter: new Date(86_400_000) });
  const foreign = await ca.issue({ names: ['bob.test'] });
  const install = async (domain: string, cert: string, key: string) =>
    (await ask('cpanel', '/execute/SSL/install_ssl', { form: { domain, cert, key } })).json.errors?.[0] as string | undefined;
  expect(await install('alice.test', good.leafPem, other.keyPem)).toContain('does not match');
  expect(await install('alice.test', old.leafPem, old.keyPem)).toContain('expired');
  expect(await install('alice.test', foreign.leafPem, foreign.keyPem)).toContain('none of the domains');
  expect(await install('bob.test', foreign.leafPem, foreign.keyPem)).toContain('not yours');
  expect(cpanel.server.hosting.installed.size).toBe(0);
  expect(await install('www.alice.test', good.leafPem, good.keyPem)).toBeUndefined();
  expect([...cpanel.server.hosting.installed.keys()]).toEqual(['alice.test']);
});

it('lists are filtered and paged as WHM does it', async () => {
  const list = async (form: Readonly<Record<string, string>>) =>
    (await ask('whm', '/json-api/get_domain_info?api.version=1', { form })).json.data.domains.map(
      ({ domain }: { domain: string }) => domain,
    );
  const filter = { 'api.filter.enable': '1', 'api.filter.a.field': 'domain', 'api.filter.a.type': 'eq' };
  expect(await list({ ...filter, 'api.filter.a.arg0': 'bob.test' })).toEqual(['bob.test']);
  expect(await list({ 'api.chunk.enable': '1', 'api.chunk.size': '1', 'api.chunk.start': '2' })).toEqual(['bob.test']);
});
