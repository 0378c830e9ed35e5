/** A CA that is down, slow, forgetful, wrong or dead: the order ends with its cause or goes on, and there is one order at the CA. */
import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import type { Issuer, IssuerView } from '../../src/adapters/issuers/issuer.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { days, minutes, seconds } from '../../src/values/instant.js';
import { problem } from '../../src/values/problems/problem.js';
import { err, ok, type Result } from '../../src/values/result.js';
import { caRegister } from '../support/acme/ca-register.js';
import { makeCa, type TestCa, type TestRequest } from '../support/pki/certificates.js';
import { rows } from '../support/database.js';
import { tellTheTruth } from '../support/lying.js';
import { createSite, orderIs, placeOrder, seeOrder } from '../support/story.js';
import { UnreliableWorld } from '../support/unreliable-world.js';
import { waitFor } from '../support/suite/wait-for.js';

let world: UnreliableWorld;
let stories = 0;
beforeAll(async () => {
  world = await UnreliableWorld.start();
});
afterAll(() => world?.stop());
afterEach(() => {
  tellTheTruth(world.issuer);
  tellTheTruth(world.installer);
});

const unreachable = async () => err(problem('ISSUER_UNREACHABLE', { issuer: 'local-ca', detail: 'down' }));
const newName = () => `ca${++stories}.localhost`;

/** Private keys in the vault. */
const keysKept = async () =>
  Number((await rows(world.app.database.url, `SELECT count(*) AS n FROM vault_items WHERE kind = 'CERTIFICATE_KEY'`))[0]!['n']);

/** An order for a new site. */
async function begin(): Promise<{ name: string; id: string }> {
  const name = newName();
  return { name, id: await placeOrder(world.ask, await createSite(world.ask, name)) };
}

async function isOneOrderAtCa(name: string): Promise<void> {
  const { orders, certificates } = await caRegister(world.app.database.url, name);
  expect([orders.length, certificates.length]).toEqual([1, 1]);
}

/** Time goes by, until the order has what was waited for. */
async function timeGoesByUntil(id: string, state: string) {
  return waitFor(`order to be ${state}`, async () => {
    await world.pass(seconds(5), 'order.sweep');
    const order = await seeOrder(world.ask, id);
    return order.state === state && order;
  });
}

// First: strangers live in the real time, which the stories below leave behind.
describe('a CA that issues what cannot be used', { timeout: 60_000 }, () => {
  let wrong: TestCa;
  let site: Awaited<ReturnType<UnreliableWorld['securedSite']>>;
  beforeAll(async () => {
    wrong = await makeCa('Wrong');
    site = await world.securedSite('kept.localhost');
  });

  /** Answers with a certificate of a root that it also calls its own, for the key that was asked for, but for what `request` changes. */
  const issues = (request: Partial<TestRequest>, pick = (chain: readonly Uint8Array[]) => chain, trusted = true) => {
    let publicKey: Uint8Array | undefined;
    world.issuer.finalize = (real, locator, csr) => {
      publicKey = new Uint8Array(new Pkcs10CertificateRequest(new Uint8Array(csr)).publicKey.rawData);
      return real.finalize(locator, csr);
    };
    world.issuer.download = async () => {
      const { leafDer } = await wrong.issue({ names: [site.name], publicKey, ...request });
      return ok(pick([leafDer, wrong.intermediateDer]));
    };
    if (trusted)
      world.issuer.trustAnchors = async (real) => {
        const roots = await real.trustAnchors();
        return roots.ok ? ok([...roots.value, wrong.rootDer]) : roots;
      };
  };
  const HOUR = 3_600_000;
  const fromNow = (hours: number) => new Date(Date.now() + hours * HOUR);

  it.each([
    { what: 'by another root', code: 'CHAIN_UNTRUSTED', lie: () => issues({}, undefined, false) },
    { what: 'without the intermediate', code: 'CHAIN_MISSING_INTERMEDIATE', lie: () => issues({}, ([leaf]) => [leaf!]) },
    { what: 'for another key', code: 'KEY_MISMATCH', lie: () => issues({ publicKey: undefined }) },
    { what: 'that has expired', code: 'CERTIFICATE_EXPIRED', lie: () => issues({ notBefore: fromNow(-48), notAfter: fromNow(-24) }) },
    { what: 'with a name that no database takes', code: 'LINT_FAILED', lie: () => issues({ names: [site.name, 'nul\0.localhost'] }) },
    { what: 'for other names', code: 'CERTIFICATE_NAME_MISMATCH', lie: () => issues({ names: ['other.localhost' as CertificateName] }) },
  ])('$what fails the order with $code, and what is served stays', async ({ code, lie }) => {
    lie();
    const watch = world.watch(site.name);
    const keys = await keysKept();
    const id = await placeOrder(world.ask, site.id);
    const order = await orderIs(world.ask, id, 'FAILED');
    expect(await keysKept()).toBe(keys); // the one that was made for it is gone with it
    expect(order.problem).toMatchObject({ code: 'ISSUED_UNUSABLE', sub: [{ code }] });
    expect(order.timeline.filter(({ problem: cause }) => cause)).toMatchObject([{ step: 'download', phase: 'FAILED' }]);
    await waitFor('a look afterwards', () => Promise.resolve(watch.handshakes > 0));
    expect(await watch.stop()).toMatchObject({ failures: [], shown: [site.fingerprint] });
  });

  it('once is ordered again with success', async () => {
    const { certificate } = await world.orderFor(site.id);
    await world.isServed(site.name, certificate!.fingerprint);
  });
});

