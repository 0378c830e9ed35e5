/** A simulated cPanel & WHM server, and our installer for it, by the token of the administrator or of one account. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openApi, readRoots } from '../../../src/adapters/installers/cpanel/api/open-api.js';
import { CpanelInstaller } from '../../../src/adapters/installers/cpanel/cpanel.installer.js';
import { parsePlace } from '../../../src/adapters/installers/cpanel/cpanel-place.js';
import { GenerationBook } from '../../../src/adapters/installers/cpanel/generation-book.js';
import type { Listener } from '../../../src/adapters/installers/installer.js';
import { makeAddressGuard } from '../../../src/adapters/network/dialing/address-guard.js';
import { makeDialer } from '../../../src/adapters/network/dialing/dialer.js';
import { makeResolver } from '../../../src/adapters/network/dialing/resolver.js';
import { makeProber } from '../../../src/adapters/network/probe/prober.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { SystemRandom } from '../../../src/platform/random.js';
import { unwrap } from '../../../src/values/result.js';
import { CpanelServer } from '../../simulators/cpanel/cpanel.js';
import { MemoryMemberState } from '../memory-member-state.js';
import { ip } from '../network.js';
import { makeCa, type TestCa } from '../pki/certificates.js';
import { freePort } from '../suite/free-port.js';

export type TestCpanel = {
  readonly server: CpanelServer;
  readonly ca: TestCa;
  readonly listeners: readonly [Listener, Listener];
  readonly state: MemoryMemberState;
  /** A new one each time, as every call of the platform makes it; `untrusted` knows no root of the API's certificate. */
  installer(as?: 'whm' | 'cpanel' | 'untrusted', book?: GenerationBook): CpanelInstaller;
  readonly tokenFile: string;
  stop(): Promise<void>;
};

/** Of the administrator and of the account `alice`. */
export const TOKENS = { root: 'ROOTTOKEN0123456789', alice: 'ALICETOKEN0123456789' } as const;

export async function startTestCpanel({ settleMs = 10_000, timeoutMs = 10_000 } = {}): Promise<TestCpanel> {
  const ca = await makeCa();
  const [service, own] = [await ca.issue({ names: ['localhost'] }), await ca.selfSign({ names: ['host.cpanel.test'] })];
  const listeners = [
    { address: ip('127.0.0.1'), httpPort: await freePort(), httpsPort: await freePort() },
    { address: ip('127.0.0.2'), httpPort: await freePort('127.0.0.2'), httpsPort: await freePort('127.0.0.2') },
  ] as const;
  const server = new CpanelServer({
    ...{ places: listeners, whmPort: await freePort(), cpanelPort: await freePort() },
    service: { certificate: service.chainPem, key: service.keyPem },
    own: { certificate: own.leafPem, key: own.keyPem },
  });
  server.tokens.push({ service: 'whostmgr', user: 'root', secret: TOKENS.root, expired: false });
  server.tokens.push({ service: 'cpanel', user: 'alice', secret: TOKENS.alice, expired: false });
  await server.start();

  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hostseal-cpanel-'));
  const file = (name: string) => path.join(folder, name);
  for (const [user, token] of Object.entries(TOKENS)) await fs.writeFile(file(user), `${token}\n`, { mode: 0o600 });
  await fs.writeFile(file('roots.pem'), ca.rootPem);

  const guard = makeAddressGuard([{ address: ip('127.0.0.1') }, { address: ip('127.0.0.2') }]);
  const dialer = makeDialer({ guard, resolver: makeResolver({ servers: [] }) });
  const prober = makeProber({ dialer, clock: new SystemClock(), random: new SystemRandom(), timeoutMs: 5_000 });
  const state = new MemoryMemberState();
  const apis = new Map(
    await Promise.all(
      (['whm', 'cpanel', 'untrusted'] as const).map(async (as) => {
        const api = as === 'cpanel' ? as : 'whm';
        const user = api === 'whm' ? 'root' : 'alice';
        const roots = as === 'untrusted' ? {} : { rootsFile: file('roots.pem') };
        const place = unwrap(parsePlace({ url: server.url[api], api, user, tokenFile: file(user), ...roots }));
        return [as, openApi(place, { dialer, roots: unwrap(await readRoots(place)), timeoutMs })] as const;
      }),
    ),
  );
  return {
    ...{ server, ca, listeners, state, tokenFile: file('root') },
    installer: (as = 'whm', book = new GenerationBook(state)) =>
      new CpanelInstaller({
        ...{ serverName: 'cpanel-of-test', api: apis.get(as)!, book, listeners, prober, settleMs },
        clock: new SystemClock(),
      }),
    stop: async () => {
      await server.stop();
      await fs.rm(folder, { recursive: true });
    },
  };
}
