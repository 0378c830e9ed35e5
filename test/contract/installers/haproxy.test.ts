import { join } from 'node:path';
import { startTestHaproxy } from '../../support/haproxy/haproxy.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

installerContract(
  'haproxy',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const haproxy = await startTestHaproxy(disk && { tree: join(disk.path, 'tree') });
    const places = haproxy.listeners.map(({ address, httpPort, httpsPort }) => ({ address, httpPort, port: httpsPort }));
    return {
      installer: haproxy.installer,
      places: places as unknown as readonly [ServerPlace, ServerPlace],
      crash: async () => {
        await haproxy.kill();
        await haproxy.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await haproxy.stop();
        await disk?.remove();
      },
    };
  },
  { rehearses: false },
);