describe('a CA that does not answer', { timeout: 60_000 }, () => {
  it('is asked again, ever more seldom, and the order goes on when it is back', async () => {
    let calls = 0;
    world.issuer.findByReference = (...[,]) => (calls++, unreachable());
    const { name, id } = await begin();
    const waiting = await waitFor('three tries', async () => {
      await world.pass(seconds(5), 'order.sweep');
      const order = await seeOrder(world.ask, id);
      return calls >= 3 && order.problem && order;
    });
    expect(waiting).toMatchObject({ state: 'PLACED', waitingFor: 'HOSTSEAL', problem: { code: 'ISSUER_UNREACHABLE' } });
    tellTheTruth(world.issuer);
    await timeGoesByUntil(id, 'ISSUED');
    await isOneOrderAtCa(name);
  });

  it.each(['place', 'respond', 'finalize', 'download'] as const)(
    'whose answer to %s is lost after it acted has one order all the same',
    async (call) => {
      let lost = 0;
      const loseOnce = async (real: Issuer, ...args: unknown[]): Promise<Result<never>> => {
        await Reflect.apply(real[call], real, args);
        if (lost++ === 0) return unreachable();
        return Reflect.apply(real[call], real, args) as Promise<Result<never>>;
      };
      world.issuer[call] = loseOnce;
      const { name, id } = await begin();
      await timeGoesByUntil(id, 'ISSUED');
      expect(lost).toBeGreaterThan(0);
      await isOneOrderAtCa(name);
    },
  );

  it('and never will (a call that hangs) loses its claim to another worker, which goes on; the late answer changes nothing', async () => {
    let answer: () => void = () => undefined;
    let hanging = false;
    world.issuer.place = async (real, request) => {
      if (hanging) return real.place(request);
      hanging = true;
      await new Promise<void>((resolve) => (answer = resolve));
      return unreachable();
    };
    const { name, id } = await begin();
    await waitFor('the call to hang', () => Promise.resolve(hanging));
    await waitFor('another to go on', async () => {
      await world.pass(minutes(1), 'order.sweep');
      return (await seeOrder(world.ask, id)).state === 'ISSUED';
    });
    answer();
    await orderIs(world.ask, id, 'ISSUED');
    await isOneOrderAtCa(name);
  });
});

describe('a CA whose call never returns', { timeout: 60_000 }, () => {
  it('does not keep the process from stopping', async () => {
    const other = await UnreliableWorld.start();
    let called = false;
    other.issuer.place = () => {
      called = true;
      return new Promise(() => undefined);
    };
    await placeOrder(other.ask, await createSite(other.ask, newName()));
    await waitFor('the call', () => Promise.resolve(called));
    await other.stop();
  });
});

