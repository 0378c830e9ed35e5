/** Makes the folders of a home, and makes sure that they are nobody else's. */
import fs from 'node:fs';
import path from 'node:path';
import { problem } from '../../values/problems/problem.js';
import type { Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { ACME, INSTANCE_ID_FILE, readInstanceId, type HomeLayout } from './home-layout.js';

/**
 * The instance's id; at the first start the home and its id are made. Two first starts at once get the same one.
 * HOME_UNUSABLE where the folder holds somebody else's files: HOSTSEAL_HOME=/etc is a slip, and must not change /etc.
 */
export function openInstance(home: string, random: Random): Result<string> {
  try {
    // In two steps: `mode` of a recursive one goes to every new parent, which others may have to walk through.
    fs.mkdirSync(path.dirname(home), { recursive: true });
    if (!fs.existsSync(home)) fs.mkdirSync(home, { mode: 0o700 });
    const known = readInstanceId(home);
    if (known !== undefined) return ok(known);
    const others = fs.readdirSync(home).filter((name) => name !== ACME && !name.startsWith(INSTANCE_ID_FILE));
    if (others.length > 0) return unusable(home, `it holds "${others[0]}", and no ${INSTANCE_ID_FILE} of Hostseal's`);
    return ok(createInstanceId(home, Buffer.from(random.bytes(16)).toString('hex')));
  } catch (error) {
    return unusable(home, (error as Error).message);
  }
}

/** Written whole under another name, then linked: the first link wins, and no reader sees half a file. */
function createInstanceId(home: string, fresh: string): string {
  const file = path.join(home, INSTANCE_ID_FILE);
  const draft = `${file}.${fresh}`;
  fs.writeFileSync(draft, `${fresh}\n`, { mode: 0o600, flush: true });
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.unlinkSync(draft);
  }
  return readInstanceId(home) ?? fresh;
}

/** Every folder of the layout, mode 0700. HOME_UNUSABLE where one is another user's: in /tmp a stranger could have made it first. */
export function makeFolders(layout: HomeLayout): Result<void> {
  for (const dir of [layout.home, layout.logs, layout.edge, layout.run]) {
    try {
      if (!fs.existsSync(dir)) fs.mkdirSync(dir, { mode: 0o700 });
      const found = fs.lstatSync(dir); // not stat: a link leads to a folder of the stranger's choice
      if (!found.isDirectory() || found.uid !== process.geteuid?.()) return unusable(dir, 'it belongs to another user');
      fs.chmodSync(dir, 0o700);
    } catch (error) {
      return unusable(dir, (error as Error).message);
    }
  }
  return ok(undefined);
}

const unusable = (folder: string, detail: string) => err(problem('HOME_UNUSABLE', { folder, detail }));
