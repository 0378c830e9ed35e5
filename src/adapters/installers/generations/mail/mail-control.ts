/** A server of mail, as its installer speaks with it: the verbs, typed. Each member has the same five under its own name. */
import type { Host } from '../../../hosts/host.js';
import type { HostPath } from '../../../hosts/host-path.js';
import { parseJson, readShape } from '../../../../values/json-shape.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';

export type MailVerb<Member extends string> = `${Member}-${'survey' | 'adopted' | 'test' | 'adopt' | 'reload'}`;

export class MailControl<Member extends 'dovecot' | 'postfix'> {
  constructor(
    private readonly host: Host,
    private readonly member: Member,
  ) {}

  survey<T>(read: (said: unknown) => T): Promise<Result<T>> {
    return this.#ask('survey', [], read);
  }

  /** Does its main configuration lead to what we serve? */
  async adopted(): Promise<Result<boolean>> {
    const words = await this.#run('adopted', []);
    return words.ok ? ok(words.value === 'yes') : words;
  }

  /** What it has beside ours. SERVER_CONFIG_REFUSED with its first complaint. */
  test<T>(generation: HostPath, read: (said: unknown) => T): Promise<Result<T>> {
    return this.#ask('test', [generation], read);
  }

  /** For the verbs that have nothing to say. */
  async do(act: 'adopt' | 'reload', fence?: number): Promise<Result<void>> {
    const words = await this.#run(act, [], fence);
    return words.ok ? ok(undefined) : words;
  }

  async #ask<T>(verb: 'survey' | 'test', args: readonly string[], read: (said: unknown) => T): Promise<Result<T>> {
    const words = await this.#run(verb, args);
    if (!words.ok) return words;
    const value = readShape(() => read(parseJson(words.value)));
    if (value.ok) return value;
    return err(problem('SERVER_REFUSED', { detail: `its host makes no sense (${String(value.problem.facts['detail'])})` }));
  }

  #run(act: 'survey' | 'adopted' | 'test' | 'adopt' | 'reload', args: readonly string[], fence?: number): Promise<Result<string>> {
    const verb: MailVerb<Member> = `${this.member}-${act}`;
    return this.host.run(verb, args, fence);
  }
}
