import { join } from 'node:path';
import { startTestApache } from '../../support/apache/apache.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

installerContract(
  'apache',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const apache = await startTestApache(disk && { tree: join(disk.path, 'tree') });
    const places = apache.listeners.map(({ address, httpPort, httpsPort }) => ({ address, httpPort, port: httpsPort }));
    return {
      installer: apache.installer,
      places: places as unknown as readonly [ServerPlace, ServerPlace],
      crash: async () => {
        await apache.kill();
        await apache.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await apache.stop();
        await disk?.remove();
      },
    };
  },
  { rehearses: false },
);
