/** What is said to a running HAProxy, typed: its lists of certificates, its certificates, its lists of names, its map of challenges, its servers. */
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import type { Secret } from '../../../../values/secret.js';
import type { Command, RuntimeSocket } from './runtime-socket.js';

/** An entry of a list: `line` tells it from another of the same certificate. */
export type ListEntry = { readonly certificate: string; readonly name: string; readonly line: number };

export class HaproxyRuntime {
  constructor(private readonly socket: RuntimeSocket) {}

  /** The pid of the process that answers. SERVER_REFUSED where it lets us change nothing. */
  async pid(): Promise<Result<number>> {
    const level = await this.#say('show', 'cli', 'level');
    if (!level.ok) return level;
    if (level.value === '') return err(problem('SERVER_UNREACHABLE', { detail: 'its stats socket hangs up' }));
    if (level.value.trim() !== 'admin')
      return err(problem('SERVER_REFUSED', { detail: 'its stats socket is not of level admin', goesOn: true }));
    const info = await this.#say('show', 'info');
    if (!info.ok) return info;
    const [, pid] = /^Pid: (\d{1,10})$/m.exec(info.value) ?? [];
    return pid === undefined ? this.#strange('show info', info.value) : ok(Number(pid));
  }

  async hasProxy(name: string): Promise<Result<boolean>> {
    const answer = await this.#say('show', 'stat', name, '-1', '-1');
    return answer.ok ? ok(answer.value.split('\n').some((line) => line.startsWith(`${name},`))) : answer;
  }

  /** Paths, as they were at its start. */
  async lists(): Promise<Result<readonly string[]>> {
    const answer = await this.#say('show', 'ssl', 'crt-list');
    return answer.ok ? ok(answer.value.split('\n').filter((line) => line.startsWith('/'))) : answer;
  }

  async entries(list: string): Promise<Result<readonly ListEntry[]>> {
    const answer = await this.#say('show', 'ssl', 'crt-list', '-n', list);
    if (!answer.ok) return answer;
    const lines = answer.value.split('\n').filter((line) => line !== '');
    if (lines[0] !== `# ${list}`) return this.#strange('show ssl crt-list', answer.value);
    const entries = lines.slice(1).map((line): ListEntry => {
      const [, certificate = '', number, name = ''] = /^(\S+):(\d+) *(.*)$/.exec(line) ?? [];
      return { certificate, line: Number(number), name };
    });
    return ok(entries);
  }

  /** SHA-1 of the certificate that it has under this path, hex; '' where it has an empty place for it, undefined where it has none. */
  async certificate(path: string): Promise<Result<string | undefined>> {
    const answer = await this.#say('show', 'ssl', 'cert', path);
    if (!answer.ok) return answer;
    if (/^Status: Empty$/m.test(answer.value)) return ok('');
    return ok(/^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer.value)?.[1]?.toLowerCase());
  }

  /** Under a path of its own, or in the place of what is there; handshakes from now on have it. SERVER_CONFIG_REFUSED where it takes none such. */
  async putCertificate(path: string, pem: Secret): Promise<Result<void>> {
    const made = await this.#say('new', 'ssl', 'cert', path);
    if (!made.ok) return made;
    const set = await this.#told({ words: ['set', 'ssl', 'cert', path], payload: pem }, /^Transaction (created|updated) for certificate /m);
    if (!set.ok) return set;
    return this.#told({ words: ['commit', 'ssl', 'cert', path] }, /^Success!$/m);
  }

  addEntry(list: string, certificate: string, name: string): Promise<Result<void>> {
    return this.#told({ words: ['add', 'ssl', 'crt-list', list], payload: `${certificate} ${name}` }, /^Success!$/m);
  }

  dropEntry(list: string, { certificate, line }: ListEntry): Promise<Result<void>> {
    return this.#told({ words: ['del', 'ssl', 'crt-list', list, `${certificate}:${line}`] }, / deleted in crtlist /);
  }

  /** One that is still used stays, and one that is not there is fine. */
  async dropCertificate(path: string): Promise<Result<void>> {
    const answer = await this.#say('del', 'ssl', 'cert', path);
    return answer.ok ? ok(undefined) : answer;
  }

  async names(file: string): Promise<Result<readonly string[]>> {
    const answer = await this.#say('show', 'acl', file);
    return answer.ok ? ok([...answer.value.matchAll(/^0x[0-9a-f]+ (\S+)$/gm)].map(([, name = '']) => name)) : answer;
  }

  addName(file: string, name: string): Promise<Result<void>> {
    return this.#told({ words: ['add', 'acl', file, name] }, /^\s*$/);
  }

  dropName(file: string, name: string): Promise<Result<void>> {
    return this.#told({ words: ['del', 'acl', file, name] }, /^\s*(Key not found\.)?\s*$/);
  }

  async putInMap(file: string, key: string, value: string): Promise<Result<void>> {
    const set = await this.#say('set', 'map', file, key, value);
    if (!set.ok) return set;
    if (set.value.trim() === '') return ok(undefined);
    return this.#told({ words: ['add', 'map', file], payload: `${key} ${value}` }, /^\s*$/);
  }

  dropFromMap(file: string, key: string): Promise<Result<void>> {
    return this.#told({ words: ['del', 'map', file, key] }, /^\s*(Key not found\.)?\s*$/);
  }

  setServerState(backend: string, server: string, state: 'maint' | 'ready'): Promise<Result<void>> {
    // To one that it has not it leads nobody.
    const right = state === 'ready' ? /^\s*(No such (backend|server)\.)?\s*$/ : /^\s*$/;
    return this.#told({ words: ['set', 'server', `${backend}/${server}`, 'state', state] }, right);
  }

  #say(...words: readonly string[]): Promise<Result<string>> {
    return this.socket({ words });
  }

  async #told(command: Command, right: RegExp): Promise<Result<void>> {
    const answer = await this.socket(command);
    if (!answer.ok) return answer;
    return right.test(answer.value) ? ok(undefined) : this.#strange(command.words.slice(0, 5).join(' '), answer.value);
  }

  #strange(command: string, answer: string): Result<never> {
    const said = answer.trim().replace(/\s+/g, ' ').slice(0, 300);
    return err(problem('SERVER_REFUSED', { detail: `to "${command}" it says: ${said}` }));
  }
}
