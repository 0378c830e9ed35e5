/** `hostseal status`: the platform's readiness, and every site that the token sees. */
import type { Clock } from '../../values/clock.js';
import type { Hostname } from '../../values/hostname.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { EXIT, type ExitCode, type Failure } from '../exit-codes.js';
import type { Api } from '../platform/api.js';
import type { Terminal } from '../terminal.js';
import { told } from '../told-problem.js';
import { statusLines } from './lines.js';
import { SITE_STATUS, SITES_STATUS, statusOf, type AskedSite, type AskedSites, type SiteStatus } from './site-status.js';

type Surroundings = { readonly api: Api; readonly url: URL; readonly terminal: Terminal; readonly clock: Clock };

export async function status(name: Hostname | undefined, { api, url, terminal, clock }: Surroundings): Promise<ExitCode> {
  const ready = await api.ready();
  const found = ready.ok ? await (name === undefined ? everySite(api) : oneSite(api, name)) : ready;
  if (!found.ok) {
    terminal.fail(found.problem);
    return found.problem.exitCode;
  }
  const sites = found.value;
  terminal.say(`Platform ${url.origin}: ready`, '', ...statusLines(sites, clock.now(), terminal.paint));
  terminal.document({ platform: { url: url.href, ready: true }, sites });
  return sites.every(({ state }) => state === 'SECURE') ? EXIT.OK : EXIT.FAILED;
}

async function oneSite(api: Api, name: Hostname): Promise<Result<readonly SiteStatus[], Failure>> {
  const answer = await api.ask<{ site: AskedSite | null }>(SITE_STATUS, { name });
  if (!answer.ok) return answer;
  const { site } = answer.value;
  if (site) return ok([statusOf(site)]);
  return err({ exitCode: EXIT.FAILED, problem: told(problem('NO_SUCH_SITE', { name })) });
}

async function everySite(api: Api): Promise<Result<readonly SiteStatus[], Failure>> {
  const sites: SiteStatus[] = [];
  for (let after: string | null | undefined; ;) {
    const answer = await api.ask<AskedSites>(SITES_STATUS, { after });
    if (!answer.ok) return answer;
    const { nodes, pageInfo } = answer.value.sites;
    sites.push(...nodes.map(statusOf));
    if (!pageInfo.hasNextPage) return ok(sites);
    after = pageInfo.endCursor;
  }
}
