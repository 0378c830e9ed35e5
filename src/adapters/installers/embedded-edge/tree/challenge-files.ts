/**
 * Files under `/.well-known/` that the HTTP port answers with, one small file each on disk, so that a restart in the middle of a
 * validation loses none. Bounded, so that a fault elsewhere cannot fill the disk or the memory through it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readChallengeBody, type ChallengeFile } from '../wire/control-protocol.js';
import { parseJson, readShape } from '../../../../values/json-shape.js';
import { diskProblem } from '../../../disk-problem.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, syncDirectory, writeDurably } from './durable-files.js';
import { Turns } from '../../../turns.js';

/** Orders in validation at one time, each with up to 100 names, would have to be forgotten by the hundred to reach it. */
const MAX_FILES = 10_000;

export class ChallengeFiles {
  readonly #turns = new Turns();
  readonly #directory: string;
  readonly #bodies: Map<string, string>;

  private constructor(directory: string, bodies: Map<string, string>) {
    this.#directory = directory;
    this.#bodies = bodies;
  }

  /** A file that cannot be read is left out: the CA asks again, and the order presents again. */
  static async open(directory: string): Promise<ChallengeFiles> {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await removeTemporaries(directory);
    const bodies = new Map<string, string>();
    for (const name of await readdir(directory)) {
      const content = await readFile(join(directory, name), 'utf8');
      const file = readShape(() => readChallengeBody(parseJson(content)));
      if (file.ok) bodies.set(addressOf(file.value), file.value.body);
    }
    return new ChallengeFiles(directory, bodies);
  }

  /** The body for a host name and a path, exactly as presented. */
  find(name: string, path: string): string | undefined {
    return this.#bodies.get(addressOf({ name, path }));
  }

  present(file: ChallengeFile & { readonly body: string }): Promise<Result<void>> {
    return this.#turns.take(async () => {
      const address = addressOf(file);
      if (this.#bodies.get(address) === file.body) return ok(undefined);
      if (!this.#bodies.has(address) && this.#bodies.size >= MAX_FILES) {
        return err(problem('CHALLENGE_LIMIT_REACHED', { limit: MAX_FILES }));
      }
      try {
        await writeDurably(this.#file(address), JSON.stringify(file));
      } catch (error) {
        return err(diskProblem(error));
      }
      this.#bodies.set(address, file.body);
      return ok(undefined);
    });
  }

  remove(file: ChallengeFile): Promise<Result<void>> {
    return this.#turns.take(async () => {
      const address = addressOf(file);
      if (!this.#bodies.delete(address)) return ok(undefined);
      try {
        await rm(this.#file(address), { force: true });
        await syncDirectory(this.#directory);
      } catch (error) {
        return err(diskProblem(error));
      }
      return ok(undefined);
    });
  }

  #file(address: string): string {
    return join(this.#directory, `${createHash('sha256').update(address).digest('hex')}.json`);
  }
}

/** A host name has no slash, and a path begins with one. */
const addressOf = ({ name, path }: { readonly name: string; readonly path: string }): string => name + path;
