/** cPanel thinks in websites, each with one certificate for all of its names: what that means for bindings. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bindingKeyText, type Change, type DesiredBinding } from '../../../src/adapters/installers/installer.js';
import type { CertificateName, Hostname } from '../../../src/values/hostname.js';
import { unwrap } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import { startTestCpanel, type TestCpanel } from '../../support/cpanel/cpanel.js';
import type { TestCertificate } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';

let cpanel: TestCpanel;
let sites = 0;
/** A website of its own in each test, at the first address, with www. beside it. */
let name: string;
beforeAll(async () => {
  cpanel = await startTestCpanel();
  cpanel.server.apache.restartMs = 0;
  cpanel.server.hosting.addAccount('alice', 'alice.test', '127.0.0.1');
});
beforeEach(() => {
  name = `s${++sites}.test`;
  cpanel.server.hosting.addSubdomain('alice', name);
});
afterEach(() => expect(cpanel.server.violations).toEqual([]));
afterAll(() => cpanel.stop());

const FENCE = 1;
const www = () => `www.${name}`;
const keyOf = (each: string, listener = 0) => {
  const { address, httpsPort: port } = cpanel.listeners[listener]!;
  return { address, port, name: each as CertificateName };
};
const binding = (each: string, certificates: readonly TestCertificate[], listener = 0): DesiredBinding => ({
  key: keyOf(each, listener),
  certificates: certificates.map(({ fingerprint, chainPem, keyPem }) => ({ fingerprint, chain: chainPem, key: Secret.of(keyPem) })),
  route: 'NONE',
});
const shown = async (each: string) => (await handshake(keyOf(each), each)).fingerprint;
const issue = (...names: string[]) => cpanel.ca.issue({ names });
const installed = (certificate: TestCertificate, key = certificate.keyPem) =>
  void cpanel.server.hosting.installed.set(name, { certificate: certificate.leafPem, key, chain: '' });

async function testOf(change: Partial<Change>, as: 'whm' | 'cpanel' = 'whm') {
  const generation = unwrap(await cpanel.installer(as).stage({ put: [], remove: [], ...change }, FENCE));
  return { generation, tested: await cpanel.installer(as).test(generation) };
}
/** The bindings that are to blame, with the reason. */
async function refusals(change: Partial<Change>): Promise<readonly (readonly [string | undefined, string])[]> {
  const { tested } = await testOf(change);
  if (tested.ok) return [];
  expect(tested.problem.code).toBe('SERVER_CONFIG_REFUSED');
  return tested.problem.sub.map(({ subject, facts }) => [subject, String(facts['detail'])] as const);
}
async function install(change: Partial<Change>, as: 'whm' | 'cpanel' = 'whm') {
  const { generation, tested } = await testOf(change, as);
  unwrap(tested);
  unwrap(await cpanel.installer(as).apply(generation, FENCE));
}
const blamed = (...each: readonly (readonly [string, string])[]) =>
  each.map(([of, why]) => [bindingKeyText(keyOf(of)), expect.stringContaining(why)]);

it('all names of a website are given their one certificate by one installation', async () => {
  const both = await issue(name, www());
  const before = cpanel.server.calls.filter((call) => call === 'installssl').length;
  await install({ put: [binding(name, [both]), binding(www(), [both])] });
  expect([await shown(name), await shown(www())]).toEqual([both.fingerprint, both.fingerprint]);
  expect(cpanel.server.calls.filter((call) => call === 'installssl')).toHaveLength(before + 1);
});

it('two certificates for names of one website are refused, and a pair too', async () => {
  const [one, other] = [await issue(name, www()), await issue(name, www())];
  const why = 'one certificate for all of its names';
  expect(await refusals({ put: [binding(name, [one]), binding(www(), [other])] })).toEqual(blamed([www(), why]));
  const rsa = await cpanel.ca.issue({ names: [name], algorithm: 'RSA' });
  expect(await refusals({ put: [binding(name, [rsa, one])] })).toEqual(blamed([name, why]));
});

