/**
 * This machine, with the rights of this process. Used directly where they are enough, and inside the helper (helper-server.ts) where
 * the service has fewer than the server needs.
 *
 *     <tree>/.lock       one writer at a time, over all processes
 *     <tree>/.incoming/  what is being written; cleared by the next writer
 *     <tree>/.fence      a link whose text is the highest fencing token seen
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { Secret } from '../../../values/secret.js';
import { hostPath, parseHostPath, type HostPath } from '../host-path.js';
import { MAX_FILE_BYTES, type Admit, type Host, type HostFile, type HostLink, type Verbs } from '../host.js';
import { diskProblem } from '../../disk-problem.js';
import { clearFolder, moveLink, replaceLink, syncDirectory, writeSynced } from './durable-write.js';
import { withTreeLock } from './tree-lock.js';
import { changedByHand, makeWayTo, TREE_FOLDER_MODE, walkTo } from './tree-walk.js';

type LocalHostOptions = {
  /** Absolute; its parent is there. Made with the first write. */
  readonly tree: string;
  readonly verbs: Verbs;
  readonly admit: Admit;
  /** The group that the server's workers run with, as a number. Asked where a file is for them. */
  readonly workersGroup?: () => Promise<Result<number>>;
};

export class LocalHost implements Host {
  constructor(private readonly options: LocalHostOptions) {}

