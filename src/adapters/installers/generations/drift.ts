/** Has somebody changed what is ours? Read, compared with its digest, and changed by nobody here. */
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import { hostPath, type HostPath } from '../../hosts/host-path.js';
import { bindingKeyText, type Drift, type Generation } from '../installer.js';
import type { Dialect } from './dialect.js';
import { linkDrift } from './name-links.js';
import type { CertificateId, Site } from './site.js';
import * as files from './tree/files.js';
import type { GenerationContent } from './tree/files.js';
import type { GenerationTree, Sites } from './tree/generation-tree.js';

type Parts = { readonly host: Host; readonly tree: GenerationTree; readonly dialect: Dialect };

export type Looked = {
  readonly drift: readonly Drift[];
  /** Undefined where nothing was ever laid down. */
  readonly whole?: Whole;
};
export type Whole = {
  readonly generation: Generation;
  readonly foundation?: GenerationContent['foundation'];
  /** Those that are whole, with their certificates. */
  readonly sites: Sites;
  /** Are there sites that are not? */
  readonly lost: boolean;
};

/** What cannot be read for another reason than a hand is the problem that it is. */
export async function lookForDrift({ host, tree, dialect }: Parts): Promise<Result<Looked>> {
  const drift: Drift[] = [];
  const note = (outcome: Result<unknown>, path: HostPath): boolean => {
    if (outcome.ok || !isByHand(outcome.problem)) return false;
    drift.push({ path, detail: String(outcome.problem.facts['detail']), inTree: true });
    return true;
  };
  const current = await tree.current();
  if (!current.ok && !note(current, files.CURRENT)) return current;
  const generation = current.ok ? current.value : await lastGeneration(host, tree);
  if (generation === undefined) return ok({ drift });

  const content = await readContent(tree, generation);
  if (!content.ok && !note(content, files.generationPath(generation))) return content;
  const sites = new Map<string, Site>();
  let lost = !content.ok;
  const judged = new Map<CertificateId, boolean>();
  for (const [shard, digest] of content.ok ? content.value.shards : []) {
    const read = await tree.shard(shard, digest);
    if (!read.ok && !note(read, files.shardPath(shard, digest))) return read;
    if (!read.ok) lost = true;
    for (const site of read.ok ? read.value : []) {
      for (const id of site.certificates) {
        if (judged.has(id)) continue;
        const certificate = await tree.certificate(id);
        judged.set(id, certificate.ok);
        if (!certificate.ok && !note(certificate, files.certificatePath(id))) return certificate;
      }
      if (site.certificates.every((id) => judged.get(id))) sites.set(bindingKeyText(site.key), site);
      else lost = true;
    }
  }
  const foundation = content.ok ? await tree.foundation(content.value) : undefined;
  if (content.ok && foundation && !isWhole(foundation, content.value)) {
    if (!foundation.ok && !isByHand(foundation.problem)) return foundation;
    drift.push({ path: files.foundationPath(content.value.foundation), detail: 'its content is another', inTree: true });
  }
  const strange = await strangers(host);
  if (!strange.ok) return strange;
  drift.push(...strange.value);
  if (dialect.names && !lost) {
    const links = await linkDrift(host, dialect.names, sites.values());
    if (!links.ok) return links;
    drift.push(...links.value);
  }
  const adopted = generation === 0 && sites.size === 0 ? ok(true) : await dialect.adopted();
  if (!adopted.ok) return adopted;
  if (!adopted.value) drift.push({ path: 'the configuration of the server', detail: 'our line is gone', inTree: false });
  return ok({ drift, whole: { generation, sites, lost, ...(content.ok && { foundation: content.value.foundation }) } });
}

const isByHand = ({ code }: Problem): boolean => code === 'CHANGED_BY_HAND' || code === 'CERTIFICATE_UNREADABLE';

const isWhole = (text: Result<string>, { foundation }: GenerationContent): boolean => text.ok && files.digestOf(text.value) === foundation;

async function readContent(tree: GenerationTree, generation: Generation): Promise<Result<GenerationContent>> {
  const content = await tree.generation(generation);
  if (!content.ok) return content;
  return content.value ? ok(content.value) : err(files.missing(files.generationPath(generation)));
}

/** Where the link to it is none of ours any more. */
async function lastGeneration(host: Host, tree: GenerationTree): Promise<Generation | undefined> {
  const loaded = await tree.loaded();
  if (loaded.ok && loaded.value !== undefined) return loaded.value;
  const names = await host.list(hostPath('generations'));
  const numbers = names.ok ? names.value.flatMap((name) => files.generationOf(name) ?? []) : [];
  return numbers.length > 0 ? Math.max(...numbers) : undefined;
}

/** In our folders, and not of our making: by its name, or a link. What is of ours by its name is found above, or is nobody's and goes with `prune`. */
async function strangers(host: Host): Promise<Result<readonly Drift[]>> {
  const found: Drift[] = [];
  for (const [folder, pattern] of OURS) {
    const names = await host.list(hostPath(folder));
    if (!names.ok)
      return names.problem.code === 'CHANGED_BY_HAND' ? err(problem('CHANGED_BY_HAND', { path: folder, detail: 'it is a link' })) : names;
    for (const name of names.value) {
      if (!pattern.test(name)) found.push({ path: `${folder}/${name}`, detail: 'it is not ours', inTree: true });
    }
  }
  return ok(found);
}
const OURS: readonly (readonly [string, RegExp])[] = [
  ['certificates', /^[0-9a-f]{64}\.[0-9a-f]{32}\.pem$/],
  ['pairs', /^[0-9a-f]{32}\.[12]\.pem$/],
  ['shards', /^[0-9a-f]{2}(?:[0-9a-f]{4})?\.[0-9a-f]{32}\.(?:conf|names)$/],
  ['foundations', /^base\.[0-9a-f]{32}\.conf$/],
  ['generations', /^\d{1,15}\.conf$/],
];