it('a certificate that leaves another name of its website uncovered is refused', async () => {
  installed(await issue(name, www()));
  const fresh = await issue(name);
  expect(await refusals({ put: [binding(name, [fresh])] })).toEqual(blamed([name, `also answers for ${www()}`]));
  expect(await refusals({ put: [binding(name, [await issue(name, www())])] })).toEqual([]);
});

it.each([
  ['that nobody signed', () => cpanel.ca.selfSign({ names: [name, www()] })],
  ['that has expired', () => cpanel.ca.issue({ names: [name, www()], notBefore: new Date(0), notAfter: new Date(86_400_000) })],
])('nothing is lost with a certificate %s', async (_, old) => {
  installed(await old());
  expect(await refusals({ put: [binding(name, [await issue(name)])] })).toEqual([]);
});

it('a name that is not hosted, and one that answers elsewhere, are named, and the others can go on', async () => {
  const [here, nowhere] = [await issue(name), await issue('nowhere.test')];
  const elsewhere = binding(name, [here], 1);
  expect(await refusals({ put: [binding(name, [here]), binding('nowhere.test', [nowhere])] })).toEqual(
    blamed(['nowhere.test', 'hosts no']),
  );
  expect(await refusals({ put: [elsewhere] })).toEqual([[bindingKeyText(elsewhere.key), expect.stringContaining('127.0.0.1 only')]]);
});

it('a certificate whose key cannot be had could not come back, so it is not replaced', async () => {
  installed(await issue(name), '');
  expect(await refusals({ put: [binding(name, [await issue(name)])] })).toEqual(blamed([name, 'private key']));
});

it('a certificate goes when all names that it is for go, and stays while one of them does', async () => {
  const both = await issue(name, www());
  await install({ put: [binding(name, [both]), binding(www(), [both])] });
  expect(await refusals({ remove: [keyOf(www())] })).toEqual(blamed([www(), 'not taken away']));
  await install({ remove: [keyOf(name), keyOf(www())] });
  expect(await shown(name)).not.toBe(both.fingerprint);
  const named = unwrap(await cpanel.installer().inventory()).bindings.map(({ key }) => key.name);
  expect(named).not.toContain(name);
});

it('what somebody else installed is in the inventory, under every name that shows it', async () => {
  const theirs = await issue(name);
  installed(theirs);
  for (const as of ['whm', 'cpanel'] as const) {
    const { bindings } = unwrap(await cpanel.installer(as).inventory());
    const ours = bindings.filter(({ fingerprints }) => fingerprints[0] === theirs.fingerprint);
    expect(ours.map(({ key }) => bindingKeyText(key)).sort()).toEqual([name, www()].map((each) => bindingKeyText(keyOf(each))).sort());
  }
});

it('an account whose UAPI answers as its description has it is driven as well', async () => {
  cpanel.server.documentedEnvelope = true;
  const fresh = await issue(name);
  await install({ put: [binding(name, [fresh])] }, 'cpanel');
  expect(await shown(name)).toBe(fresh.fingerprint);
  const path = '/.well-known/acme-challenge/documented';
  unwrap(await cpanel.installer('cpanel').presentChallenge(name as Hostname, path, 'body'));
  unwrap(await cpanel.installer('cpanel').removeChallenge(name as Hostname, path));
  cpanel.server.documentedEnvelope = false;
});

it('a server of many websites is listed whole, page by page', async () => {
  const wild = await issue('*.many.test');
  for (let i = 0; i < 250; i++) {
    cpanel.server.hosting.addSubdomain('alice', `s${i}.many.test`);
    cpanel.server.hosting.installed.set(`s${i}.many.test`, { certificate: wild.leafPem, key: wild.keyPem, chain: '' });
  }
  const { bindings } = unwrap(await cpanel.installer().inventory());
  expect(bindings.filter(({ key }) => /^s\d+\.many\.test$/.test(key.name))).toHaveLength(250);
});
