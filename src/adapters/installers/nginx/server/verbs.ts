/** What is done to an nginx besides keeping files: the whole list. They run where its rights are: in the helper, or here. */
import type { Verbs } from '../../../hosts/host.js';
import { runCommand } from '../../../hosts/local/run-command.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { readBuild, type NginxBuild } from '../nginx-build.js';
import { currentConfiguration, type NginxPlace } from '../nginx-place.js';
import { includes, type MainConfiguration } from '../syntax/adopt.js';
import { foreignServers } from '../syntax/foreign-servers.js';
import { siteFiles } from '../syntax/found-sites.js';
import { everywhere } from '../syntax/parse.js';
import { describeSites } from './found.js';
import { adoptMainFile, readMainFile, withStagedCopy } from './main-file.js';
import { masterRuns, reloadMaster } from './master.js';

export type NginxVerb = 'nginx-survey' | 'nginx-adopted' | 'nginx-test' | 'nginx-adopt' | 'nginx-reload' | 'nginx-found';

/** Milliseconds until nginx is taken to hang. 10,000 sites take it about nine seconds to test or to reload on an idle machine. */
type Patience = { readonly version: number; readonly test: number; readonly reload: number };
const PATIENCE: Patience = { version: 10_000, test: 120_000, reload: 120_000 };
const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;

export const nginxVerbs = (place: NginxPlace, patience = PATIENCE): Verbs & Readonly<Record<NginxVerb, Verbs[string]>> => ({
  'nginx-survey': () => survey(place, patience),
  'nginx-adopted': () => adopted(place),
  'nginx-test': ([file]) => test(place, patience, file ?? ''),
  'nginx-adopt': async () => said(await adoptMainFile(place.mainConfiguration, currentConfiguration(place))),
  'nginx-reload': () => reload(place, patience),
  'nginx-found': () => found(place, patience),
});

/** JSON for `readSurvey` in control.ts. */
async function survey(place: NginxPlace, patience: Patience): Promise<Result<string>> {
  const version = await versionText(place, patience);
  if (!version.ok) return version;
  const main = await readMainFile(place.mainConfiguration);
  if (!main.ok) return main;
  const setsNameTable = (main.value.http.block ?? []).some(({ name }) => name.startsWith('server_names_hash_'));
  const build = readBuild(version.value);
  // What it says of itself is judged by who asked (control.ts).
  const runs = build.ok && (await masterRuns(configuredPidFile(main.value) ?? build.value.pidPath));
  return ok(JSON.stringify({ version: version.value, setsNameTable, runs }));
}

/** Asked at every challenge: it starts no program. */
async function adopted(place: NginxPlace): Promise<Result<string>> {
  const main = await readMainFile(place.mainConfiguration);
  return main.ok ? ok(includes(main.value, currentConfiguration(place)) ? 'yes' : 'no') : main;
}

export async function readBuildOf(place: NginxPlace): Promise<Result<NginxBuild>> {
  const version = await versionText(place, PATIENCE);
  return version.ok ? readBuild(version.value) : version;
}

async function versionText({ binary }: NginxPlace, patience: Patience): Promise<Result<string>> {
  const ended = await runCommand({ program: binary, args: ['-V'], timeoutMs: patience.version, maxOutputBytes: 64 * 1024 });
  if (!ended.ok) return ended;
  const { code, stdout, stderr } = ended.value;
  return code === 0 ? ok(stdout + stderr) : err(problem('SERVER_REFUSED', { detail: `${binary} -V ended with ${code}` }));
}

/** nginx's judgement of everything that it would serve with a generation; then the JSON of the servers that are not ours. */
function test(place: NginxPlace, patience: Patience, file: string): Promise<Result<string>> {
  if (!/^generations\/\d{1,15}\.conf$/.test(file)) return Promise.resolve(err(problem('INVALID_INPUT', { detail: 'not a generation' })));
  const { binary, mainConfiguration, tree } = place;
  return withStagedCopy(mainConfiguration, currentConfiguration(place), `${tree}/${file}`, async (copy) => {
    const ended = await runCommand({
      program: binary,
      args: ['-T', '-c', copy],
      timeoutMs: patience.test,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    if (!ended.ok) return ended;
    const { code, stdout, stderr } = ended.value;
    if (code !== 0) return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr).replaceAll(copy, mainConfiguration) }));
    // Else it did not read what it was asked to judge.
    if (!stdout.includes(`# configuration file ${tree}/${file}:`)) {
      return err(problem('SERVER_REFUSED', { detail: 'its test did not read the staged generation' }));
    }
    return ok(JSON.stringify(foreignServers(stdout.replaceAll(copy, mainConfiguration), tree)));
  });
}

/** As it is configured now: what it would serve after a reload. */
async function found({ binary, mainConfiguration, tree }: NginxPlace, patience: Patience): Promise<Result<string>> {
  const args = ['-T', '-c', mainConfiguration];
  const ended = await runCommand({ program: binary, args, timeoutMs: patience.test, maxOutputBytes: MAX_OUTPUT_BYTES });
  if (!ended.ok) return ended;
  const { code, stdout, stderr } = ended.value;
  if (code !== 0) return err(problem('SERVER_CONFIG_REFUSED', { detail: firstComplaint(stderr) }));
  return describeSites(siteFiles(stdout, tree, mainConfiguration));
}

function firstComplaint(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const line = lines.find((each) => each.includes('[emerg]')) ?? lines[0] ?? 'nginx gave no reason';
  return line.replace(/^.*\[emerg\] (\d+#\d+: )?/, '').slice(0, 1000);
}

async function reload(place: NginxPlace, patience: Patience): Promise<Result<string>> {
  const main = await readMainFile(place.mainConfiguration);
  if (!main.ok) return main;
  const configured = configuredPidFile(main.value);
  if (configured !== undefined) return said(await reloadMaster(configured, patience.reload));
  const version = await versionText(place, patience);
  if (!version.ok) return version;
  const build = readBuild(version.value);
  return build.ok ? said(await reloadMaster(build.value.pidPath, patience.reload)) : build;
}

/** Undefined where it is nginx's own default, or is seen from a folder that only nginx knows. */
function configuredPidFile({ directives }: MainConfiguration): string | undefined {
  const [file] = [...everywhere('pid', directives)].map(({ args }) => args[0]);
  return file?.startsWith('/') ? file : undefined;
}

const said = (outcome: Result<void>): Result<string> => (outcome.ok ? ok('') : outcome);
