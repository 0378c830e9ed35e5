import { describe, expect } from 'vitest';
import { startTestCpanel } from '../../support/cpanel/cpanel.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

/** What the contract has websites for; cPanel installs for nothing else. */
const DOMAINS = ['stage', 'switch', 'kept', 'gone', 'added', 'twice', 'back', 'prune', 'fence', 'bad', 'crash', 'address']
  .concat(['pair', 'chain', 'double', 'challenge'])
  .map((label) => `${label}.example`);
const LACKS = {
  CERTIFICATE_PAIR: 'cPanel keeps one certificate for a website',
  CHALLENGES_AT_EVERY_ADDRESS: 'a website answers at its own address',
  NEUTRAL_TO_STRANGERS: 'its Apache shows strangers the first website of an address, and wildcards stand for any number of labels',
  STAGES_ON_ITS_DISK: 'nothing is laid down on the server before it is installed',
  TELLS_TLS_LIBRARY: 'no call of its API tells',
};

/** By the token of the administrator, each domain an account; and by the token of one account that has them all. */
describe.each(['whm', 'cpanel'] as const)('by the API of %s', (api) => {
  installerContract(
    `cpanel (${api})`,
    async (): Promise<InstallerFixture> => {
      const cpanel = await startTestCpanel();
      const { hosting } = cpanel.server;
      if (api === 'cpanel') hosting.addAccount('alice', 'alice.example', '127.0.0.1');
      DOMAINS.forEach((domain, i) => {
        if (api === 'cpanel') hosting.addSubdomain('alice', domain);
        else hosting.addAccount(`user${i}`, domain, '127.0.0.1');
      });
      if (api === 'whm') hosting.addAccount('names', 'of-names.example', '127.0.0.1');
      for (const domain of ['www.names.example', '*.names.example']) hosting.addSubdomain(api === 'cpanel' ? 'alice' : 'names', domain);
      const places = cpanel.listeners.map(({ address, httpPort, httpsPort }) => ({ address, httpPort, port: httpsPort }));
      return {
        installer: cpanel.installer(api),
        places: places as unknown as readonly [ServerPlace, ServerPlace],
        crash: async () => {
          await cpanel.server.stop();
          await cpanel.server.start();
        },
        fillDisk: undefined,
        stop: async () => {
          await cpanel.stop();
          expect(cpanel.server.violations).toEqual([]);
        },
      };
    },
    { rehearses: false, lacks: LACKS },
  );
});