  read(path: HostPath): Promise<Result<Secret | undefined>> {
    return this.#at(path, async (absolute) => {
      if (absolute === undefined) return ok(undefined);
      const content = await readFileOfOurs(absolute);
      if (content === 'link') return err(changedByHand(path, 'it is a link'));
      if (content === 'other') return err(changedByHand(path, 'it is no file'));
      if (content === 'large') return err(problem('TOO_LARGE', { limit: MAX_FILE_BYTES, unit: 'bytes' }));
      return ok(content);
    });
  }

  list(folder: HostPath): Promise<Result<readonly string[]>> {
    return this.#at(`${folder}/x` as HostPath, async (inside) => {
      if (inside === undefined) return ok([]);
      return ok((await readdir(dirname(inside))).sort());
    });
  }

  target(link: HostPath): Promise<Result<HostPath | undefined>> {
    return this.#at(link, async (absolute) => {
      const text = absolute === undefined ? undefined : await linkText(absolute);
      if (text === undefined) return ok(undefined);
      const up = wayUp(link);
      const to = parseHostPath(text?.startsWith(up) ? text.slice(up.length) : '');
      return to.ok ? to : err(changedByHand(link, 'it does not lead into the tree'));
    });
  }

  write(files: readonly HostFile[], fence?: number): Promise<Result<void>> {
    return this.#locked(fence, async () => {
      for (const file of files) {
        const admitted = parseHostPath(file.path).ok ? this.options.admit.file(file) : refusedPath();
        if (!admitted.ok) return admitted;
      }
      const folders = new Set<string>();
      const group = files.some(({ access }) => access === 'WORKERS') ? await this.#workersGroup() : ok(undefined);
      if (!group.ok) return group;
      for (let start = 0; start < files.length; start += WRITES_AT_ONCE) {
        const written = await this.#writeTogether(files.slice(start, start + WRITES_AT_ONCE), group.value);
        if (!written.ok) return written;
        for (const path of written.value) folders.add(dirname(path));
      }
      for (const folder of folders) await syncDirectory(folder);
      return ok(undefined);
    });
  }

  remove(paths: readonly HostPath[], fence?: number): Promise<Result<void>> {
    return this.#locked(fence, async () => {
      const folders = new Set<string>();
      for (const path of paths) {
        const absolute = parseHostPath(path).ok ? await walkTo(this.options.tree, path) : refusedPath();
        if (!absolute.ok) return absolute;
        if (absolute.value !== undefined && (await removed(absolute.value))) folders.add(dirname(absolute.value));
      }
      for (const folder of folders) await syncDirectory(folder).catch(ignoreAbsence);
      return ok(undefined);
    });
  }

  point(link: HostPath, to: HostPath, fence?: number): Promise<Result<void>> {
    return this.#locked(fence, async () => {
      if (link.includes('/') || !parseHostPath(link).ok || !parseHostPath(to).ok) return refusedPath();
      const admitted = this.options.admit.link(link, to);
      if (!admitted.ok) return admitted;
      const { tree } = this.options;
      const found = await lstat(join(tree, link)).catch(ignoreAbsence);
      if (found && !found.isSymbolicLink()) return err(changedByHand(link, 'it is no link'));
      await replaceLink(join(tree, link), to, join(tree, INCOMING, 'link'));
      return ok(undefined);
    });
  }

  move(links: readonly HostLink[], fence?: number): Promise<Result<void>> {
    return this.#locked(fence, async () => {
      for (const { link, to } of links) {
        if (!parseHostPath(link).ok || (to !== undefined && !parseHostPath(to).ok)) return refusedPath();
        const admitted = to === undefined ? ok(undefined) : this.options.admit.link(link, to);
        if (!admitted.ok) return admitted;
      }
      const folders = new Set<string>();
      for (const each of links) {
        const moved = await this.#move(each);
        if (!moved.ok) return moved;
        if (moved.value !== undefined) folders.add(dirname(moved.value));
      }
      for (const folder of folders) await syncDirectory(folder).catch(ignoreAbsence);
      return ok(undefined);
    });
  }

  putAside(paths: readonly HostPath[], fence?: number): Promise<Result<void>> {
    return this.#locked(fence, async () => {
      const { tree } = this.options;
      for (const path of paths) {
        const from = parseHostPath(path).ok ? await walkTo(tree, path) : refusedPath();
        if (!from.ok) return from;
        if (from.value === undefined || !(await lstat(from.value).catch(ignoreAbsence))) continue;
        const folder = await makeWayTo(tree, hostPath(FOUND_BY_HAND, 'x'));
        if (!folder.ok) return folder;
        const to = await freeName(join(tree, FOUND_BY_HAND, path.replaceAll('/', '--').slice(-200)));
        await rename(from.value, to);
        for (const changed of [dirname(to), dirname(from.value)]) await syncDirectory(changed);
      }
      return ok(undefined);
    });
  }

  async run(verb: string, args: readonly string[], fence?: number): Promise<Result<string>> {
    const known = Object.hasOwn(this.options.verbs, verb) ? this.options.verbs[verb] : undefined;
    if (!known) return err(problem('INVALID_INPUT', { detail: 'an unknown verb' }));
    // Not under the lock: a test of 10,000 sites takes seconds, in which challenges have to be written.
    const mayRun = fence === undefined ? ok(undefined) : await this.#locked(fence, async () => ok(undefined));
    if (!mayRun.ok) return mayRun;
    try {
      return await known(args);
    } catch (error) {
      return err(diskProblem(error));
    }
  }

  /** Where it is; undefined where it led there already. */
  async #move({ link, to }: HostLink): Promise<Result<string | undefined>> {
    const { tree } = this.options;
    const place = to === undefined ? await walkTo(tree, link) : await makeWayTo(tree, link);
    if (!place.ok || place.value === undefined) return place;
    const there = await linkText(place.value);
    if (there === null) return err(changedByHand(link, 'it is no link'));
    const wanted = to && wayUp(link) + to;
    if (there === wanted) return ok(undefined);
    if (wanted === undefined) await unlink(place.value);
    else await moveLink(place.value, wanted, join(tree, INCOMING, 'link'));
    return place;
  }

  async #workersGroup(): Promise<Result<number>> {
    const { workersGroup } = this.options;
    return workersGroup ? workersGroup() : err(problem('SERVER_REFUSED', { detail: 'nobody knows what its workers run as' }));
  }

  async #writeTogether(files: readonly HostFile[], workers: number | undefined): Promise<Result<readonly string[]>> {
    const { tree } = this.options;
    const places: string[] = [];
    for (const { path } of files) {
      const place = await makeWayTo(tree, path);
      if (!place.ok) return place;
      const found = await lstat(place.value).catch(ignoreAbsence);
      if (found && !found.isFile()) return err(changedByHand(path, found.isSymbolicLink() ? 'it is a link' : 'it is no file'));
      places.push(place.value);
    }
    const outcomes = await Promise.allSettled(
      files.map(async ({ content, access }, index) => {
        const temporary = join(tree, INCOMING, String(index));
        const group = access === 'WORKERS' ? workers : undefined;
        await writeSynced(temporary, typeof content === 'string' ? content : content.reveal(), MODES[access], group);
        await rename(temporary, places[index] ?? '');
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return ok(places);
  }

  async #at<T>(path: HostPath, work: (absolute: string | undefined) => Promise<Result<T>>): Promise<Result<T>> {
    if (!parseHostPath(path).ok) return refusedPath();
    try {
      const absolute = await walkTo(this.options.tree, path);
      return absolute.ok ? await work(absolute.value) : absolute;
    } catch (error) {
      return err(diskProblem(error));
    }
  }

  async #locked<T>(fence: number | undefined, work: () => Promise<Result<T>>): Promise<Result<T>> {
    const { tree } = this.options;
    try {
      const made = await makeWayTo(tree, 'x' as HostPath);
      if (!made.ok) return made;
      return await withTreeLock(join(tree, '.lock'), async () => {
        await mkdir(join(tree, INCOMING), { recursive: true, mode: TREE_FOLDER_MODE });
        await clearFolder(join(tree, INCOMING));
        try {
          const passed = await this.#pass(fence);
          return passed.ok ? await work() : passed;
        } finally {
          // After a failure too: what is half written holds room, and may be a key.
          await clearFolder(join(tree, INCOMING));
        }
      });
    } catch (error) {
      return err(diskProblem(error));
    }
  }

  /** The token is on disk before anything is done in its name, so a late write is refused after a crash too. */
  async #pass(fence: number | undefined): Promise<Result<void>> {
    if (fence === undefined) return ok(undefined);
    const register = join(this.options.tree, '.fence');
    const text = (await linkText(register)) ?? '0';
    if (!/^\d{1,15}$/.test(text)) return err(changedByHand('.fence', 'it does not hold a number'));
    const newest = Number(text);
    if (fence < newest) return err(problem('STALE_FENCE', { fence, newest }));
    if (fence > newest) await replaceLink(register, String(fence), join(this.options.tree, INCOMING, 'fence'));
    return ok(undefined);
  }
}

