/** Lays the next generation down beside the one that is served. Its own file comes last: it is there whole, or nothing is staged. */
import type { Host, HostFile } from '../../../hosts/host.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { BindingKey, Change, Generation } from '../../installer.js';
import type { Spelling, Survey } from '../dialect.js';
import { certificateId, type Site } from '../site.js';
import * as files from './files.js';
import type { Digest, GenerationContent } from './files.js';
import { newNeutralFile, type GenerationTree } from './generation-tree.js';
import { shardsOf, sitesAfter } from './plan-generation.js';

export type StagingPlace = {
  readonly host: Host;
  readonly tree: GenerationTree;
  /** Of the tree, absolute. */
  readonly path: string;
  readonly spelling: Spelling;
  readonly shardOf: (key: BindingKey) => string;
  /** Of certificates: may the server's workers read them? */
  readonly access: 'OWNER' | 'WORKERS';
};

/**
 * Generation 0: a tree that serves no site, and answers challenges. Nothing in it is fenced: it is the same whoever lays it down.
 * Where there is one already, it stays.
 */
export async function layDown(place: StagingPlace, survey: Survey): Promise<Result<Generation>> {
  const current = await place.tree.current();
  if (!current.ok) return current;
  if (current.value !== undefined) return ok(current.value);
  const written = await stageFoundation(place, survey, 0);
  if (!written.ok) return written;
  const pointed = await place.host.point(files.CURRENT, files.generationPath(0));
  return pointed.ok ? ok(0) : pointed;
}

/** A generation that serves no site, under any number. */
export async function stageFoundation(place: StagingPlace, survey: Survey, generation: Generation): Promise<Result<void>> {
  const foundation = foundationOf(survey.foundation);
  const neutral = await place.tree.neutralFile(place.access);
  if (!neutral.ok) return neutral;
  const standing = await standingFiles(place, survey);
  if (!standing.ok) return standing;
  const shards = withStanding(survey, new Map());
  const parts = await place.host.write([...neutral.value, ...standing.value, foundation.file, ...shards.flatMap(({ written }) => written)]);
  const content = { foundation: foundation.digest, shards: new Map(shards.map(({ shard, digest }) => [shard, digest] as const)) };
  return parts.ok ? writeGeneration(place, generation, content) : parts;
}

/** What strangers are shown, whatever is there: another neutral certificate, and the lines that lead to it as they were meant. */
export async function layDownDefault(place: StagingPlace, survey: Survey, fence: number): Promise<Result<void>> {
  const { file } = foundationOf(survey.foundation);
  return place.host.write([await newNeutralFile(place.access), file], fence);
}

/** A generation that serves just these sites, whose certificates are there, under a number that may be in use. */
export async function layAgain(
  place: StagingPlace,
  generation: Generation,
  sites: Iterable<Site>,
  survey: Survey,
  was: Digest | undefined,
  fence: number,
): Promise<Result<void>> {
  const pairs = survey.foundationForPairs;
  const foundation = foundationOf(pairs !== undefined && was === files.digestOf(pairs) ? pairs : survey.foundation);
  const shards = withStanding(survey, sitesAfter({ put: [], remove: [] }, sites, place.shardOf));
  const neutral = await place.tree.neutralFile(place.access);
  if (!neutral.ok) return neutral;
  const standing = await standingFiles(place, survey);
  if (!standing.ok) return standing;
  const parts = [...neutral.value, ...standing.value, foundation.file, ...shards.flatMap(({ written }) => written)];
  const written = await place.host.write(parts, fence);
  if (!written.ok) return written;
  const content = { foundation: foundation.digest, shards: new Map(shards.map(({ shard, digest }) => [shard, digest] as const)) };
  return writeGeneration(place, generation, content, fence);
}

/** All that it is made of is there already. */
export async function writeGeneration(
  { host, tree, path, spelling }: StagingPlace,
  generation: Generation,
  content: GenerationContent,
  fence?: number,
): Promise<Result<void>> {
  const texts = await textsToSpell(tree, content, spelling);
  if (!texts.ok) return texts;
  const text = files.spellGeneration(generation, content, path, spelling, texts.value);
  return host.write([{ path: files.generationPath(generation), content: text, access: 'OWNER' }], fence);
}

async function textsToSpell(tree: GenerationTree, content: GenerationContent, spelling: Spelling): Promise<Result<readonly string[]>> {
  if (spelling.include) return ok([]);
  if (!spelling.compose) return tree.texts(content);
  const foundation = await tree.foundation(content);
  return foundation.ok ? ok([foundation.value]) : foundation;
}

