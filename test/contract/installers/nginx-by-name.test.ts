/** nginx that looks a certificate up by the name of each handshake, against the same contract; and what is its own. */
import { join } from 'node:path';
import { startTestNginx } from '../../support/nginx/nginx.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

installerContract(
  'nginx, by name',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const nginx = await startTestNginx({ ...(disk && { tree: join(disk.path, 'tree') }), serving: 'BY_NAME' });
    const places = nginx.listeners.map(({ address, httpPort, httpsPort }) => ({ address, httpPort, port: httpsPort }));
    return {
      installer: nginx.installer,
      places: places as unknown as readonly [ServerPlace, ServerPlace],
      crash: async () => {
        await nginx.kill();
        await nginx.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await nginx.stop();
        await disk?.remove();
      },
    };
  },
  { rehearses: false },
);
