/**
 * `hostseal doctor`: looks at everything that an installation on this machine stands on, from the ground up, and says what is
 * wrong and who has to do what about it. It asks and never changes; what stands on something broken is UNKNOWN, not fine.
 */
import type { Config } from '../../platform/config/config.js';
import type { HomeLayout } from '../../platform/config/home-layout.js';
import type { Clock } from '../../values/clock.js';
import type { Problem } from '../../values/problems/problem.js';
import type { Result } from '../../values/result.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { makeApi } from '../platform/api.js';
import { findOpenHome, localPlatform } from '../platform/find-platform.js';
import type { Terminal } from '../terminal.js';
import { openAcmeDirectories } from '../../platform/config/acme-files.js';
import { serversHere } from '../../servers-here.js';
import { broken, exitCodeOf, findingLines, fine, unknown, wrong, type Finding } from './finding.js';
import { examinePanelCertificate } from './panel-certificate.js';
import { examineApi, examineEdge } from './processes.js';
import { examinePublicRoots } from './public-roots.js';

type Surroundings = { readonly config: Result<Config, Problem[]>; readonly terminal: Terminal; readonly clock: Clock };

export async function doctor({ config, terminal, clock }: Surroundings): Promise<ExitCode> {
  const findings = await examine(config, clock);
  const exitCode = exitCodeOf(findings);
  terminal.say(...findingLines(findings, terminal.paint));
  terminal.document({ healthy: exitCode === EXIT.OK, findings });
  return exitCode;
}

const LATER = ['API', 'database', 'edge', 'panel certificate', 'token'];

async function examine(config: Result<Config, Problem[]>, clock: Clock): Promise<Finding[]> {
  if (!config.ok) {
    const problems = config.problem.map((cause) => broken('configuration', EXIT.USAGE, cause));
    return [...problems, ...['data folder', ...LATER].map((check) => unknown(check, 'The configuration has to be right first.'))];
  }
  const { role, home } = config.value;
  const configuration = fine('configuration', `Role ${role}, panel ${config.value.hostname}, data in ${home}.`);
  const layout = findOpenHome(config.value);
  if (!layout.ok) {
    const later = LATER.map((check) => unknown(check, 'The data folder has to be there first.'));
    return [configuration, wrong('data folder', layout.problem), ...later];
  }
  const folder = fine('data folder', `Instance ${layout.value.instanceId} in ${layout.value.home}.`);
  return [
    configuration,
    folder,
    examinePublicRoots(layout.value, clock),
    ...examineAcme(config.value, layout.value),
    ...examineServers(config.value),
    ...(await examineRunning(config.value, layout.value, clock)),
  ];
}

function examineAcme({ acme: { directories } }: Config, layout: HomeLayout): Finding[] {
  const opened = openAcmeDirectories(layout.acme, directories);
  if (!opened.ok) return opened.problem.map((cause) => broken('ACME', EXIT.USAGE, cause));
  return opened.value.flatMap(({ title, url, roots, lacks }) => {
    const trust = roots ? `its own roots (${roots.length})` : 'the public roots';
    return lacks.length > 0
      ? lacks.map((cause) => broken('ACME', EXIT.USAGE, cause))
      : fine('ACME', `${title} at ${url}, trusted by ${trust}.`);
  });
}

/** What the API drives is asked of the API; here, whether it can be read what there is. */
function examineServers(config: Config): Finding[] {
  const servers = serversHere(config);
  if (!servers.ok) return [broken('servers', EXIT.USAGE, servers.problem)];
  const { onDisk, cpanels } = servers.value;
  return [
    ...onDisk.map(({ name, kind, placed }) => fine('servers', `${name} (${kind}), with its files in ${placed.tree}.`)),
    ...cpanels.map(({ name, place }) => fine('servers', `${name} (CPANEL), asked at ${place.url.origin}.`)),
  ];
}

/** The edge and what is called through it are there in the role `all` only; a worker answers nobody. */
async function examineRunning(config: Config, layout: HomeLayout, clock: Clock): Promise<Finding[]> {
  if (config.role === 'worker') return [];
  const api = config.apiListen ? [] : await examineApi(layout);
  if (config.role !== 'all') return api;
  const edge = await examineEdge(layout, config);
  const panel =
    edge.state === 'OK'
      ? await examinePanelCertificate(config, layout, clock)
      : [unknown('panel certificate', 'The edge has to listen where the configuration says.')];
  return [...api, edge, ...panel, await examineToken(config)];
}

/** As `secure` and `status` call it: through the edge, over TLS that is verified, with the administrator's token. */
async function examineToken(config: Config): Promise<Finding> {
  const platform = localPlatform(config, {});
  if (!platform.ok) return wrong('token', platform.problem);
  const me = await makeApi(platform.value).ask<{ me: { name: string; kind: string } }>('{ me { name kind } }');
  if (me.ok) return fine('token', `${me.value.me.name} (${me.value.me.kind}) is who it speaks for, at ${platform.value.url.href}.`);
  return me.problem.exitCode === EXIT.OUT_OF_REACH
    ? unknown('token', `The API cannot be asked: ${me.problem.problem.message}`)
    : wrong('token', me.problem);
}
