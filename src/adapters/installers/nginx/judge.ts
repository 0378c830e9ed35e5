/** May a staged generation be served? Our own look at what it changes, nginx's at the whole, and ours at the sites beside it. */
import type { Instant } from '../../../values/instant.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { checkCertificate } from '../certificate-check.js';
import { bindingKeyText, type Generation, type Listener } from '../installer.js';
import { hidden, taken } from './neighbours.js';
import type { NginxControl } from './server/control.js';
import { generationPath } from './tree/files.js';
import type { NginxTree, SiteChange } from './tree/nginx-tree.js';

type Bench = {
  readonly tree: NginxTree;
  readonly control: NginxControl;
  readonly listeners: readonly Listener[];
  readonly now: Instant;
};

/** SERVER_CONFIG_REFUSED, with one `sub` for each binding that is to blame. */
export async function judge(bench: Bench, generation: Generation, changes: readonly SiteChange[]): Promise<Result<void>> {
  // Ours first: nginx does not notice all that is wrong with a certificate, and stops at the first thing that it does.
  const wrong = await wrongCertificates(bench, changes);
  if (!wrong.ok) return wrong;
  if (wrong.value.length > 0) return refused(wrong.value);

  const tested = await bench.control.test(generationPath(generation));
  if (!tested.ok) return tested.problem.code === 'SERVER_CONFIG_REFUSED' ? err(withBindings(tested.problem, changes)) : tested;
  const [first] = hidden(bench.listeners, tested.value);
  if (first) return err(first);
  const put = changes.flatMap(({ key, to }) => (to ? [key] : []));
  const conflicts = taken(put, bench.listeners, tested.value);
  return conflicts.length > 0 ? refused(conflicts, `, in ${String(conflicts[0]?.facts['file'])}`) : ok(undefined);
}

async function wrongCertificates({ tree, now }: Bench, changes: readonly SiteChange[]): Promise<Result<readonly Problem[]>> {
  const wrong: Problem[] = [];
  for (const { key, to } of changes) {
    for (const id of to?.certificates ?? []) {
      const stored = await tree.certificate(id);
      if (!stored.ok && stored.problem.code !== 'CERTIFICATE_UNREADABLE') return stored;
      const checked = stored.ok ? checkCertificate(stored.value, key.name, now) : err('its file is gone or damaged');
      const subject = bindingKeyText(key);
      if (!checked.ok) wrong.push(problem('SERVER_CONFIG_REFUSED', { detail: `${key.name}: ${checked.problem}` }, { subject }));
    }
  }
  return ok(wrong);
}

/** The parts are for those whose binding it is. `more`: for the administrator alone. */
const refused = (sub: readonly Problem[], more = ''): Result<never> =>
  err(problem('SERVER_CONFIG_REFUSED', { detail: `${String(sub[0]?.facts['detail'])}${more}` }, { sub }));

/** nginx names the file; which bindings use it we know. */
function withBindings(complaint: Problem, changes: readonly SiteChange[]): Problem {
  const [, id] = /certificates\/([0-9a-f]{64}\.[0-9a-f]{32})\.pem/.exec(String(complaint.facts['detail'])) ?? [];
  const used = changes.filter(({ to }) => to?.certificates.some((each) => each === id));
  const detail = 'nginx does not take its certificate';
  return { ...complaint, sub: used.map(({ key }) => problem(complaint.code, { detail }, { subject: bindingKeyText(key) })) };
}
