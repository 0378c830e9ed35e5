/** The `hostseal` command: reads the command line, finds the platform, runs the command, and ends with its exit code. */
import fs from 'node:fs';
import path from 'node:path';
import { SystemClock } from '../platform/clock.js';
import type { Config } from '../platform/config/config.js';
import { problem, type Problem } from '../values/problems/problem.js';
import { err, type Result } from '../values/result.js';
import { parseCommandLine, wantsJson, type Command, type PlatformOptions } from './command-line.js';
import { EXIT, type ExitCode, type Failure } from './exit-codes.js';
import { helpOf } from './help.js';
import type { Platform } from './platform/find-platform.js';
import { harmless, openTerminal } from './terminal.js';
import { told } from './told-problem.js';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const args = process.argv.slice(2);
const terminal = openTerminal({ json: wantsJson(args) });
const clock = new SystemClock();
const interrupted = new Promise<'INTERRUPTED'>((resolve) => process.once('SIGINT', () => resolve('INTERRUPTED')));

// What is still on its way, an answer after Ctrl-C, is nobody's any more.
void run()
  .catch(broke)
  .then((exitCode) => process.exit(exitCode));

/** Each command's own modules are loaded for it alone: reading them takes longer than most commands do. */
async function run(): Promise<ExitCode> {
  const command = parseCommandLine(args);
  if (!command.ok) return fail({ exitCode: EXIT.USAGE, problem: told(command.problem) });
  switch (command.value.name) {
    case 'help':
      process.stdout.write(`${helpOf(command.value.of)}\n`);
      return EXIT.OK;
    case 'version':
      process.stdout.write(`${version()}\n`);
      return EXIT.OK;
    case 'check':
      return (await import('./check/check.js')).check(command.value, { terminal, clock, project: PROJECT }, interrupted);
    case 'doctor':
      return (await import('./doctor/doctor.js')).doctor({ config: await configuration(), terminal, clock });
    case 'verify':
      return (await import('./verify/verify.js')).verifyBatch(process.stdin, process.stdout, clock);
    default:
      return withPlatform(command.value);
  }
}

async function withPlatform(command: Extract<Command, { platform: PlatformOptions }>): Promise<ExitCode> {
  const platform = await findPlatform(command.platform);
  if (!platform.ok) return fail(platform.problem);
  const { url } = platform.value;
  const { makeApi } = await import('./platform/api.js');
  const around = { api: makeApi(platform.value), url, terminal, clock };
  if (command.name === 'secure') return (await import('./secure/secure.js')).secure(command, around, interrupted);
  return (await import('./status/status.js')).status(command.site, around);
}

async function findPlatform(options: PlatformOptions): Promise<Result<Platform, Failure>> {
  const { localPlatform, remotePlatform } = await import('./platform/find-platform.js');
  const { url, tokenFile } = options;
  if (url && tokenFile) return remotePlatform({ ...options, url, tokenFile });
  const config = await configuration();
  if (config.ok) return localPlatform(config.value, options);
  const [first, ...others] = config.problem as [Problem, ...Problem[]];
  return err({ exitCode: EXIT.USAGE, problem: told(others.length === 0 ? first : problem('INVALID_INPUT', {}, { sub: config.problem })) });
}

/** Read as `npm start` reads it, relative paths included. */
async function configuration(): Promise<Result<Config, Problem[]>> {
  const [{ parseConfig }, { listensOnIpv4Only }] = await Promise.all([
    import('../platform/config/config.js'),
    import('../platform/config/loopback.js'),
  ]);
  return parseConfig({ ...process.env, ...(listensOnIpv4Only(process.env) && { HOSTSEAL_LISTEN: '127.0.0.1' }) }, PROJECT);
}

function version(): string {
  return (JSON.parse(fs.readFileSync(path.join(PROJECT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** A mistake of ours is no finding: `check` could not check, and whoever reads its document is given one. */
function broke(bug: unknown): ExitCode {
  if (!wantsJson(args)) process.stderr.write(`${harmless(bug instanceof Error ? (bug.stack ?? bug.message) : String(bug))}\n`);
  return fail({ exitCode: args[0] === 'check' ? EXIT.NOT_CHECKED : EXIT.FAILED, problem: told(problem('INTERNAL', { logId: 'none' })) });
}

function fail(failure: Failure): ExitCode {
  terminal.fail(failure);
  return failure.exitCode;
}
