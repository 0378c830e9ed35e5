/** Reads and keeps the generations of a tree. What is in files.ts is spelled there; here is what belongs together, and in which order. */
import type { Host, HostFile } from '../../../hosts/host.js';
import type { HostPath } from '../../../hosts/host-path.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { makeNeutralCertificate, neutralFingerprint } from '../../neutral-certificate.js';
import { bindingKeyText, type CertificateFiles, type Generation } from '../../installer.js';
import type { SiteChange, Spelling } from '../dialect.js';
import type { CertificateId, Site } from '../site.js';
import * as files from './files.js';
import type { Digest, GenerationContent } from './files.js';

/** By `bindingKeyText`. */
export type Sites = ReadonlyMap<string, Site>;

export class GenerationTree {
  constructor(
    private readonly host: Host,
    private readonly path: string,
    private readonly spelling: Spelling,
  ) {}

  /** The generation that `current.conf` leads to; undefined where nothing was ever laid down. */
  current(): Promise<Result<Generation | undefined>> {
    return this.#register(files.CURRENT);
  }

  /** The generation that the server is known to have loaded; undefined where that is not known. */
  loaded(): Promise<Result<Generation | undefined>> {
    return this.#register(files.LOADED);
  }

  /** Undefined where there is no such generation. CHANGED_BY_HAND as in files.ts. */
  async generation(generation: Generation): Promise<Result<GenerationContent | undefined>> {
    const text = await this.host.read(files.generationPath(generation));
    if (!text.ok || text.value === undefined) return text.ok ? ok(undefined) : text;
    return files.readGeneration(generation, text.value.revealText(), this.path, this.spelling);
  }

  /** Its text. CHANGED_BY_HAND where it is gone. */
  foundation({ foundation }: GenerationContent): Promise<Result<string>> {
    return this.#text(files.foundationPath(foundation));
  }

  /** Of all its parts, in their order. CHANGED_BY_HAND where one is gone. */
  async texts(content: GenerationContent): Promise<Result<readonly string[]>> {
    const texts: string[] = [];
    for (const path of files.partsOf(content)) {
      const text = await this.#text(path);
      if (!text.ok) return text;
      texts.push(text.value);
    }
    return ok(texts);
  }

  /** The sites of some shards of a generation; of all where `only` is absent. */
  async sites({ shards }: GenerationContent, only?: ReadonlySet<string>): Promise<Result<Sites>> {
    const sites = new Map<string, Site>();
    for (const [shard, digest] of shards) {
      if (only && !only.has(shard)) continue;
      const read = await this.shard(shard, digest);
      if (!read.ok) return read;
      for (const site of read.value) sites.set(bindingKeyText(site.key), site);
    }
    return ok(sites);
  }

  /** What a generation changes. */
  async changes(before: GenerationContent | undefined, after: GenerationContent): Promise<Result<readonly SiteChange[]>> {
    const differ = new Set(
      [...after.shards.keys(), ...(before?.shards.keys() ?? [])].filter((shard) => before?.shards.get(shard) !== after.shards.get(shard)),
    );
    const from = before ? await this.sites(before, differ) : ok<Sites>(new Map());
    if (!from.ok) return from;
    const to = await this.sites(after, differ);
    if (!to.ok) return to;
    const texts = new Set([...from.value.keys(), ...to.value.keys()]);
    const changes = [...texts].flatMap((text) => {
      const [was, is] = [from.value.get(text), to.value.get(text)];
      const key = (is ?? was)?.key;
      return key && was?.certificates.join() !== is?.certificates.join() ? [{ key, from: was, to: is }] : [];
    });
    return ok(changes);
  }

  /** CERTIFICATE_UNREADABLE where the file is gone or not what it was. */
  async certificate(id: CertificateId): Promise<Result<CertificateFiles>> {
    const text = await this.host.read(files.certificatePath(id));
    if (!text.ok) return text;
    return files.readCertificateFile(id, text.value?.revealText() ?? '');
  }

