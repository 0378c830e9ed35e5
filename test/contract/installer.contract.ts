/**
 * What every installer has to keep, whatever its server: the rules in adapters/installers/installer.ts, seen from outside by
 * handshakes of an independent client. Powers that a member lacks are named in its run and left out.
 */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, DesiredBinding } from '../../src/adapters/installers/installer.js';
import type { CertificateName, Hostname } from '../../src/values/hostname.js';
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import { makeCa, type TestCa, type TestCertificate } from '../support/pki/certificates.js';
import { handshake, secureConnection } from '../support/tls/handshake.js';
import { plain, sorted, statusOn } from './installer-talk.js';
import type { InstallerFixture, InstallerTraits, Lack } from './installer-traits.js';

export type { InstallerFixture, ServerPlace } from './installer-traits.js';

/** Not skipped where it does not apply, but not there. */
const itWhere = (applies: boolean) => (applies ? it : Object.assign(() => undefined, { each: () => () => undefined })) as typeof it;

export function installerContract(
  member: string,
  start: () => Promise<InstallerFixture>,
  { rehearses, lacks = {}, mail }: InstallerTraits,
): void {
  /** Skipped by name where the server cannot do it. */
  const itUnless = (lack: Lack) => {
    const why = lacks[lack];
    const skipped = (title: string) => it(title, (context) => context.skip(why));
    return (why === undefined ? it : skipped) as typeof it;
  };
  describe(`Installer contract: ${member}`, () => {
    let fixture: InstallerFixture;
    let ca: TestCa;
    let fence = 1;

    beforeAll(async () => {
      fixture = await start();
      ca = await makeCa();
    });
    afterAll(() => fixture.stop());

    const here = () => fixture.places[0];
    const elsewhere = () => fixture.places[1];
    const binding = (name: string, certificates: readonly TestCertificate[], place = here()): DesiredBinding => ({
      key: { address: place.address, port: place.port, name: name as CertificateName },
      certificates: certificates.map(({ fingerprint, chainPem, keyPem }) => ({ fingerprint, chain: chainPem, key: Secret.of(keyPem) })),
      route: 'NONE',
    });
    const stage = async (put: readonly DesiredBinding[], remove: Change['remove'] = []) =>
      unwrap(await fixture.installer.stage({ put, remove }, fence));
    const install = async (put: readonly DesiredBinding[], remove: Change['remove'] = []) => {
      const generation = await stage(put, remove);
      unwrap(await fixture.installer.test(generation));
      unwrap(await fixture.installer.apply(generation, fence));
      return generation;
    };
    const shown = async (name: string | undefined, place = here()) => (await handshake(place, name)).fingerprint;
    const generationNow = async () => unwrap(await fixture.installer.inventory()).generation;

    it('says what it is', async () => {
      const capabilities = unwrap(await fixture.installer.capabilities());
      expect([capabilities.software, capabilities.version]).not.toContain('');
    });

    itUnless('TELLS_TLS_LIBRARY')('says which TLS library it stands on', async () => {
      expect(unwrap(await fixture.installer.capabilities()).tlsLibrary).toMatch(/\d/);
    });

    it('staging and testing change nothing that is served', async () => {
      const [old, fresh] = [await ca.issue({ names: ['stage.example'] }), await ca.issue({ names: ['stage.example'] })];
      const before = await install([binding('stage.example', [old])]);
      const generation = await stage([binding('stage.example', [fresh])]);
      unwrap(await fixture.installer.test(generation));
      expect(generation).toBe(before + 1);
      expect(await shown('stage.example')).toBe(old.fingerprint);
      expect(await generationNow()).toBe(before);
    });

    itWhere(rehearses)('a rehearsal shows the staged certificate on a unix socket while strangers see the old one', async () => {
      const [old, fresh] = [await ca.issue({ names: ['rehearse.example'] }), await ca.issue({ names: ['rehearse.example'] })];
      await install([binding('rehearse.example', [old])]);
      const generation = await stage([binding('rehearse.example', [fresh])]);
      const { socketPath } = unwrap(await fixture.installer.rehearse!(generation));
      expect((await handshake(socketPath, 'rehearse.example')).fingerprint).toBe(fresh.fingerprint);
      expect(await shown('rehearse.example')).toBe(old.fingerprint);
      expect(await fixture.installer.rehearse!(generation + 1)).toMatchObject({ problem: { code: 'GENERATION_UNKNOWN' } });
    });

    /** Old, new and old again, while others look on: they see the one or the other, and nothing else. */
    const switchThereAndBack = async (old: TestCertificate, fresh: TestCertificate) => {
      const seen = new Set<string>();
      let going = true;
      const watchers = Array.from({ length: 4 }, async () => {
        while (going) seen.add(await shown('switch.example'));
      });
      const generation = await install([binding('switch.example', [fresh])]);
      const afterApply = await shown('switch.example');
      unwrap(await fixture.installer.undo(generation, fence));
      const afterUndo = await shown('switch.example');
      going = false;
      await Promise.all(watchers);
      expect([...seen].sort()).toEqual([old.fingerprint, fresh.fingerprint].sort());
      expect([afterApply, afterUndo]).toEqual([fresh.fingerprint, old.fingerprint]);
    };

    itWhere(!mail)('applying switches while handshakes go on without one failure, and no request is cut', async () => {
      const [old, fresh] = [await ca.issue({ names: ['switch.example'] }), await ca.issue({ names: ['switch.example'] })];
      await install([binding('switch.example', [old])]);
      const [open, idle] = await Promise.all([1, 2].map(() => secureConnection(here(), 'switch.example', { ALPNProtocols: ['http/1.1'] })));
      expect(await statusOn(open!, 'switch.example')).toBe(404);
      expect(await statusOn(idle!, 'switch.example')).toBe(404);
      const underWay = statusOn(open!, 'switch.example', async (rest) => {
        await switchThereAndBack(old, fresh);
        rest();
      });
      expect(await underWay).toBe(404);
      // A server that reloads may end connections that nobody uses; clients open new ones (RFC 9112 9.5).
      const { changesWithoutReload } = unwrap(await fixture.installer.capabilities());
      if (changesWithoutReload) expect(await statusOn(idle!, 'switch.example')).toBe(404);
      [open!, idle!].forEach((socket) => socket.destroy());
    });

    itWhere(mail !== undefined)('applying switches while handshakes go on without one failure, and no session is cut', async () => {
      const [old, fresh] = [await ca.issue({ names: ['switch.example'] }), await ca.issue({ names: ['switch.example'] })];
      await install([binding('switch.example', [old])]);
      const session = await secureConnection(here(), 'switch.example');
      session.on('data', () => undefined);
      await switchThereAndBack(old, fresh);
      const answered = once(session, 'data');
      session.write(`${mail!.noop}\r\n`);
      expect(String((await answered)[0])).toMatch(/OK|250/i);
      session.destroy();
    });

    it('undo brings back what was changed, what was added and what was removed', async () => {
      const [kept, gone, added] = await Promise.all(
        ['kept.example', 'gone.example', 'added.example'].map((name) => ca.issue({ names: [name] })),
      );
      await install([binding('kept.example', [kept!]), binding('gone.example', [gone!])]);
      const before = unwrap(await fixture.installer.inventory());
      const [other, removed] = [await ca.issue({ names: ['kept.example'] }), binding('gone.example', []).key];
      const generation = await install([binding('kept.example', [other]), binding('added.example', [added!])], [removed]);
      const some = unwrap(await fixture.installer.inventory([binding('kept.example', []).key, binding('nowhere.example', []).key]));
      expect(some.bindings.flatMap(({ key, fingerprints }) => (/^(kept|nowhere)[.]example$/.test(key.name) ? fingerprints : []))).toEqual([
        other.fingerprint,
      ]);
      expect(await shown('kept.example')).toBe(other.fingerprint);
      expect(await shown('added.example')).toBe(added!.fingerprint);
      expect(await shown('gone.example')).not.toBe(gone!.fingerprint);
      unwrap(await fixture.installer.undo(generation, fence));
      expect(await shown('kept.example')).toBe(kept!.fingerprint);
      expect(await shown('gone.example')).toBe(gone!.fingerprint);
      expect(await shown('added.example')).not.toBe(added!.fingerprint);
      expect(sorted(unwrap(await fixture.installer.inventory()))).toEqual(sorted(before));
    });

    it('every call may come twice', async () => {
      const certificate = await ca.issue({ names: ['twice.example'] });
      const first = await stage([binding('twice.example', [certificate])]);
      expect(await stage([binding('twice.example', [certificate])])).toBe(first);
      unwrap(await fixture.installer.test(first));
      unwrap(await fixture.installer.test(first));
      unwrap(await fixture.installer.apply(first, fence));
      unwrap(await fixture.installer.apply(first, fence));
      expect(await shown('twice.example')).toBe(certificate.fingerprint);
      unwrap(await fixture.installer.undo(first, fence));
      unwrap(await fixture.installer.undo(first, fence));
      expect(await shown('twice.example')).not.toBe(certificate.fingerprint);
      unwrap(await fixture.installer.prune(fence));
      unwrap(await fixture.installer.prune(fence));
    });

    it('where nobody has laid hands on it, nothing is found', async () => {
      const certificate = await ca.issue({ names: ['twice.example'] });
      await install([binding('twice.example', [certificate])]);
      const { installer } = fixture;
      expect(installer.drift ? unwrap(await installer.drift()) : []).toEqual([]);
    });

    it('a staged generation can be taken back, and is then unknown', async () => {
      const before = await generationNow();
      const generation = await stage([binding('back.example', [await ca.issue({ names: ['back.example'] })])]);
      unwrap(await fixture.installer.undo(generation, fence));
      expect(await fixture.installer.apply(generation, fence)).toMatchObject({ problem: { code: 'GENERATION_UNKNOWN' } });
      expect(await generationNow()).toBe(before);
    });

    it('only the successor of the current generation can be applied, and only what was kept undone', async () => {
      const current = await generationNow();
      for (const refused of [
        await fixture.installer.apply(current + 1, fence),
        await fixture.installer.apply(current + 2, fence),
        await fixture.installer.apply(current - 1, fence),
        await fixture.installer.undo(current + 2, fence),
        await fixture.installer.undo(current - 1, fence),
        await fixture.installer.test(current + 1),
      ]) {
        expect(refused).toMatchObject({ problem: { code: 'GENERATION_UNKNOWN' } });
      }
      expect(await generationNow()).toBe(current);
    });

    it('after pruning the current generation can still be undone', async () => {
      const [old, fresh] = [await ca.issue({ names: ['prune.example'] }), await ca.issue({ names: ['prune.example'] })];
      await install([binding('prune.example', [old])]);
      const generation = await install([binding('prune.example', [fresh])]);
      unwrap(await fixture.installer.prune(fence));
      unwrap(await fixture.installer.undo(generation, fence));
      await fixture.crash();
      expect(await shown('prune.example')).toBe(old.fingerprint);
    });

    it('the late write of a replaced worker is refused for good, also after a crash', async () => {
      const certificate = await ca.issue({ names: ['fence.example'] });
      const late = fence;
      fence += 10;
      const generation = await install([binding('fence.example', [certificate])]);
      const refusals = async () => [
        await fixture.installer.stage({ put: [], remove: [binding('fence.example', []).key] }, late),
        await fixture.installer.apply(generation, late),
        await fixture.installer.undo(generation, late),
        await fixture.installer.prune(late),
      ];
      for (const refused of await refusals()) expect(refused).toMatchObject({ problem: { code: 'STALE_FENCE', facts: { fence: late } } });
      await fixture.crash();
      for (const refused of await refusals()) expect(refused).toMatchObject({ problem: { code: 'STALE_FENCE' } });
      expect(await shown('fence.example')).toBe(certificate.fingerprint);
    });

    it.each([
      [
        'a key of another certificate',
        async () => ({ ...(await ca.issue({ names: ['bad.example'] })), keyPem: (await ca.issue({ names: ['bad.example'] })).keyPem }),
      ],
      ['an expired certificate', () => ca.issue({ names: ['bad.example'], notBefore: new Date(0), notAfter: new Date(86_400_000) })],
      ['a certificate for other names', () => ca.issue({ names: ['other.example'] })],
      ['a chain that is no PEM', async () => ({ ...(await ca.issue({ names: ['bad.example'] })), chainPem: 'nothing' })],
      ['a key that is no PEM', async () => ({ ...(await ca.issue({ names: ['bad.example'] })), keyPem: 'nothing' })],
      [
        'a fingerprint of another certificate',
        async () => ({ ...(await ca.issue({ names: ['bad.example'] })), fingerprint: 'a'.repeat(64) }),
      ],
    ])('its own test refuses %s, and nothing that is served changes', async (_, make) => {
      const certificate = await make();
      const before = unwrap(await fixture.installer.inventory());
      const generation = await stage([binding('bad.example', [certificate])]);
      expect(await fixture.installer.test(generation)).toMatchObject({ problem: { code: 'SERVER_CONFIG_REFUSED' } });
      unwrap(await fixture.installer.undo(generation, fence));
      expect(unwrap(await fixture.installer.inventory())).toEqual(before);
    });

    it('a crash between staging and applying loses neither what is served nor what is staged', async () => {
      const [old, fresh] = [await ca.issue({ names: ['crash.example'] }), await ca.issue({ names: ['crash.example'] })];
      await install([binding('crash.example', [old])]);
      const generation = await stage([binding('crash.example', [fresh])]);
      await fixture.crash();
      expect(await shown('crash.example')).toBe(old.fingerprint);
      unwrap(await fixture.installer.apply(generation, fence));
      await fixture.crash();
      expect(await shown('crash.example')).toBe(fresh.fingerprint);
      unwrap(await fixture.installer.undo(generation, fence));
      await fixture.crash();
      expect(await shown('crash.example')).toBe(old.fingerprint);
    });

    itUnless('STAGES_ON_ITS_DISK')('on a full disk staging is refused without a trace, and an undo still works', async (context) => {
      if (!fixture.fillDisk) return context.skip('a small file system of its own cannot be mounted here');
      const [old, fresh] = [await ca.issue({ names: ['full.example'] }), await ca.issue({ names: ['full.example'] })];
      await install([binding('full.example', [old])]);
      const generation = await install([binding('full.example', [fresh])]);
      const makeRoom = await fixture.fillDisk();
      const another = await ca.issue({ names: ['full.example'] });
      fence += 1;
      const refused = await fixture.installer.stage({ put: [binding('full.example', [another])], remove: [] }, fence);
      expect(refused).toMatchObject({ problem: { code: 'SERVER_DISK_FULL' } });
      expect(await fixture.installer.apply(generation + 1, fence)).toMatchObject({ problem: { code: 'GENERATION_UNKNOWN' } });
      expect(await shown('full.example')).toBe(fresh.fingerprint);
      unwrap(await fixture.installer.undo(generation, fence));
      expect(await shown('full.example')).toBe(old.fingerprint);
      await makeRoom();
      await fixture.crash();
      expect(await shown('full.example')).toBe(old.fingerprint);
      await install([binding('full.example', [another])]);
      expect(await shown('full.example')).toBe(another.fingerprint);
    });

    itWhere(!mail)('a name bound at one address does not answer at another', async () => {
      const certificate = await ca.issue({ names: ['address.example'] });
      await install([binding('address.example', [certificate])]);
      expect(await shown('address.example', here())).toBe(certificate.fingerprint);
      expect(await shown('address.example', elsewhere())).not.toBe(certificate.fingerprint);
    });

    it('exact names come before wildcards, whatever their case', async () => {
      const [exact, wild] = [await ca.issue({ names: ['www.names.example'] }), await ca.issue({ names: ['*.names.example'] })];
      await install([binding('www.names.example', [exact]), binding('*.names.example', [wild])]);
      expect(await shown('www.names.example')).toBe(exact.fingerprint);
      expect(await shown('WWW.Names.EXAMPLE')).toBe(exact.fingerprint);
      expect(await shown('mail.names.example')).toBe(wild.fingerprint);
    });

    itUnless('NEUTRAL_TO_STRANGERS')('a wildcard stands for one label, and strangers see no tenant', async () => {
      await install([binding('*.names.example', [await ca.issue({ names: ['*.names.example'] })])]);
      const tenants = new Set(unwrap(await fixture.installer.inventory()).bindings.flatMap(({ fingerprints }) => fingerprints));
      const deep = mail?.wildcardsOfOneLabel === false ? [] : ['a.b.names.example'];
      for (const name of [...deep, 'names.example', 'unknown.example', undefined]) expect(tenants).not.toContain(await shown(name));
    });

    itUnless('CERTIFICATE_PAIR')('an RSA and an ECDSA certificate answer side by side, each to who can use it', async () => {
      const rsa = await ca.issue({ names: ['pair.example'], algorithm: 'RSA' });
      const ecdsa = await ca.issue({ names: ['pair.example'] });
      await install([binding('pair.example', [rsa, ecdsa])]);
      const seen = async (sigalgs: string) => (await handshake(here(), 'pair.example', { sigalgs })).fingerprint;
      // Both: whoever takes RSA has to (RFC 8446 9.1), and HAProxy knows it by the second.
      expect(await seen('rsa_pss_rsae_sha256:rsa_pkcs1_sha256')).toBe(rsa.fingerprint);
      expect(await seen('ecdsa_secp256r1_sha256')).toBe(ecdsa.fingerprint);
      const inventory = unwrap(await fixture.installer.inventory()).bindings.find(({ key }) => key.name === 'pair.example');
      expect([...(inventory?.fingerprints ?? [])].sort()).toEqual([rsa.fingerprint, ecdsa.fingerprint].sort());
    });

    it('the same leaf with a repaired chain is another thing to serve', async () => {
      const whole = await ca.issue({ names: ['chain.example'] });
      await install([binding('chain.example', [{ ...whole, chainPem: whole.leafPem }])]);
      expect((await handshake(here(), 'chain.example')).chainLength).toBe(1);
      const generation = await stage([binding('chain.example', [whole])]);
      expect((await handshake(here(), 'chain.example')).chainLength).toBe(1);
      unwrap(await fixture.installer.apply(generation, fence));
      expect((await handshake(here(), 'chain.example')).chainLength).toBe(2);
    });

    it('an unknown binding is removed in peace, and a binding named twice in a change is refused', async () => {
      const certificate = await ca.issue({ names: ['double.example'] });
      await install([], [binding('never.example', []).key]);
      const twice = { put: [binding('double.example', [certificate]), binding('double.example', [certificate])], remove: [] };
      expect(await fixture.installer.stage(twice, fence)).toMatchObject({ problem: { code: 'DUPLICATE' } });
    });

    itWhere(mail !== undefined)(
      'a name has one certificate at all addresses and ports, and another one at one of them is refused',
      async () => {
        const [one, other] = [await ca.issue({ names: ['address.example'] }), await ca.issue({ names: ['address.example'] })];
        await install([binding('address.example', [one]), binding('address.example', [one], elsewhere())]);
        expect([await shown('address.example', here()), await shown('address.example', elsewhere())]).toEqual([
          one.fingerprint,
          one.fingerprint,
        ]);
        const differs = { put: [binding('address.example', [other], elsewhere())], remove: [] };
        const detail = expect.stringContaining(`${elsewhere().address}:${elsewhere().port} address.example`) as string;
        expect(await fixture.installer.stage(differs, fence)).toMatchObject({ problem: { code: 'INVALID_INPUT', facts: { detail } } });
        await install([binding('address.example', [other]), binding('address.example', [other], elsewhere())]);
        expect([await shown('address.example', here()), await shown('address.example', elsewhere())]).toEqual([
          other.fingerprint,
          other.fingerprint,
        ]);
      },
    );

    itWhere(mail !== undefined)('it shows no files to CAs, and says so', async () => {
      const shownFile = await fixture.installer.presentChallenge('a.example' as Hostname, '/.well-known/acme-challenge/token', 'body');
      expect(shownFile).toMatchObject({ problem: { code: 'SERVER_REFUSED' } });
    });

    itWhere(!mail).each(['acme-challenge', 'pki-validation'])(
      'files of %s answer over HTTP for their name alone, octet for octet, until they are removed',
      async (kind) => {
        const name = 'challenge.example' as Hostname;
        const path = `/.well-known/${kind}/dG9rZW4-_x`;
        const body = 'dG9rZW4-_x.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
        unwrap(await fixture.installer.presentChallenge(name, path, body));
        unwrap(await fixture.installer.presentChallenge(name, path, body));
        const fetched = await plain(here(), path, 'Challenge.Example:80');
        expect(fetched).toMatchObject({ status: 200, body });
        expect((await plain(here(), path, 'other.example')).body).not.toBe(body);
        await fixture.crash();
        expect((await plain(here(), path, name)).body).toBe(body);
        unwrap(await fixture.installer.removeChallenge(name, path));
        unwrap(await fixture.installer.removeChallenge(name, path));
        expect((await plain(here(), path, name)).status).toBe(404);
      },
    );

    (mail ? itWhere(false) : itUnless('CHALLENGES_AT_EVERY_ADDRESS'))('files of CAs answer at every address of the server', async () => {
      const [name, path] = ['challenge.example' as Hostname, '/.well-known/acme-challenge/ZWxzZXdoZXJl'];
      unwrap(await fixture.installer.presentChallenge(name, path, 'there'));
      expect((await plain(elsewhere(), path, name)).body).toBe('there');
      unwrap(await fixture.installer.removeChallenge(name, path));
    });
  });
}
