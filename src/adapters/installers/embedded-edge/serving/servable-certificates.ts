/** Certificates as they come from the disk, and what is known about those that cannot be served. */
import { createSecureContext } from 'node:tls';
import type { CertificateFiles } from '../../installer.js';
import type { CertificateStore } from '../tree/certificate-store.js';
import type { CertificateId } from '../wire/stored-binding.js';
import { TLS_SETTINGS } from './tls-settings.js';

export class ServableCertificates {
  readonly #store: CertificateStore;
  readonly #broken = new Map<CertificateId, string>();

  constructor(store: CertificateStore) {
    this.#store = store;
  }

  /** Those that can be served: a broken one leaves the others. */
  async load(ids: readonly CertificateId[]): Promise<readonly CertificateFiles[]> {
    const loaded = await Promise.all(ids.map((id) => this.#load(id)));
    return loaded.filter((files) => files !== undefined);
  }

  /** Reads every certificate once, so that damage is known before a visitor meets it. */
  async inspect(ids: Iterable<CertificateId>): Promise<void> {
    for (const id of ids) await this.#load(id);
  }

  /** Those that could not be served when they were last read, and why. */
  get broken(): ReadonlyMap<CertificateId, string> {
    return this.#broken;
  }

  async #load(id: CertificateId): Promise<CertificateFiles | undefined> {
    const files = await this.#store.load(id);
    const fault = files.ok ? faultOf(files.value) : String(files.problem.facts['detail']);
    if (fault === undefined) this.#broken.delete(id);
    else this.#broken.set(id, fault);
    return files.ok && fault === undefined ? files.value : undefined;
  }
}

function faultOf({ chain, key }: CertificateFiles): string | undefined {
  try {
    createSecureContext({ ...TLS_SETTINGS, ca: [], cert: chain, key: key.revealText() });
    return undefined;
  } catch {
    return 'chain and key cannot be served';
  }
}
