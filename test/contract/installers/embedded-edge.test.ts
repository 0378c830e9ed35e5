import { join } from 'node:path';
import { startTestEdge } from '../../support/edge.js';
import { smallDisk } from '../../support/suite/small-disk.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

installerContract(
  'embedded-edge',
  async (): Promise<InstallerFixture> => {
    const disk = await smallDisk();
    const edge = await startTestEdge({ home: disk && join(disk.path, 'edge') });
    const places = edge.listeners.map(({ address, httpPort, httpsPort }) => ({ address, httpPort, port: httpsPort }));
    return {
      installer: edge.installer,
      places: places as unknown as readonly [ServerPlace, ServerPlace],
      crash: async () => {
        await edge.kill();
        await edge.start();
      },
      fillDisk: disk?.fill,
      stop: async () => {
        await edge.stop();
        await disk?.remove();
      },
    };
  },
  { rehearses: true },
);
