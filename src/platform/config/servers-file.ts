/**
 * The servers beside the edge that this machine drives: those of the file that HOSTSEAL_SERVERS names, and the nginx of HOSTSEAL_NGINX_CONFIG. What a
 * place says is the business of the server's kind.
 */
import fs from 'node:fs';
import { list, matching, parseJson, readShape, record, text } from '../../values/json-shape.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Config } from './config.js';

export type ServerEntry = { readonly name: string; readonly kind: string; readonly place: unknown };

/** CONFIG_INVALID (facts `variable`, `detail`). Reads the file once more each time. */
export function openServers({ serversFile, nginx }: Pick<Config, 'serversFile' | 'nginx'>): Result<readonly ServerEntry[]> {
  const written = serversFile === undefined ? ok([]) : readFile(serversFile);
  if (!written.ok) return err(unusableServers(`${String(serversFile)}: ${written.problem}`));
  const entries = [...(nginx ? [{ name: 'nginx', kind: 'NGINX', place: nginx }] : []), ...written.value];
  const names = entries.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    return err(unusableServers(`two servers are called ${twice}${nginx ? '; HOSTSEAL_NGINX_CONFIG names one nginx' : ''}`));
  return ok(entries);
}

export const unusableServers = (detail: string): Problem => problem('CONFIG_INVALID', { variable: 'HOSTSEAL_SERVERS', detail });

function readFile(file: string): Result<readonly ServerEntry[], string> {
  const content = readText(file);
  if (!content.ok) return content;
  const read = readShape(() => list(parseJson(content.value), 'servers', MAX_SERVERS, readEntry));
  return read.ok ? read : err(String(read.problem.facts['detail']));
}

function readEntry(value: unknown, where: string): ServerEntry {
  const entry = record(value, where, ['name', 'kind', 'place']);
  const name = matching(entry.name, `${where}.name`, /^(?!edge$)[a-z][a-z0-9-]{0,39}$/);
  return { name, kind: text(entry.kind, `${where}.kind`, 40), place: entry.place };
}

/** Opened once, so that what is judged is what is read. */
function readText(file: string): Result<string, string> {
  let opened: number | undefined;
  try {
    // A fifo would be waited for without an end.
    opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const found = fs.fstatSync(opened);
    if (!found.isFile()) return err('it is not a file');
    if (found.size > MAX_BYTES) return err(`it is larger than ${MAX_BYTES} bytes`);
    // It names programs that are run.
    if (found.uid !== 0 && found.uid !== process.getuid?.()) return err('it belongs to another user');
    if ((found.mode & 0o022) !== 0) return err('others may write it; chmod go-w');
    return ok(fs.readFileSync(opened, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return err(code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'permission denied' : message);
  } finally {
    if (opened !== undefined) fs.closeSync(opened);
  }
}

const MAX_BYTES = 1_048_576;
const MAX_SERVERS = 100;
