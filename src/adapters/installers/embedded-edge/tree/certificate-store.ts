/**
 * Certificates and keys on disk: `certificates/<fingerprint>.<digest>/{chain.pem,key.pem}`.
 * Content-addressed: a folder is written once, appears whole by a rename, and is never changed; what is in it is believed only
 * where it still has the digest of its name.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import type { CertificateFiles } from '../../installer.js';
import { fingerprintOf, type CertificateId } from '../wire/stored-binding.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, syncDirectory, temporaryFor, writeSynced } from './durable-files.js';

export class CertificateStore {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<CertificateStore> {
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    await removeTemporaries(directory);
    return new CertificateStore(directory);
  }

  static idOf({ fingerprint, chain, key }: CertificateFiles): CertificateId {
    const digest = createHash('sha256').update(chain).update('\0').update(key.reveal()).digest('hex').slice(0, 32);
    return `${fingerprint}.${digest}` as CertificateId;
  }

  /** True where it was not there before. A damaged folder is made whole. Call `sync` after the last one. Throws what the disk says. */
  async add(files: CertificateFiles): Promise<boolean> {
    const id = CertificateStore.idOf(files);
    const folder = this.#folder(id);
    if ((await this.load(id)).ok) return false;
    const temporary = temporaryFor(folder);
    try {
      await mkdir(temporary, { mode: OWNER_ONLY_DIRECTORY });
      await writeSynced(join(temporary, 'chain.pem'), files.chain);
      await writeSynced(join(temporary, 'key.pem'), files.key.revealText());
      await syncDirectory(temporary);
      await rm(folder, { recursive: true, force: true });
      await rename(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return true;
  }

  sync(): Promise<void> {
    return syncDirectory(this.#directory);
  }

  /** CERTIFICATE_UNREADABLE where files are missing, unreadable or not what they were. */
  async load(id: CertificateId): Promise<Result<CertificateFiles>> {
    const unreadable = (detail: string) => err(problem('CERTIFICATE_UNREADABLE', { detail }));
    try {
      const [chain, key] = await Promise.all(['chain.pem', 'key.pem'].map((name) => readFile(join(this.#folder(id), name), 'utf8')));
      const files = { fingerprint: fingerprintOf(id), chain: chain ?? '', key: Secret.of(key ?? '') };
      return CertificateStore.idOf(files) === id ? ok(files) : unreadable('the files are damaged');
    } catch (error) {
      return unreadable(`the files cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }

  async removeAll(ids: Iterable<CertificateId>): Promise<void> {
    for (const id of ids) await rm(this.#folder(id), { recursive: true, force: true });
    await this.sync();
  }

  async removeAllBut(needed: ReadonlySet<string>): Promise<void> {
    const there = (await readdir(this.#directory)) as CertificateId[];
    await this.removeAll(there.filter((id) => !needed.has(id)));
  }

  #folder(id: CertificateId): string {
    return join(this.#directory, id);
  }
}