/** Writes the successor of `current`. On any failure nothing of it is left. SERVER_REFUSED where it would have to serve its sites in another way. */
export async function stageAfter(
  place: StagingPlace,
  current: { readonly generation: Generation; readonly content: GenerationContent },
  change: Change,
  survey: Survey,
  fence: number,
): Promise<Result<Generation>> {
  const { host, tree } = place;
  const generation = current.generation + 1;
  const forgotten = await tree.forget((each) => each > current.generation, fence);
  if (!forgotten.ok) return forgotten;
  const foundation = await nextFoundation(place, current.content, change, survey);
  if (!foundation.ok) return foundation;
  const { digest, file } = foundation.value;
  // Another foundation: addresses or the server itself have changed, and so has how every site is spelled.
  const touched = digest === current.content.foundation ? shardsOf(change, place.shardOf) : undefined;
  const served = await tree.sites(current.content, touched);
  if (!served.ok) return served;
  const neutral = await tree.neutralFile(place.access);
  if (!neutral.ok) return neutral;

  const standing = await standingFiles(place, survey);
  if (!standing.ok) return standing;

  const kept = touched ? [...current.content.shards].filter(([shard]) => !touched.has(shard)) : [];
  const after = sitesAfter(change, served.value.values(), place.shardOf);
  for (const sites of after.values()) {
    const detail = survey.disagreement?.(sites);
    if (detail !== undefined) return err(problem('INVALID_INPUT', { detail }));
  }
  const shards = withStanding(survey, after, new Set(kept.map(([shard]) => shard)));
  const content = {
    foundation: digest,
    shards: new Map([...kept, ...shards.map(({ shard, digest }) => [shard, digest] as const)]),
  };
  const parts = [
    ...certificateFiles(change, place.access),
    ...[...neutral.value, ...standing.value, file],
    ...shards.flatMap(({ written }) => written),
  ];
  let written = await host.write(parts, fence);
  if (written.ok) written = await writeGeneration(place, generation, content, fence);
  if (written.ok) return ok(generation);
  await tree.forget((each) => each > current.generation, fence);
  await tree.collect(fence);
  return written;
}

function certificateFiles(change: Change, access: HostFile['access']): readonly HostFile[] {
  const byPath = new Map(
    change.put.flatMap(({ certificates }) => {
      const ids = certificates.map(certificateId);
      return certificates.flatMap((each, at) => {
        const content = files.spellCertificate(each);
        const paths = [
          files.certificatePath(ids[at]!),
          ...(access === 'WORKERS' && ids.length === 2 ? [files.pairPath(ids, at === 0 ? 1 : 2)] : []),
        ];
        return paths.map((path): [string, HostFile] => [path, { path, content, access }]);
      });
    }),
  );
  return [...byPath.values()];
}

/** Once it is for pairs it stays so: each change of it is a reload. */
async function nextFoundation({ tree }: StagingPlace, now: GenerationContent, { put }: Change, survey: Survey) {
  const forPairs = survey.foundationForPairs === undefined ? undefined : foundationOf(survey.foundationForPairs);
  const hasPairs = now.foundation === forPairs?.digest || put.some(({ certificates }) => certificates.length > 1);
  const next = (hasPairs ? forPairs : undefined) ?? foundationOf(survey.foundation);
  if (next.digest === now.foundation || now.shards.size === 0 || !survey.continues) return ok(next);
  const text = await tree.foundation(now);
  if (!text.ok) return text;
  const detail = 'how it serves its sites, from files or by name, can be changed only while it serves none';
  return survey.continues(text.value) ? ok(next) : err(problem('SERVER_REFUSED', { detail }));
}

type ShardFiles = { readonly shard: string; readonly digest: Digest; readonly written: readonly HostFile[] };

function shardFiles(shard: string, sites: readonly Site[], { renderSites, renderNames }: Survey): ShardFiles {
  const text = files.spellShard(sites, renderSites(sites));
  const digest = files.digestOf(text);
  const file: HostFile = { path: files.shardPath(shard, digest), content: text, access: 'OWNER' };
  if (!renderNames) return { shard, digest, written: [file] };
  return { shard, digest, written: [{ path: files.namesPath(shard, digest), content: renderNames(sites), access: 'OWNER' }, file] };
}

/** `there`: shards that stand already. */
function withStanding(
  survey: Survey,
  sites: ReadonlyMap<string, readonly Site[]>,
  there: ReadonlySet<string> = new Set(),
): readonly ShardFiles[] {
  const empty = (survey.standingShards ?? []).filter((shard) => !sites.has(shard) && !there.has(shard));
  return [...sites, ...empty.map((shard) => [shard, []] as const)].map(([shard, its]) => shardFiles(shard, its, survey));
}

async function standingFiles({ host }: StagingPlace, { standingFiles: wanted = [] }: Survey): Promise<Result<readonly HostFile[]>> {
  const absent: HostFile[] = [];
  for (const file of wanted) {
    const found = await host.read(file.path);
    if (!found.ok) return found;
    if (!found.value) absent.push(file);
  }
  return ok(absent);
}

function foundationOf(text: string): { digest: Digest; file: HostFile } {
  const digest = files.digestOf(text);
  return { digest, file: { path: files.foundationPath(digest), content: text, access: 'OWNER' } };
}
