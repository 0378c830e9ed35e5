/**
 * The port to a machine on which an installer keeps files and drives a server. Its comments are the contract;
 * test/contract/host.contract.ts checks it for every member.
 *
 * A host gives access to one *tree*, and to a fixed list of *verbs*: nothing else on the machine can be read, written or run through
 * it, whatever the caller asks. Rules for every member:
 * - A path that leaves the tree, or goes through a link, is refused: INVALID_INPUT for one that is malformed, CHANGED_BY_HAND for a
 *   link or anything else that is no file or folder of ours.
 * - A file appears whole and durable (fsync of it and of its folder), or not at all. A list of files that fails in the middle may
 *   leave some of them, each whole. SERVER_DISK_FULL where there is no room, SERVER_REFUSED for any other refusal of the disk.
 * - A call that carries a fencing token lower than the highest that the tree has seen is refused with STALE_FENCE, for good. What
 *   the token guards is done in the same breath: no other process comes between the check and the write.
 * - SERVER_UNREACHABLE where the host itself does not answer.
 */
import type { Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import type { HostPath } from './host-path.js';

export type HostFile = {
  readonly path: HostPath;
  readonly content: string | Secret;
  /** `WORKERS`: the group of the server's workers, which run as another user, may read it too; `ALL`: so may everybody. */
  readonly access: 'OWNER' | 'WORKERS' | 'ALL';
};

/** A link anywhere in the tree, and the path in the tree that it leads to; without one it goes. */
export type HostLink = { readonly link: HostPath; readonly to?: HostPath };

export interface Host {
  /** Undefined where there is none. TOO_LARGE above `MAX_FILE_BYTES`. UTF-8. */
  read(path: HostPath): Promise<Result<Secret | undefined>>;
  /** Names in a folder, sorted; none where there is no such folder. */
  list(folder: HostPath): Promise<Result<readonly string[]>>;
  /** Where a link of `point` or `move` leads; undefined where there is none. */
  target(link: HostPath): Promise<Result<HostPath | undefined>>;
  /** Folders are made as needed. */
  write(files: readonly HostFile[], fence?: number): Promise<Result<void>>;
  /** Files, links and empty folders go, in this order; a folder that is not empty stays. What is not there is fine. */
  remove(paths: readonly HostPath[], fence?: number): Promise<Result<void>>;
  /** Makes a link in the tree's root lead to a path below it, replacing it in one rename. Takes no room on a full disk. */
  point(link: HostPath, to: HostPath, fence?: number): Promise<Result<void>>;
  /** Moves files, links and whatever else is there, as they are, into the folder `found-by-hand`, under names of their own. What is not there is fine. */
  putAside(paths: readonly HostPath[], fence?: number): Promise<Result<void>>;
  /** Makes links lead elsewhere: each in one rename, durable when all are done. One that leads there already is left alone. Folders are made as needed. */
  move(links: readonly HostLink[], fence?: number): Promise<Result<void>>;
  /** Does one of the verbs that the host was made with, and returns its words. INVALID_INPUT for any other. */
  run(verb: string, args: readonly string[], fence?: number): Promise<Result<string>>;
}

/** A generation of 10,000 sites is in shards of about 50 KB; nothing of ours comes near. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** One thing that a host does besides keeping files. It judges its arguments itself: they come from the other side. */
type Verb = (args: readonly string[]) => Promise<Result<string>>;
export type Verbs = Readonly<Record<string, Verb>>;

/**
 * May this be written, may this link lead there? A second look at what the caller sends, for a host that has more rights than its caller:
 * a server may do as a file says that was let pass as something else, once a link of its own leads there.
 */
export type Admit = {
  file(file: HostFile): Result<void>;
  link(link: HostPath, to: HostPath): Result<void>;
};
