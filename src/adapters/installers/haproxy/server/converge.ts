/**
 * Has a running HAProxy serve what the files say, list by list, from whatever it serves now: so a change that was cut off anywhere is ended by
 * doing it again, and what somebody changed by hand is put right.
 *
 * A client sees the old certificate of a name or the new: of two in the lists HAProxy shows the one that came first, so the new one is added, and
 * then the old one dropped.
 */
import { createHash } from 'node:crypto';
import { parsePem } from '../../../../values/pem.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import type { CertificateFiles } from '../../installer.js';
import type { CertificateId } from '../../generations/site.js';
import { certificatePath, type GenerationContent } from '../../generations/tree/files.js';
import type { GenerationTree } from '../../generations/tree/generation-tree.js';
import { namesOfList } from '../render.js';
import type { HaproxyRuntime, ListEntry } from './runtime.js';

export type Bench = { readonly runtime: HaproxyRuntime; readonly tree: GenerationTree; readonly path: string };

type Wanted = { readonly id: CertificateId; readonly certificate: string; readonly name: string };
export type ListDifference = {
  readonly shard: string;
  /** As it was named when HAProxy started; undefined where it has none such, and so lacks all. */
  readonly list: string | undefined;
  readonly missing: readonly Wanted[];
  readonly extra: readonly ListEntry[];
  readonly wanted: readonly Wanted[];
};

/** Of these shards of a generation, or of all. */
export async function differences(
  bench: Bench,
  content: GenerationContent,
  only?: ReadonlySet<string>,
): Promise<Result<readonly ListDifference[]>> {
  const lists = await listsByShard(bench);
  if (!lists.ok) return lists;
  const found: ListDifference[] = [];
  for (const shard of only ?? content.shards.keys()) {
    const compared = await compare(bench, content, shard, lists.value.get(shard));
    if (!compared.ok) return compared;
    found.push(compared.value);
  }
  return ok(found);
}

async function listsByShard({ runtime, path }: Bench): Promise<Result<ReadonlyMap<string, string>>> {
  const lists = await runtime.lists();
  if (!lists.ok) return lists;
  const ours = lists.value.filter((list) => list.startsWith(`${path}/shards/`));
  return ok(new Map(ours.map((list) => [list.slice(`${path}/shards/`.length).slice(0, 6), list])));
}

async function compare(
  { runtime, tree, path }: Bench,
  content: GenerationContent,
  shard: string,
  list: string | undefined,
): Promise<Result<ListDifference>> {
  const sites = await tree.sites(content, new Set([shard]));
  if (!sites.ok) return sites;
  const entries = list === undefined ? ok([]) : await runtime.entries(list);
  if (!entries.ok) return entries;
  const wanted = [...sites.value.values()].flatMap(({ key: { name }, certificates }) =>
    certificates.map((id): Wanted => ({ id, certificate: `${path}/${certificatePath(id)}`, name })),
  );
  const unmatched = new Map(wanted.map((each) => [`${each.certificate} ${each.name}`, each]));
  // A second entry of the same is one too many.
  const extra = entries.value.filter(({ certificate, name }) => !unmatched.delete(`${certificate} ${name}`));
  return ok({ shard, list, wanted, missing: [...unmatched.values()], extra });
}

/**
 * `thoroughly`: also where the lists are right, that each certificate is what its name says. SERVER_REFUSED where HAProxy has no such list, or does
 * not take what it is told.
 */
export async function converge(bench: Bench, all: readonly ListDifference[], thoroughly: boolean): Promise<Result<void>> {
  const lists = all.filter(isThere);
  const [absent] = all.filter((each) => !isThere(each));
  if (absent) return err(problem('SERVER_REFUSED', { detail: `it has no list ${absent.shard} of ours` }));
  const ids = new Set(lists.flatMap(({ wanted, missing }) => (thoroughly ? wanted : missing)).map(({ id }) => id));
  for (const id of ids) {
    const there = await ensureCertificate(bench, id);
    if (!there.ok) return there;
  }
  return inOrder([
    ...lists.flatMap(({ list, missing }) =>
      missing.map(
        ({ certificate, name }) =>
          () =>
            bench.runtime.addEntry(list, certificate, name),
      ),
    ),
    ...lists.map(
      ({ list, wanted }) =>
        () =>
          convergeNames(bench.runtime, namesOfList(list), new Set(wanted.map(({ name }) => name))),
    ),
    ...lists.flatMap(({ list, extra }) => extra.map((entry) => () => bench.runtime.dropEntry(list, entry))),
    ...[...new Set(lists.flatMap(({ extra }) => extra.map(({ certificate }) => certificate)))]
      .filter((certificate) => certificate.startsWith(`${bench.path}/certificates/`))
      .map((certificate) => () => bench.runtime.dropCertificate(certificate)),
  ]);
}

const isThere = (each: ListDifference): each is ListDifference & { list: string } => each.list !== undefined;

async function ensureCertificate({ runtime, tree, path }: Bench, id: CertificateId): Promise<Result<void>> {
  const place = `${path}/${certificatePath(id)}`;
  const [files, there] = [await tree.certificate(id), await runtime.certificate(place)];
  if (!files.ok) return files;
  if (!there.ok) return there;
  return there.value === leafSha1(files.value) ? ok(undefined) : runtime.putCertificate(place, payloadOf(files.value));
}

/** As HAProxy takes a certificate: key and chain, without an empty line. */
export const payloadOf = ({ key, chain }: Pick<CertificateFiles, 'key' | 'chain'>): Secret =>
  Secret.of(
    `${key.revealText()}\n${chain}`
      .split('\n')
      .filter((line) => line.trim() !== '')
      .join('\n'),
  );

function leafSha1({ chain }: CertificateFiles): string | undefined {
  const blocks = parsePem('CERTIFICATE', chain);
  return blocks.ok && blocks.value[0] ? createHash('sha1').update(blocks.value[0]).digest('hex') : undefined;
}

/** A name that is added before its certificate is dropped, or after, is led to HTTPS for a moment too long. */
async function convergeNames(runtime: HaproxyRuntime, file: string, wanted: ReadonlySet<string>): Promise<Result<void>> {
  const names = await runtime.names(file);
  if (!names.ok) return names;
  const there = new Set(names.value);
  return inOrder([
    ...[...wanted].filter((name) => !there.has(name)).map((name) => () => runtime.addName(file, name)),
    ...[...there].filter((name) => !wanted.has(name)).map((name) => () => runtime.dropName(file, name)),
  ]);
}

async function inOrder(steps: readonly (() => Promise<Result<void>>)[]): Promise<Result<void>> {
  for (const step of steps) {
    const done = await step();
    if (!done.ok) return done;
  }
  return ok(undefined);
}