const FOUND_BY_HAND = 'found-by-hand';
async function freeName(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const free = `${path}.${number}`;
    if (!(await lstat(free).catch(ignoreAbsence))) return free;
  }
}

const INCOMING = '.incoming';
const MODES: Readonly<Record<HostFile['access'], number>> = { OWNER: 0o600, WORKERS: 0o640, ALL: 0o644 };
/** From where a link is to the tree's root: links are relative, so that the tree may be seen from anywhere. */
const wayUp = (link: HostPath): string => '../'.repeat(link.split('/').length - 1);
/** Enough to overlap the disk's fsyncs. */
const WRITES_AT_ONCE = 8;

const refusedPath = (): Result<never> => err(problem('INVALID_INPUT', { detail: 'a path that is not inside the tree' }));

async function readFileOfOurs(path: string): Promise<Secret | undefined | 'link' | 'other' | 'large'> {
  // O_NONBLOCK: a pipe that somebody put there would be waited for without end.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ELOOP') return 'link' as const;
    throw error;
  });
  if (file === undefined || file === 'link') return file;
  try {
    const found = await file.stat();
    if (!found.isFile()) return 'other';
    if (found.size > MAX_FILE_BYTES) return 'large';
    return Secret.of(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Null where there is something else than a link. */
const linkText = (path: string): Promise<string | undefined | null> =>
  readlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EINVAL') return null;
    return ignoreAbsence(error);
  });

/** False where nothing was there, or a folder with something in it. */
async function removed(path: string): Promise<boolean> {
  const found = await lstat(path).catch(ignoreAbsence);
  if (!found) return false;
  if (!found.isDirectory()) {
    await unlink(path);
    return true;
  }
  return rmdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTEMPTY') return false;
      throw error;
    },
  );
}

function ignoreAbsence(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
