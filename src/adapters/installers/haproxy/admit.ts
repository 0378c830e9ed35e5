/**
 * The few lines that render.ts uses, with values of their forms, and files of ours only. HAProxy starts as root and does as its configuration says
 * (`log`, `external-check command`), so the helper reads what it is to write.
 */
import type { Admit, HostFile } from '../../hosts/host.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { admitTree } from '../generations/admit.js';
import { CHALLENGE_KEY, CHALLENGE_MAP, CHALLENGE_VALUE } from './challenge-map.js';
import { renderFoundation } from './render.js';
import type { IpAddress } from '../../../values/ip-address.js';

export function admit(tree: string): Admit {
  const rules = linesOfOurs(tree);
  const configuration = admitTree((text) => admitLines(text, rules));
  return { ...configuration, file: (file) => admitPlain(file) ?? configuration.file(file) };
}

/** Files whose every line is data. Undefined for another file. */
function admitPlain({ path, content, access }: HostFile): Result<void> | undefined {
  const form = path === CHALLENGE_MAP ? isMapLine : /^shards\/[0-9a-f]{6}\.[0-9a-f]{32}\.names$/.test(path) ? isName : undefined;
  if (!form) return undefined;
  const text = typeof content === 'string' ? content : content.revealText();
  const stranger = access === 'OWNER' ? linesOf(text).find((line) => !form(line)) : '';
  return stranger === undefined
    ? ok(undefined)
    : err(problem('INVALID_INPUT', { detail: `${path}: the line ${stranger.slice(0, 60)} is not ours` }));
}

const isName = (line: string): boolean => new RegExp(`^${NAME}$`).test(line);
const isMapLine = (line: string): boolean => {
  const [key = '', value = '', ...more] = line.split(' ');
  return more.length === 0 && CHALLENGE_KEY.test(key) && CHALLENGE_VALUE.test(value);
};

function admitLines(text: string, rules: readonly RegExp[]): Result<void, string> {
  const stranger = linesOf(text).find((line) => !rules.some((rule) => rule.test(line)));
  return stranger === undefined ? ok(undefined) : err(`the line ${stranger.trim().slice(0, 60)} is not ours`);
}

/** None is empty, and what stands behind the last line break is one. */
const linesOf = (text: string): readonly string[] => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').filter(Boolean);

const NAME = String.raw`(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*`;
const PORT = String.raw`\d{1,5}`;
const ENDPOINT = String.raw`([0-9.]+|\[[0-9a-f:.]+\]):${PORT}`;

/** Every line that a foundation can have, made from one: what varies in it is put in as a pattern. */
function linesOfOurs(tree: string): readonly RegExp[] {
  const here = escaped(tree);
  const listed = `${here}/shards/[0-9a-f]{6}\\.[0-9a-f]{32}`;
  const variants = [443, 8443].flatMap((httpsPort) =>
    [false, true].map((hybridGroups) => {
      const listener = { address: '192.0.2.1' as IpAddress, httpPort: 80, httpsPort };
      return renderFoundation({ tree, build: { hybridGroups }, listeners: [listener] });
    }),
  );
  const spelled = new Set(variants.flatMap((text) => text.split('\n').filter(Boolean)));
  const patterns = [...spelled].map((line) =>
    escaped(line)
      .replace(/^( {4}bind )192\\\.0\\\.2\\\.1:\d+/, `$1${ENDPOINT}`)
      .replace(/hostseal-[0-9a-f]{12}(-0)?/g, (_, numbered?: string) => `hostseal-[0-9a-f]{12}${numbered ? '-\\d{1,4}' : ''}`)
      .replace(/:8443(?=%)/, `:${PORT}`)
      .replace(/@lists-[0-9a-f]{5}@/, `(@lists-[0-9a-f]{5}@|crt-list ${listed}\\.conf( crt-list ${listed}\\.conf)*)`)
      .replace(/@names-[0-9a-f]{5}@/, `(@names-[0-9a-f]{5}@|-f ${listed}\\.names( -f ${listed}\\.names)*)`),
  );
  return [
    // A comment that ends like this would go on, were HAProxy ever to read it so.
    '#.*[^\\\\]',
    `${here}/certificates/[0-9a-f]{64}\\.[0-9a-f]{32}\\.pem ${NAME}`,
    ...patterns,
  ].map((pattern) => new RegExp(`^${pattern}$`));
}

const escaped = (text: string): string =>
  text.replace(/[\\^$.*+?()[\]{}|/-]/g, (character) => (character === '-' || character === '/' ? character : `\\${character}`));
