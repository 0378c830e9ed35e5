/** A file system of a few megabytes that can be filled to the last byte. It takes root on Linux with the right to mount. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type SmallDisk = {
  readonly path: string;
  /** Leaves no room until the returned function is called. */
  fill(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
};

/** Undefined where it cannot be had here. */
export async function smallDisk(): Promise<SmallDisk | undefined> {
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
      // Lazily: a process that was killed may hold it for another moment.
      execFileSync('umount', ['--lazy', path]);
      await remove();
    },
  };
}
