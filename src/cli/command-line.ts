/** What was typed, read into a type. Pure: COMMAND_LINE_INVALID and the problems of names are all that can come of it. */
import { parseArgs } from 'node:util';
import { parseHostname, type Hostname } from '../values/hostname.js';
import { problem } from '../values/problems/problem.js';
import { allItems, err, ok, type Result } from '../values/result.js';
import { parseCheck, type CheckOptions } from './check/check-options.js';

const COMMANDS = ['secure', 'status', 'check', 'doctor', 'verify'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Which platform is meant: by default the one of HOSTSEAL_HOME. */
export type PlatformOptions = {
  readonly url?: URL;
  readonly tokenFile?: string;
  readonly caFile?: string;
};
export type Command =
  | { readonly name: 'help'; readonly of?: CommandName }
  | { readonly name: 'version' }
  | ({ readonly name: 'secure' } & SecureOptions)
  | { readonly name: 'status'; readonly site?: Hostname; readonly platform: PlatformOptions }
  | ({ readonly name: 'check' } & CheckOptions)
  | { readonly name: 'doctor' }
  | { readonly name: 'verify' };
export type SecureOptions = {
  /** At least one, each once; the first is the main one. */
  readonly names: readonly Hostname[];
  readonly renew: boolean;
  readonly timeoutSeconds: number;
  readonly platform: PlatformOptions;
};

const OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  url: { type: 'string' },
  'token-file': { type: 'string' },
  'ca-file': { type: 'string' },
  renew: { type: 'boolean' },
  timeout: { type: 'string' },
  site: { type: 'string' },
  batch: { type: 'boolean' },
  sni: { type: 'string' },
  connect: { type: 'string' },
  starttls: { type: 'string' },
  roots: { type: 'string' },
  at: { type: 'string' },
  sweep: { type: 'boolean' },
} as const;
type Option = keyof typeof OPTIONS;
type Values = { [K in Option]?: (typeof OPTIONS)[K]['type'] extends 'boolean' ? boolean : string };

const EVERYWHERE: readonly Option[] = ['json', 'help'];
const PLATFORM: readonly Option[] = ['url', 'token-file', 'ca-file'];
const TAKES: Readonly<Record<CommandName, readonly Option[]>> = {
  secure: [...EVERYWHERE, ...PLATFORM, 'renew', 'timeout'],
  status: [...EVERYWHERE, ...PLATFORM, 'site'],
  check: [...EVERYWHERE, 'sni', 'connect', 'starttls', 'roots', 'at', 'sweep'],
  doctor: EVERYWHERE,
  verify: ['help', 'batch'],
};
const DEFAULT_TIMEOUT = 120;
/** A day: what an order may take at most (level DV). */
const LONGEST_TIMEOUT = 86_400;

export function parseCommandLine(args: readonly string[]): Result<Command> {
  const parsed = split(args);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [word, ...rest] = positionals;
  const name = COMMANDS.find((known) => known === word);
  if (values.version) return ok({ name: 'version' });
  if (values.help || word === undefined) return word === undefined || name ? ok({ name: 'help', of: name }) : unknownCommand(word);
  if (!name) return unknownCommand(word);
  const stray = (Object.keys(values) as Option[]).find((option) => !TAKES[name].includes(option));
  if (stray !== undefined) return refuse(`${name} has no option --${stray}`);
  if (name === 'check') return check(rest, values);
  if (name !== 'secure' && rest.length > 0) return refuse(`${name} takes no "${short(rest[0]!)}"`);
  if (name === 'doctor') return ok({ name });
  if (name === 'verify') return values.batch ? ok({ name }) : refuse('verify needs --batch, and reads its cases from standard input');
  const platform = platformOptions(values);
  if (!platform.ok) return platform;
  return name === 'secure' ? secure(rest, values, platform.value) : status(values, platform.value);
}

/** Asked before all else is read, so that a wrong command line is answered in the way that was asked for. */
export const wantsJson = (args: readonly string[]): boolean => args.some((arg) => arg === '--json' || arg.startsWith('--json='));

function split(args: readonly string[]): Result<{ values: Values; positionals: string[] }> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    return ok({ values: { ...values }, positionals });
  } catch (error) {
    // Node's words for it, first sentence: `Unknown option '--color'`.
    return refuse((error as Error).message.split(/\.\s/)[0]!.replace(/\.$/, ''));
  }
}

function secure(texts: readonly string[], values: Values, platform: PlatformOptions): Result<Command> {
  if (texts.length === 0) return refuse('secure needs the name of a site');
  const names = allItems(texts, parseHostname);
  if (!names.ok) {
    // Each names the text that it is about; where that stood in the list helps nobody.
    const [first, ...others] = names.problem.sub.map(({ subject: _, ...cause }) => cause);
    return others.length === 0 ? err(first!) : err({ ...names.problem, sub: [first!, ...others] });
  }
  const timeout = values.timeout ?? String(DEFAULT_TIMEOUT);
  const timeoutSeconds = /^\d{1,6}$/.test(timeout) ? Number(timeout) : 0;
  if (timeoutSeconds < 1 || timeoutSeconds > LONGEST_TIMEOUT)
    return refuse(`--timeout takes 1 to ${LONGEST_TIMEOUT} seconds, not "${short(timeout)}"`);
  return ok({ name: 'secure', names: [...new Set(names.value)], renew: values.renew ?? false, timeoutSeconds, platform });
}

function check(texts: readonly string[], values: Values): Result<Command> {
  const options = parseCheck(texts, values);
  return options.ok ? ok({ name: 'check', ...options.value }) : options;
}

function status({ site }: Values, platform: PlatformOptions): Result<Command> {
  if (site === undefined) return ok({ name: 'status', platform });
  const name = parseHostname(site);
  return name.ok ? ok({ name: 'status', site: name.value, platform }) : name;
}

function platformOptions({ url: text, 'token-file': tokenFile, 'ca-file': caFile }: Values): Result<PlatformOptions> {
  const files = { ...(tokenFile !== undefined && { tokenFile }), ...(caFile !== undefined && { caFile }) };
  if (text === undefined) return ok(files);
  const url = URL.parse(text);
  // The token goes along with every request: never in clear, and never to where a slip in the URL leads.
  if (url?.protocol !== 'https:') return refuse(`--url takes the address of an API, such as https://panel.example/graphql`);
  if (url.username !== '' || url.password !== '') return refuse('--url takes no user name; the token is read from --token-file');
  if (tokenFile === undefined) return refuse('--url needs --token-file, the file with the token for that platform');
  if (url.pathname === '/') url.pathname = '/graphql';
  return ok({ url, ...files });
}

const unknownCommand = (word: string) => refuse(`there is no command "${short(word)}"`);
const refuse = (detail: string) => err(problem('COMMAND_LINE_INVALID', { detail }));
const short = (text: string): string => text.slice(0, 60);
