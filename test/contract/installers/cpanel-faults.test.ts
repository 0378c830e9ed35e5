/** cPanel servers that misbehave, are changed by others, or die half-way: what is served never gets worse, and what happened is said. */
import fs from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DesiredBinding } from '../../../src/adapters/installers/installer.js';
import type { CertificateName, Hostname } from '../../../src/values/hostname.js';
import { messageOf } from '../../../src/values/problems/catalogue.js';
import { unwrap, type Result } from '../../../src/values/result.js';
import { Secret } from '../../../src/values/secret.js';
import type { Misbehaviour } from '../../simulators/cpanel/cpanel.js';
import { startTestCpanel, TOKENS, type TestCpanel } from '../../support/cpanel/cpanel.js';
import type { TestCertificate } from '../../support/pki/certificates.js';
import { handshake } from '../../support/tls/handshake.js';
import { waitFor } from '../../support/suite/wait-for.js';

let cpanel: TestCpanel;
let fence = 1;
let sites = 0;
beforeAll(async () => {
  cpanel = await startTestCpanel({ settleMs: 1_500, timeoutMs: 1_000 });
  cpanel.server.hosting.addAccount('alice', 'alice.test', '127.0.0.1');
  cpanel.server.apache.restartMs = 0;
});
beforeEach(() => void (fence += 1));
afterEach(async () => {
  cpanel.server.behave();
  cpanel.server.onCall = async () => undefined;
  cpanel.server.apache.stuck = false;
  expect(cpanel.server.violations).toEqual([]);
});
afterAll(() => cpanel.stop());

const installer = () => cpanel.installer();
const place = () => ({ address: cpanel.listeners[0].address, port: cpanel.listeners[0].httpsPort });
const keyOf = (name: string) => ({ ...place(), name: name as CertificateName });
const binding = (name: string, { fingerprint, chainPem, keyPem }: TestCertificate): DesiredBinding => ({
  key: keyOf(name),
  certificates: [{ fingerprint, chain: chainPem, key: Secret.of(keyPem) }],
  route: 'NONE',
});
const shown = async (name: string) => (await handshake(place(), name)).fingerprint;
const install = async (name: string, certificate: TestCertificate, chain = '') => {
  const website = cpanel.server.hosting.websiteOf(name)!;
  const refused = cpanel.server.hosting.install(website, { certificate: certificate.leafPem, key: certificate.keyPem, chain });
  expect(refused).toBeUndefined();
  await waitFor('Apache to show it', async () => (await shown(name)) === certificate.fingerprint);
};

/** A website that shows a certificate of somebody else's, and a new one for it. */
async function hosted({ names = (name: string) => [name] } = {}) {
  const name = `s${++sites}.test`;
  cpanel.server.hosting.addSubdomain('alice', name);
  const [old, fresh] = [await cpanel.ca.issue({ names: names(name) }), await cpanel.ca.issue({ names: names(name) })];
  await install(name, old);
  return { name, old, fresh };
}

/** Nothing secret in what is said, and every fact that its sentence needs. */
function problemOf(result: Result<unknown>) {
  if (result.ok) throw new Error('it was done');
  const text = JSON.stringify(result.problem);
  for (const secret of ['PRIVATE KEY', ...Object.values(TOKENS)]) expect(text).not.toContain(secret);
  expect(messageOf(result.problem)).not.toContain('?');
  return result.problem;
}

const staged = async (...put: readonly DesiredBinding[]) => {
  const generation = unwrap(await installer().stage({ put, remove: [] }, fence));
  unwrap(await installer().test(generation));
  return generation;
};

it.each<Misbehaviour>(['DROPPED_AFTER', 'ERROR_500', 'LOGIN_PAGE', 'TRUNCATED'])(
  'an installation that was done, and answered with %s, is found done',
  async (fault) => {
    const { name, fresh } = await hosted();
    const generation = await staged(binding(name, fresh));
    cpanel.server.misbehave('installssl', fault);
    unwrap(await installer().apply(generation, fence));
    expect(await shown(name)).toBe(fresh.fingerprint);
    expect(unwrap(await installer().inventory()).generation).toBe(generation);
  },
);

it.each<Misbehaviour>(['DROPPED_BEFORE', 'OUTAGE', 'SILENT'])(
  'an installation that was not done, and ended in %s, is out of reach, and done when it is tried again',
  async (fault) => {
    const { name, old, fresh } = await hosted();
    const generation = await staged(binding(name, fresh));
    cpanel.server.misbehave('installssl', fault);
    expect(problemOf(await installer().apply(generation, fence)).code).toBe('SERVER_UNREACHABLE');
    expect(await shown(name)).toBe(old.fingerprint);
    expect(unwrap(await installer().inventory()).generation).toBe(generation - 1);
    unwrap(await installer().apply(generation, fence));
    expect(await shown(name)).toBe(fresh.fingerprint);
  },
);