  /** One to write where there is none yet. */
  async neutralFile(access: HostFile['access']): Promise<Result<readonly HostFile[]>> {
    const found = await this.host.read(files.NEUTRAL);
    if (!found.ok || found.value) return found.ok ? ok([]) : found;
    return ok([await newNeutralFile(access)]);
  }

  /** Undefined where there is none, or somebody else's lies in its place. */
  async neutralFingerprint(): Promise<Result<string | undefined>> {
    const found = await this.host.read(files.NEUTRAL);
    return found.ok ? ok(neutralFingerprint(found.value?.revealText() ?? '')) : found;
  }

  /** Deletes every shard, foundation and certificate that no generation needs which is still there. */
  async collect(fence: number): Promise<Result<void>> {
    const kept = await this.#generations();
    if (!kept.ok) return kept;
    const needed = new Set<HostPath>();
    for (const { foundation, shards } of kept.value) {
      needed.add(files.foundationPath(foundation));
      for (const [shard, digest] of shards) {
        const path = files.shardPath(shard, digest);
        if (needed.has(path)) continue;
        needed.add(path).add(files.namesPath(shard, digest));
        const sites = await this.shard(shard, digest);
        // A damaged shard hides what it needs: then nothing is deleted.
        if (!sites.ok) return ok(undefined);
        for (const { certificates } of sites.value) {
          for (const id of certificates) needed.add(files.certificatePath(id));
          if (certificates.length === 2) for (const which of [1, 2] as const) needed.add(files.pairPath(certificates, which));
        }
      }
    }
    const unwanted: HostPath[] = [];
    for (const folder of ['certificates', 'pairs', 'shards', 'foundations'] as HostPath[]) {
      const names = await this.host.list(folder);
      if (!names.ok) return names;
      unwanted.push(...names.value.map((name) => `${folder}/${name}` as HostPath).filter((path) => !needed.has(path)));
    }
    return unwanted.length > 0 ? this.host.remove(unwanted, fence) : ok(undefined);
  }

  /** Deletes generations, but not what they are made of. */
  async forget(unwanted: (generation: Generation) => boolean, fence: number): Promise<Result<void>> {
    const names = await this.host.list('generations' as HostPath);
    if (!names.ok) return names;
    const paths = names.value.flatMap((name) => {
      const generation = files.generationOf(name);
      return generation !== undefined && unwanted(generation) ? [files.generationPath(generation)] : [];
    });
    return paths.length > 0 ? this.host.remove(paths, fence) : ok(undefined);
  }

  async #generations(): Promise<Result<readonly GenerationContent[]>> {
    const names = await this.host.list('generations' as HostPath);
    if (!names.ok) return names;
    const contents: GenerationContent[] = [];
    for (const name of names.value) {
      const generation = files.generationOf(name);
      const content = generation === undefined ? ok(undefined) : await this.generation(generation);
      if (!content.ok) return content;
      if (content.value) contents.push(content.value);
    }
    return ok(contents);
  }

  /** Some of the sites of a generation. CHANGED_BY_HAND as in files.ts. */
  async shard(shard: string, digest: Digest): Promise<Result<readonly Site[]>> {
    const text = await this.#text(files.shardPath(shard, digest));
    return text.ok ? files.readShard(shard, digest, text.value) : text;
  }

  async #text(path: HostPath): Promise<Result<string>> {
    const text = await this.host.read(path);
    if (!text.ok) return text;
    return text.value ? ok(text.value.revealText()) : err(files.missing(path));
  }

  async #register(link: HostPath): Promise<Result<Generation | undefined>> {
    const to = await this.host.target(link);
    if (!to.ok || to.value === undefined) return to.ok ? ok(undefined) : to;
    const generation = files.generationOf(to.value);
    return generation === undefined ? err(problem('CHANGED_BY_HAND', { path: link, detail: 'it leads elsewhere' })) : ok(generation);
  }
}

export async function newNeutralFile(access: HostFile['access']): Promise<HostFile> {
  const { chain, key } = await makeNeutralCertificate();
  return { path: files.NEUTRAL, content: files.spellCertificate({ chain, key }), access };
}
