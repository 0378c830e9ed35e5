/** Other machines over the API, with a real OpenSSH server as the machine: registered, looked at, pinned, used, and taken over by a stranger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../src/adapters/hosts/host-path.js';
import { serveHelper } from '../../src/adapters/hosts/local/helper-server.js';
import { LocalHost } from '../../src/adapters/hosts/local/local-host.js';
import { sshFingerprint } from '../../src/cores/ssh/public-key.js';
import { HostAccess } from '../../src/features/hosts/host-access.service.js';
import { LookAtHostsJob } from '../../src/features/hosts/look-at-hosts.job.js';
import { ok, unwrap } from '../../src/values/result.js';
import { minutes } from '../../src/values/instant.js';
import { freshKey, startTestApp, type TestApp } from '../support/app.js';
import { ANOTHER_HOST_KEY } from '../support/ssh/host-keys.js';
import { startSshd, type TestSshd } from '../support/ssh/sshd.js';
import { codesOf, idOf, mutate } from './every-mutation.js';
import { openTables } from './tables.js';
import { plantMember } from './tenants.js';

describe('a host', () => {
  let sshd: TestSshd;
  let app: TestApp;
  let folder: string;
  let stopHelper: () => Promise<unknown>;
  let id: string;
  beforeAll(async () => {
    sshd = await startSshd();
    folder = await mkdtemp(join(tmpdir(), 'hosts-'));
    const place = { tree: join(folder, 'tree'), verbs: {}, admit: { file: () => ok(undefined), link: () => ok(undefined) } };
    const helper = unwrap(
      await serveHelper(new LocalHost(place), { path: join(sshd.sockets, 'web.sock'), ...sshd.identity }, () => undefined),
    );
    stopHelper = () => new Promise((resolve) => helper.close(resolve));
    app = await startTestApp({ env: { HOSTSEAL_ALLOW_ADDRESSES: `127.0.0.1:${sshd.port}` } });
  });
  afterAll(async () => {
    await app?.close();
    await stopHelper?.();
    await sshd?.stop();
    await rm(folder, { recursive: true });
  });

  const input = (more: object = {}) => ({ input: { name: 'web 1', address: '127.0.0.1', port: sshd.port, user: sshd.user, ...more } });
  const register = (more: object = {}, token = app.adminToken, key = freshKey()) => mutate(app, token, 'registerHost', input(more), key);
  const FIELDS = 'id name address port user pinned { hostKey fingerprint } authorizedKey state stateAt problem { code message remedy }';
  const read = async () => (await app.asAdmin(`query ($id: ID!) { host(id: $id) { ${FIELDS} } }`, { id })).host;
  const offered = () => app.call(app.adminToken, 'query ($id: ID!) { offeredHostKey(hostId: $id) { hostKey fingerprint } }', { id });
  const pin = (hostKey: string) => mutate(app, app.adminToken, 'pinHostKey', { input: { hostId: id, hostKey } });
  const way = async () => app.nest.get(HostAccess).of(id);
  const write = async (content: string) =>
    unwrap(unwrap(await way()).connect('web')).write([{ path: hostPath('key'), content, access: 'OWNER' }]);
  const look = async () => {
    app.clock.advance(minutes(2));
    await app.nest.get(LookAtHostsJob).handle();
    return read();
  };

  it('is the business of administrators, and never root’s', async () => {
    const { token } = await plantMember(app, app.adminToken, 'RESELLER', 'Ann');
    expect(await register({}, token)).toMatchObject({ type: 'NotAllowed', code: 'NOT_ALLOWED' });
    expect(await register({ user: 'root' })).toMatchObject({
      type: 'InvalidInput',
      sub: [{ subject: 'user', message: expect.any(String) }],
    });
    for (const user of ['', 'a b', '-oProxyCommand=x', 'Root', 'a'.repeat(40)])
      expect(codesOf(await register({ user }))).toEqual(['INVALID_INPUT']);
    expect(codesOf(await register({ address: 'web.example', port: 0 }))).toEqual(['NOT_AN_IP_ADDRESS', 'NOT_A_PORT']);
  });

  it('is registered with a key of its own, which stays the same when the call is repeated', async () => {
    const key = freshKey();
    id = idOf(await register({}, app.adminToken, key));
    expect(await register({}, app.adminToken, key)).toMatchObject({ id, replayed: true });
    expect(await register()).toMatchObject({ type: 'Conflict', code: 'NAME_IN_USE', subject: 'address' });
    const host = await read();
    expect(host).toMatchObject({ name: 'web 1', address: '127.0.0.1', port: sshd.port, pinned: null, state: 'UNKNOWN', problem: null });
    expect(host.authorizedKey).toMatch(
      new RegExp(`^restrict,command="/opt/hostseal/bin/hostseal-connect" ssh-ed25519 AAAA[A-Za-z0-9+/]+ hostseal:${id}$`),
    );
    // What the administrator does on the machine.
    sshd.authorize(host.authorizedKey);
  });

  it('is not used before its key is pinned, whatever it offers', async () => {
    expect(await way()).toMatchObject({ problem: { code: 'HOST_NOT_PINNED', facts: { host: id } } });
    expect((await look()).state).toBe('UNKNOWN');
    expect((await offered()).data.offeredHostKey).toEqual({ hostKey: sshd.hostKey, fingerprint: sshFingerprint(sshd.hostKey) });
    expect((await read()).pinned).toBeNull();
    expect(await app.nest.get(HostAccess).of('hos_01kh2a0000000000000000000z')).toMatchObject({ problem: { code: 'NOT_FOUND' } });
  });

  it.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    'ssh-dss AAAAB3NzaC1kc3M=',
    `${ANOTHER_HOST_KEY}\n${ANOTHER_HOST_KEY}`,
    'x'.repeat(100_000),
  ])('takes no %j for a key', async (hostKey) => {
    expect(codesOf(await pin(hostKey.slice(0, 10_000)))).toEqual(['NOT_AN_SSH_KEY']);
  });

  it('is used once its key is pinned, and seen to be reachable', async () => {
    idOf(await pin(`${sshd.hostKey} root@web1\n`));
    expect((await read()).pinned).toEqual({ hostKey: sshd.hostKey, fingerprint: sshFingerprint(sshd.hostKey) });
    unwrap(await write('before'));
    const seen = await look();
    expect(seen).toMatchObject({ state: 'REACHABLE', problem: null });
    expect((await look()).stateAt).toBe(seen.stateAt);
    expect(unwrap(unwrap(await way()).connect('web')).list).toBeDefined();
    expect(unwrap(await way()).connect('../web')).toMatchObject({ problem: { code: 'INVALID_INPUT' } });
  });

  it('that shows another key is refused with both fingerprints until that one is pinned, and nothing there changes', async () => {
    const before = sshd.hostKey;
    const after = await sshd.newHostKey();
    const facts = { pinned: sshFingerprint(before), offered: sshFingerprint(after) };
    expect(await write('after')).toMatchObject({ problem: { code: 'HOST_KEY_CHANGED', facts } });
    const seen = await look();
    expect(seen).toMatchObject({
      state: 'UNREACHABLE',
      problem: { code: 'HOST_KEY_CHANGED', remedy: expect.stringContaining('pinHostKey') },
    });
    for (const print of Object.values(facts)) expect(seen.problem.message).toContain(print);
    const tree = new LocalHost({ tree: join(folder, 'tree'), verbs: {}, admit: { file: () => ok(undefined), link: () => ok(undefined) } });
    expect(unwrap(await tree.read(hostPath('key')))?.revealText()).toBe('before');
    expect((await offered()).data.offeredHostKey.hostKey).toBe(after);
    idOf(await pin(after));
    expect(await read()).toMatchObject({ state: 'UNKNOWN', problem: null });
    unwrap(await write('after'));
    expect((await look()).state).toBe('REACHABLE');
  });

  it('that is down is seen to be so, and asked for its key says why there is none', async () => {
    await sshd.kill();
    expect(await look()).toMatchObject({ state: 'UNREACHABLE', problem: { code: 'SERVER_UNREACHABLE' } });
    const [error] = (await offered()).errors ?? [];
    expect(error).toMatchObject({ extensions: { code: 'SERVER_UNREACHABLE' }, message: expect.stringContaining('refuses the connection') });
    await sshd.start();
    expect((await look()).state).toBe('REACHABLE');
  });

  it('has a private key that is sealed, and nowhere else', async () => {
    const tables = await openTables(app);
    const everything = `${await tables.dump()}${app.log()}`;
    await tables.close();
    expect(everything).toContain(id);
    expect(everything).not.toContain('PRIVATE KEY');
    expect(everything).not.toContain(Buffer.from('openssh-key-v1').toString('base64').slice(0, 16));
  });

  it('is listed', async () => {
    const { hosts } = await app.asAdmin(`{ hosts(first: 5) { nodes { ${FIELDS} } } }`);
    expect(hosts.nodes).toEqual([await read()]);
  });
});
