/**
 * Where challenges are shown: ahead of every site, at every address. Laid down once, and again where the server shall listen at more.
 * Whoever presents a challenge does not hold the server, so that is done here only while it serves no site; after that each deployment
 * brings the place along.
 */
import type { Host } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Turns } from '../../turns.js';
import type { Generation } from '../installer.js';
import type { Dialect } from './dialect.js';
import { switchGeneration } from './switch-generation.js';
import { digestOf, generationPath, missing, type GenerationContent } from './tree/files.js';
import type { GenerationTree } from './tree/generation-tree.js';
import { layDown, stageFoundation, writeGeneration, type StagingPlace } from './tree/stage-generation.js';

type Parts = {
  readonly host: Host;
  readonly tree: GenerationTree;
  readonly dialect: Dialect;
  readonly staging: StagingPlace;
  /** Shared by all who present challenges on this server. */
  readonly turns: Turns;
  readonly judge: (generation: Generation) => Promise<Result<void>>;
};

/** Reloads the server where the place was not there; once, of however many challenges that come together. SERVER_CONFIG_REFUSED as `test` of the port. */
export async function ensureChallengePlace(parts: Parts): Promise<Result<void>> {
  const lack = await findLack(parts);
  if (!lack.ok || !lack.value) return lack as Result<undefined>;
  return parts.turns.take(async () => {
    const still = await findLack(parts);
    return still.ok && still.value ? still.value() : (still as Result<undefined>);
  });
}

/** What is to be done so that challenges are shown; undefined where they are. */
async function findLack(parts: Parts): Promise<Result<(() => Promise<Result<void>>) | undefined>> {
  const { tree, dialect } = parts;
  const current = await tree.current();
  if (!current.ok) return current;
  const generation = current.value;
  if (generation === undefined) return ok(() => layFirst(parts));
  const content = await tree.generation(generation);
  if (!content.ok) return content;
  const now = content.value;
  if (!now) return err(missing(generationPath(generation)));
  if (servesNoSite(now)) {
    const foundation = await tree.foundation(now);
    if (!foundation.ok) return foundation;
    if (!dialect.showsChallenges?.(foundation.value)) return ok(() => layAnew(parts, generation, now));
  }
  const adopted = await dialect.adopted();
  if (!adopted.ok) return adopted;
  // Above generation 0 an uncertain reload is the business of whoever holds the server: that of a challenge could come in between.
  const loaded = generation > 0 ? current : await tree.loaded();
  if (!loaded.ok) return loaded;
  return ok(adopted.value && loaded.value !== undefined ? undefined : () => takeUp(parts, generation));
}

const servesNoSite = ({ shards }: GenerationContent): boolean => [...shards.values()].every((digest) => digest === EMPTY);
const EMPTY = digestOf('');

async function layFirst(parts: Parts): Promise<Result<void>> {
  const survey = await parts.dialect.survey();
  if (!survey.ok) return survey;
  const laid = await layDown(parts.staging, survey.value);
  return laid.ok ? takeUp(parts, laid.value) : laid;
}

async function takeUp(parts: Parts, generation: Generation): Promise<Result<void>> {
  const judged = await parts.judge(generation);
  return judged.ok ? switchGeneration(parts, generation, generation) : judged;
}

/**
 * What the server would start with is replaced only by what it has passed, and brought back where it does not take it up. The draft stays: another
 * challenge may just be judging the same one. The next stage takes it away.
 */
async function layAnew(parts: Parts, current: Generation, before: GenerationContent): Promise<Result<void>> {
  const { dialect, staging } = parts;
  const survey = await dialect.survey();
  if (!survey.ok) return survey;
  const draft = await stageFoundation(staging, survey.value, DRAFT);
  if (!draft.ok) return draft;
  const judged = await parts.judge(DRAFT);
  if (!judged.ok) return judged;
  const written = await stageFoundation(staging, survey.value, current);
  if (!written.ok) return written;
  const switched = await switchGeneration(parts, current, current);
  if (switched.ok) return switched;
  const back = await writeGeneration(staging, current, before);
  return back.ok ? switched : back;
}

/** Larger than any generation that will ever be. */
const DRAFT: Generation = 999_999_999_999_999;
