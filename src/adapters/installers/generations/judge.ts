/** May a staged generation be served? Our own look at what it changes, the server's at the whole, and ours at the sites beside it. */
import type { Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { checkCertificate } from '../certificate-check.js';
import { bindingKeyText, type Generation } from '../installer.js';
import type { Dialect, SiteChange } from './dialect.js';
import { generationPath, missing } from './tree/files.js';
import type { GenerationTree } from './tree/generation-tree.js';

type Bench = {
  readonly tree: GenerationTree;
  readonly dialect: Dialect;
  readonly now: Instant;
};

/** SERVER_CONFIG_REFUSED, with one `sub` for each binding that is to blame. */
export async function judge(bench: Bench, generation: Generation, changes: readonly SiteChange[]): Promise<Result<void>> {
  // Ours first: no server notices all that is wrong with a certificate, and most stop at the first thing that they do.
  const wrong = await wrongCertificates(bench, changes);
  if (!wrong.ok) return wrong;
  if (wrong.value.length > 0) return refused(wrong.value);

  const confused = await confusions(bench, generation, changes);
  if (!confused.ok) return confused;
  if (confused.value.length > 0) return refused(confused.value);

  const tested = await bench.dialect.test(generationPath(generation));
  if (!tested.ok) return tested.problem.code === 'SERVER_CONFIG_REFUSED' ? err(withBindings(bench, tested.problem, changes)) : tested;
  const [first] = tested.value.hidden;
  if (first) return err(first);
  const put = changes.flatMap(({ key, to }) => (to ? [key] : []));
  const conflicts = tested.value.taken(put);
  return conflicts.length > 0 ? refused(conflicts, `, in ${String(conflicts[0]?.facts['file'])}`) : ok(undefined);
}

async function wrongCertificates({ tree, dialect, now }: Bench, changes: readonly SiteChange[]): Promise<Result<readonly Problem[]>> {
  const wrong: Problem[] = [];
  for (const { key, to } of changes) {
    for (const id of to?.certificates ?? []) {
      const stored = await tree.certificate(id);
      if (!stored.ok && stored.problem.code !== 'CERTIFICATE_UNREADABLE') return stored;
      const checked = stored.ok ? checkCertificate(stored.value, key.name, now) : err('its file is gone or damaged');
      const why = checked.ok ? stored.ok && dialect.refusal?.(stored.value) : checked.problem;
      const subject = bindingKeyText(key);
      if (why) wrong.push(problem('SERVER_CONFIG_REFUSED', { detail: `${key.name}: ${why}` }, { subject }));
    }
  }
  return ok(wrong);
}

async function confusions(
  { tree, dialect }: Bench,
  generation: Generation,
  changes: readonly SiteChange[],
): Promise<Result<readonly Problem[]>> {
  if (!dialect.confused || changes.length === 0) return ok([]);
  const content = await tree.generation(generation);
  if (!content.ok) return content;
  const { value } = content;
  if (!value) return err(missing(generationPath(generation)));
  return dialect.confused(changes, { sites: (shards) => tree.sites(value, shards), certificate: (id) => tree.certificate(id) });
}

/** The parts are for those whose binding it is. `more`: for the administrator alone. */
const refused = (sub: readonly Problem[], more = ''): Result<never> =>
  err(problem('SERVER_CONFIG_REFUSED', { detail: `${String(sub[0]?.facts['detail'])}${more}` }, { sub }));

/** The server names the file; which bindings use it we know. */
function withBindings({ dialect }: Bench, complaint: Problem, changes: readonly SiteChange[]): Problem {
  const [, id] = /certificates\/([0-9a-f]{64}\.[0-9a-f]{32})\.pem/.exec(String(complaint.facts['detail'])) ?? [];
  const used = changes.filter(({ to }) => to?.certificates.some((each) => each === id));
  const detail = `${dialect.title} does not take its certificate`;
  return { ...complaint, sub: used.map(({ key }) => problem(complaint.code, { detail }, { subject: bindingKeyText(key) })) };
}
