import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestEdge } from '../../support/edge.js';
import { installerContract, type InstallerFixture, type ServerPlace } from '../installer.contract.js';

installerContract('embedded-edge', async (): Promise<InstallerFixture> => {
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
});

/** A file system of a few megabytes, which takes root on Linux with the right to mount; undefined elsewhere. */
async function smallDisk() {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const remove = () => rm(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    await remove();
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: async () => {
      const file = await open(ballast, 'w');
      for (const size of [65_536, 4096, 1])
        while (
          await file.write(Buffer.alloc(size)).then(
            ({ bytesWritten }) => bytesWritten,
            () => 0,
          )
        );
      await file.close();
      return () => rm(ballast);
    },
    remove: async () => {
      execFileSync('umount', [path]);
      await remove();
    },
  };
}