describe('a CA that answers strangely', { timeout: 60_000 }, () => {
  it('twice with the same is understood once', async () => {
    const twice =
      <A extends unknown[]>(ask: (real: Issuer, ...args: A) => Promise<Result<IssuerView>>) =>
      async (real: Issuer, ...args: A) => {
        await ask(real, ...args);
        return ask(real, ...args);
      };
    world.issuer.respond = twice((real, locator: string, challengeId: string) => real.respond(locator, challengeId));
    world.issuer.finalize = twice((real, locator: string, csr: Uint8Array) => real.finalize(locator, csr));
    const { name, id } = await begin();
    await timeGoesByUntil(id, 'ISSUED');
    await isOneOrderAtCa(name);
  });

  it('never with an end fails the order at its deadline', async () => {
    const processing = async (real: Issuer, locator: string): Promise<Result<IssuerView>> => {
      const view = await real.progress(locator);
      return view.ok ? ok({ ...view.value, status: 'processing', challenges: [] }) : view;
    };
    world.issuer.respond = processing;
    world.issuer.progress = processing;
    const { id } = await begin();
    await waitFor('the CA to be waited for', async () => (await seeOrder(world.ask, id)).waitingFor === 'CA');
    await world.pass(days(1), 'order.sweep');
    expect(await orderIs(world.ask, id, 'FAILED')).toMatchObject({ waitingFor: 'NOBODY', problem: { code: 'DEADLINE_PASSED' } });
  });

  it('with a refusal rejects the order, in the words of the CA, and takes the challenge away', async () => {
    const words = 'the moon is in the wrong house';
    world.issuer.respond = async (real, locator) => {
      const view = await real.progress(locator);
      return view.ok
        ? ok({ ...view.value, status: 'invalid', problem: problem('ISSUER_REFUSED', { issuer: 'Local CA', detail: words }) })
        : view;
    };
    const { id } = await begin();
    const order = await orderIs(world.ask, id, 'REJECTED');
    expect(order.problem).toMatchObject({ code: 'ISSUER_REFUSED', message: expect.stringContaining(words) });
    await waitFor('the files to be gone', async () => (await seeOrder(world.ask, id)).timeline.at(-1)?.step === 'cleanUp');
  });

  it('that it cannot find the file waits for the customer, and goes on when the file can be found', async () => {
    world.installer.presentChallenge = async () => ok(undefined);
    const keys = await keysKept();
    const { id, name } = await begin();
    const waiting = await waitFor('us to look in vain', async () => {
      const order = await seeOrder(world.ask, id);
      return order.problem && order;
    });
    expect(waiting).toMatchObject({ state: 'VALIDATING', waitingFor: 'CUSTOMER', problem: { code: 'CHALLENGE_FILE_NOT_SEEN' } });
    const refused = await waitFor('the CA to look in vain', async () => {
      await world.pass(seconds(30), 'order.sweep');
      const order = await seeOrder(world.ask, id);
      return order.problem?.code === 'VALIDATION_FAILED' && order;
    });
    expect(refused).toMatchObject({ state: 'VALIDATING', waitingFor: 'CUSTOMER' });
    const looks = refused.timeline.filter(({ step, phase }) => step === 'check' && phase !== 'INTENT');
    expect(looks.map(({ phase, because }) => [phase, because.split('; ').at(-1)])).toEqual([
      ['FAILED', 'looked for again in 5 seconds, before the CA is told'],
      ['FAILED', 'looked for again in 15 seconds, before the CA is told'],
      ['FAILED', 'looked for again in 30 seconds, before the CA is told'],
      ['FAILED', 'the CA is told all the same'],
    ]);
    expect(looks[0]?.because).toMatch(
      new RegExp(`^${name} does not show us the file .* at 127\\.0\\.0\\.1, http://${name}:\\d+/.* status 404`),
    );
    expect(await keysKept()).toBe(keys); // none before the names are shown
    tellTheTruth(world.installer);
    await timeGoesByUntil(id, 'ISSUED');
    await isOneOrderAtCa(name);
    expect(await keysKept()).toBe(keys + 1);
  });

  it('is told of all names before it is asked what it saw of any', async () => {
    const calls: string[] = [];
    world.issuer.respond = (real, locator, id) => (calls.push('respond'), real.respond(locator, id));
    world.issuer.progress = (real, locator) => (calls.push('progress'), real.progress(locator));
    const names = Array.from({ length: 20 }, newName);
    await orderIs(world.ask, await placeOrder(world.ask, await createSite(world.ask, names)), 'ISSUED');
    expect(calls.slice(0, 22)).toEqual(['progress', ...names.map(() => 'respond'), 'progress']);
  });
});

describe('a server that has no room for challenge files', { timeout: 60_000 }, () => {
  it('keeps the order waiting, and it goes on when there is room', async () => {
    world.installer.presentChallenge = async () => err(problem('CHALLENGE_LIMIT_REACHED', { limit: 10_000 }));
    const { id } = await begin();
    const waiting = await waitFor('the order to be told', async () => {
      const order = await seeOrder(world.ask, id);
      return order.problem && order;
    });
    expect(waiting).toMatchObject({ state: 'VALIDATING', waitingFor: 'HOSTSEAL', problem: { code: 'CHALLENGE_LIMIT_REACHED' } });
    tellTheTruth(world.installer);
    await timeGoesByUntil(id, 'ISSUED');
  });
});