it.each<Misbehaviour>(['REFUSED', 'NOTHING_DONE'])('of two websites the second is %s: the first comes back', async (fault) => {
  const [one, two] = [await hosted(), await hosted()];
  const generation = await staged(binding(one.name, one.fresh), binding(two.name, two.fresh));
  cpanel.server.onCall = async (call) => {
    if (call === 'installssl' && cpanel.server.hosting.installed.get(one.name)?.certificate === one.fresh.leafPem) {
      cpanel.server.misbehave('installssl', fault);
      cpanel.server.onCall = async () => undefined;
    }
  };
  const refused = problemOf(await installer().apply(generation, fence));
  expect(refused).toMatchObject({ code: 'SERVER_REFUSED', facts: { server: 'cpanel-of-test' } });
  expect(refused.facts['detail']).toContain(two.name);
  unwrap(await installer().undo(generation, fence));
  expect([await shown(one.name), await shown(two.name)]).toEqual([one.old.fingerprint, two.old.fingerprint]);
  expect(unwrap(await installer().inventory()).generation).toBe(generation - 1);
});

it('an undo that cannot be carried out is tried again, and never half forgotten', async () => {
  const { name, old, fresh } = await hosted();
  const generation = await staged(binding(name, fresh));
  unwrap(await installer().apply(generation, fence));
  cpanel.server.misbehave('installssl', 'OUTAGE');
  expect(problemOf(await installer().undo(generation, fence)).code).toBe('SERVER_UNREACHABLE');
  expect(await shown(name)).toBe(fresh.fingerprint);
  unwrap(await installer().undo(generation, fence));
  expect(await shown(name)).toBe(old.fingerprint);
});

it('a change that nobody brought to its end is taken back before the next is staged', async () => {
  const [one, two] = [await hosted(), await hosted()];
  const generation = await staged(binding(one.name, one.fresh), binding(two.name, two.fresh));
  cpanel.server.misbehave('installssl', 'ERROR_500');
  cpanel.server.misbehave('installssl', 'REFUSED');
  problemOf(await installer().apply(generation, fence));
  await waitFor('the first website to have changed', async () => (await shown(one.name)) === one.fresh.fingerprint);
  cpanel.server.behave();
  const other = await hosted();
  expect(await staged(binding(other.name, other.fresh))).toBe(generation);
  expect([await shown(one.name), await shown(two.name)]).toEqual([one.old.fingerprint, two.old.fingerprint]);
});

it('an Apache that does not restart is not taken for one that serves it', async () => {
  const { name, old, fresh } = await hosted();
  const generation = await staged(binding(name, fresh));
  cpanel.server.apache.stuck = true;
  const refused = problemOf(await installer().apply(generation, fence));
  expect(refused).toMatchObject({ code: 'SERVER_REFUSED', facts: { detail: expect.stringContaining('Apache') } });
  expect(unwrap(await installer().inventory()).generation).toBe(generation - 1);
  cpanel.server.apache.stuck = false;
  unwrap(await installer().undo(generation, fence));
  expect(await shown(name)).toBe(old.fingerprint);
});

it('what somebody else installed after the staging is named, and neither overwritten nor taken away', async () => {
  const { name, fresh } = await hosted();
  const theirs = await cpanel.ca.issue({ names: [name] });
  const generation = await staged(binding(name, fresh));
  await install(name, theirs);
  expect(problemOf(await installer().apply(generation, fence))).toMatchObject({
    code: 'CHANGED_BY_HAND',
    facts: { path: expect.stringContaining(name) },
  });
  unwrap(await installer().undo(generation, fence));
  expect(await shown(name)).toBe(theirs.fingerprint);

  const again = await staged(binding(name, fresh));
  unwrap(await installer().apply(again, fence));
  await install(name, theirs);
  unwrap(await installer().undo(again, fence));
  expect(await shown(name)).toBe(theirs.fingerprint);
});

it('a worker that is overtaken between two websites changes the second no more', async () => {
  const [one, two] = [await hosted(), await hosted()];
  const generation = await staged(binding(one.name, one.fresh), binding(two.name, two.fresh));
  const late = fence;
  cpanel.server.onCall = async (call) => {
    if (call !== 'installssl') return;
    cpanel.server.onCall = async () => undefined;
    fence += 1;
    unwrap(await installer().prune(fence));
  };
  expect(problemOf(await installer().apply(generation, late))).toMatchObject({
    code: 'STALE_FENCE',
    facts: { fence: late, newest: fence },
  });
  expect(await shown(two.name)).toBe(two.old.fingerprint);
  unwrap(await installer().undo(generation, fence));
  expect(await shown(one.name)).toBe(one.old.fingerprint);
});

it('a token that has expired says so, and a new one in its file is taken at once', async () => {
  const [token] = cpanel.server.tokens;
  token!.expired = true;
  cpanel.server.tokens.push({ service: 'whostmgr', user: 'root', secret: 'ANOTHERTOKEN', expired: false });
  const refused = problemOf(await installer().inventory());
  expect(refused).toMatchObject({ code: 'SERVER_UNREACHABLE', facts: { detail: expect.stringContaining('API token of root') } });
  await fs.writeFile(cpanel.tokenFile, 'ANOTHERTOKEN');
  unwrap(await installer().inventory());
  await fs.chmod(cpanel.tokenFile, 0o640);
  expect(problemOf(await installer().inventory()).facts['detail']).toContain('chmod 600');
  await fs.rm(cpanel.tokenFile);
  expect(problemOf(await installer().inventory()).facts['detail']).toContain('ENOENT');
  token!.expired = false;
  await fs.writeFile(cpanel.tokenFile, TOKENS.root, { mode: 0o600 });
});

it.each<Misbehaviour>(['LOGIN_PAGE', 'TRUNCATED', 'ERROR_500', 'SILENT'])('a list that comes as %s is no list', async (fault) => {
  cpanel.server.misbehave('fetch_ssl_vhosts', fault);
  expect(problemOf(await installer().inventory()).code).toBe('SERVER_UNREACHABLE');
});

it('an API that cannot prove who it is is not asked', async () => {
  const before = cpanel.server.calls.length;
  const refused = problemOf(await cpanel.installer('untrusted').inventory());
  expect(refused.code).toBe('SERVER_UNREACHABLE');
  expect(cpanel.server.calls).toHaveLength(before);
});

it('the keys of a generation are sealed, and forgotten when it cannot be undone any more', async () => {
  const { name, fresh } = await hosted();
  const newer = await cpanel.ca.issue({ names: [name] });
  for (const certificate of [fresh, newer]) {
    const generation = await staged(binding(name, certificate));
    unwrap(await installer().apply(generation, fence));
    unwrap(await installer().prune(fence));
  }
  expect(cpanel.state.secretNames()).toHaveLength(1);
  expect(JSON.stringify(await cpanel.state.list('', 100))).not.toContain('PRIVATE KEY');
});

it('killed at any of its writes, a step is carried through when it is taken again', async () => {
  const { name, old, fresh } = await hosted();
  let deaths = 0;
  const taken = async <T>(step: () => Promise<Result<T>>): Promise<T> => {
    const outcome = await step().catch((error: Error) => {
      expect(error.message).toMatch(/killed/);
      deaths++;
      return step();
    });
    return unwrap(outcome);
  };
  for (const when of ['BEFORE', 'AFTER'] as const) {
    for (let nth = 1, died = true; died; nth++) {
      fence += 1;
      cpanel.state.dieAtWrite(nth, when);
      const generation = await taken(() => installer().stage({ put: [binding(name, fresh)], remove: [] }, fence));
      expect(await shown(name)).toBe(old.fingerprint);
      await taken(() => installer().apply(generation, fence));
      expect(await shown(name)).toBe(fresh.fingerprint);
      await taken(() => installer().prune(fence));
      await taken(() => installer().undo(generation, fence));
      expect(await shown(name)).toBe(old.fingerprint);
      died = cpanel.state.died();
    }
  }
  expect(deaths).toBeGreaterThan(12);
  expect(cpanel.state.secretNames()).toEqual([]);
});

it('a folder for challenges that cannot be made is said, and a name that is not hosted too', async () => {
  const path = '/.well-known/acme-challenge/abc';
  cpanel.server.misbehave('Fileman/save_file_content', 'REFUSED', 2);
  expect(problemOf(await installer().presentChallenge('alice.test' as Hostname, path, 'body')).code).toBe('SERVER_REFUSED');
  const nobody = problemOf(await installer().presentChallenge('nobody.test' as Hostname, path, 'body'));
  expect(nobody.facts['detail']).toContain('hosts no nobody.test');
  unwrap(await installer().removeChallenge('nobody.test' as Hostname, path));
  for (const bad of ['/etc/passwd', '/.well-known/acme-challenge/../../x', '/.well-known/acme-challenge/']) {
    expect(problemOf(await installer().presentChallenge('alice.test' as Hostname, bad, 'body')).code).toBe('INVALID_INPUT');
  }
  expect(problemOf(await installer().presentChallenge('alice.test' as Hostname, path, 'x'.repeat(5_000))).code).toBe('TOO_LARGE');
});
