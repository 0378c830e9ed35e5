/**
 * A server that reads files, as an installer. Between calls everything is in its tree (tree/files.ts): any process may make the next call.
 *
 * `current.conf`, a link, is the only truth about what a start of the server would serve, and is switched in one rename. What it serves
 * now it took up at its last reload: `loaded` says which generation that was, and is taken away while it is uncertain, so that whoever
 * comes after a crash reloads once more.
 */
import type { Host } from '../../hosts/host.js';
import type { HostPath } from '../../hosts/host-path.js';
import type { Turns } from '../../turns.js';
import type { Clock } from '../../../values/clock.js';
import type { Hostname } from '../../../values/hostname.js';
import { problem, type Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type {
  BindingKey,
  ChallengeResponder,
  Change,
  Generation,
  Installer,
  Inventory,
  Reloads,
  RestoresDefault,
  ServerCapabilities,
  SetsRight,
  Drift,
  FoundSite,
  Surveys,
} from '../installer.js';
import { ensureChallengePlace } from './challenge-place.js';
import { challengeAt, removeChallengeFile, writeChallenge } from './challenges.js';
import { lookForDrift, type Looked } from './drift.js';
import { judge } from './judge.js';
import type { Dialect, SiteChange } from './dialect.js';
import { fingerprintOf, shardOf } from './site.js';
import * as files from './tree/files.js';
import type { GenerationContent } from './tree/files.js';
import { GenerationTree } from './tree/generation-tree.js';
import { checkChange } from './tree/plan-generation.js';
import { layAgain, layDown, layDownDefault, stageAfter, type StagingPlace } from './tree/stage-generation.js';
import { switchGeneration } from './switch-generation.js';

export type GenerationServer = {
  /** What the panel calls it, for problems about it. */
  readonly serverName: string;
  readonly host: Host;
  /** Our tree, as an absolute path on the host. */
  readonly tree: string;
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** Of those who present challenges: shared by all installers of this server in the process. */
  readonly turns: Turns;
};

export class GenerationInstaller implements Installer, Reloads, RestoresDefault, SetsRight, Surveys, ChallengeResponder {
  readonly #server: GenerationServer;
  readonly #tree: GenerationTree;
  readonly #staging: StagingPlace;

  constructor(server: GenerationServer) {
    this.#server = server;
    const { host, tree: path, dialect } = server;
    this.#tree = new GenerationTree(host, path, dialect.spelling);
    const { spelling, shardOf: ownShards, names } = dialect;
    this.#staging = { host, tree: this.#tree, path, spelling, shardOf: ownShards ?? shardOf, access: names ? 'WORKERS' : 'OWNER' };
  }

  capabilities(): Promise<Result<ServerCapabilities>> {
    return this.#named(async () => {
      const survey = await this.#server.dialect.survey();
      if (!survey.ok) return survey;
      if (!survey.value.runs) return err(problem('SERVER_UNREACHABLE', { detail: 'it does not run' }));
      return ok(survey.value.capabilities);
    });
  }

  inventory(keys?: readonly BindingKey[]): Promise<Result<Inventory>> {
    return this.#named(async () => {
      const current = await this.#current();
      if (!current.ok) return current.problem.code === 'GENERATION_UNKNOWN' ? ok({ generation: 0, bindings: [] }) : current;
      const shards = keys && new Set(keys.map(this.#staging.shardOf));
      const sites = await this.#tree.sites(current.value.content, shards);
      if (!sites.ok) return sites;
      const stored = [...sites.value.values()];
      const shown = this.#server.dialect.shown ? await this.#server.dialect.shown(stored) : ok(stored);
      if (!shown.ok) return shown;
      // A server that is asked tells of sites whose files were not read, and of them only how they differ from those.
      const known = shards ? shown.value.filter(({ key }) => shards.has(this.#staging.shardOf(key))) : shown.value;
      const bindings = known.map(({ key, certificates }) => ({ key, fingerprints: certificates.map(fingerprintOf) }));
      return ok({ generation: current.value.generation, bindings });
    });
  }

  stage(change: Change, fence: number): Promise<Result<Generation>> {
    return this.#asHolder(fence, async () => {
      const checked = checkChange(change, this.#server.dialect);
      if (!checked.ok) return checked;
      const survey = await this.#server.dialect.survey();
      if (!survey.ok) return survey;
      const laid = await layDown(this.#staging, survey.value);
      if (!laid.ok) return laid;
      const current = await this.#current();
      return current.ok ? stageAfter(this.#staging, current.value, change, survey.value, fence) : current;
    });
  }

  test(generation: Generation): Promise<Result<void>> {
    return this.#named(async () => {
      const current = await this.#current();
      if (!current.ok) return current;
      const { generation: now } = current.value;
      if (generation !== now && generation !== now + 1) return this.#unknown(generation, current.value);
      const before = await this.#tree.generation(generation - 1);
      if (!before.ok) return before;
      const content = await this.#tree.generation(generation);
      if (!content.ok) return content;
      if (!content.value) return this.#unknown(generation, current.value);
      const changes = await this.#tree.changes(before.value, content.value);
      if (!changes.ok) return changes;
      return this.#judge(generation, changes.value);
    });
  }

  apply(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const current = await this.#current();
      if (!current.ok) return current;
      const { generation: from } = current.value;
      const loaded = await this.#tree.loaded();
      if (!loaded.ok) return loaded;
      if (generation === from) return loaded.value === from ? ok(undefined) : this.#switch(from, from, fence);
      const staged = generation === from + 1 ? await this.#tree.generation(generation) : ok(undefined);
      if (!staged.ok) return staged;
      return staged.value ? this.#switch(from, generation, fence) : this.#unknown(generation, current.value);
    });
  }

  undo(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const current = await this.#current();
      if (!current.ok) return current;
      const { generation: from } = current.value;
      if (generation === from && from > 0) {
        const before = await this.#tree.generation(from - 1);
        if (!before.ok) return before;
        if (!before.value) return this.#unknown(generation, current.value);
        const switched = await this.#switch(from, from - 1, fence);
        if (!switched.ok) return switched;
        // A worker may have looked up the way to a file, and not have opened it yet: it goes with what is pruned after the next change.
        if (this.#server.dialect.names) return this.#tree.forget((each) => each >= generation, fence);
      } else if (generation !== from + 1) {
        return this.#unknown(generation, current.value);
      } else {
        const settled = await this.#settle(from, fence);
        if (!settled.ok) return settled;
      }
      const forgotten = await this.#tree.forget((each) => each >= generation, fence);
      return forgotten.ok ? this.#tree.collect(fence) : forgotten;
    });
  }

  prune(fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const current = await this.#tree.current();
      if (!current.ok) return current;
      const oldest = (current.value ?? 0) - 1;
      const forgotten = await this.#tree.forget((each) => each < oldest, fence);
      return forgotten.ok ? this.#tree.collect(fence) : forgotten;
    });
  }

  reload(fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const current = await this.#current();
      return current.ok ? this.#switch(current.value.generation, current.value.generation, fence) : current;
    });
  }

  restoreDefault(fence: number): Promise<Result<void>> {
    return this.#asHolder(fence, async () => {
      const current = await this.#current();
      if (!current.ok) return current;
      const survey = await this.#server.dialect.survey();
      if (!survey.ok) return survey;
      const laid = await layDownDefault(this.#staging, survey.value, fence);
      return laid.ok ? this.#switch(current.value.generation, current.value.generation, fence) : laid;
    });
  }

  found(): Promise<Result<readonly FoundSite[]>> {
    const { dialect } = this.#server;
    return this.#named(async () => (dialect.found ? dialect.found() : ok([])));
  }

  drift(): Promise<Result<readonly Drift[]>> {
    return this.#named(async () => {
      const looked = await this.#look();
      return looked.ok ? ok(looked.value.drift) : looked;
    });
  }

  setRight(fence: number): Promise<Result<{ complete: boolean }>> {
    return this.#asHolder<{ complete: boolean }>(fence, async () => {
      const looked = await this.#look();
      if (!looked.ok) return looked;
      const { drift, whole } = looked.value;
      if (drift.length === 0 || !whole) return ok({ complete: true });
      const survey = await this.#server.dialect.survey();
      if (!survey.ok) return survey;
      const { host } = this.#server;
      const paths = drift.filter(({ inTree }) => inTree).map(({ path }) => path as HostPath);
      const aside = await host.putAside(paths, fence);
      if (!aside.ok) return aside;
      const { generation, sites, lost, foundation } = whole;
      const laid = await layAgain(this.#staging, generation, sites.values(), survey.value, foundation, fence);
      if (!laid.ok) return laid;
      const pointed = await host.point(files.CURRENT, files.generationPath(generation), fence);
      if (!pointed.ok) return pointed;
      // Taken up now, what is lost would be shown no more: the deployment that brings it takes all up.
      if (lost) return ok({ complete: false });
      const switched = await this.#switch(generation, generation, fence);
      return switched.ok ? ok({ complete: true }) : switched;
    });
  }

  defaultCertificate(): Promise<Result<string | undefined>> {
    return this.#tree.neutralFingerprint();
  }

  presentChallenge(name: Hostname, path: string, body: string): Promise<Result<void>> {
    return this.#named(async () => {
      const { host, dialect, turns, serverName } = this.#server;
      if (!dialect.showsChallenges) return err(problem('SERVER_REFUSED', { detail: `${serverName} shows no files to CAs` }));
      const challenge = challengeAt(name, path);
      if (!challenge.ok) return challenge;
      const written = dialect.challenges ? ok(undefined) : await writeChallenge(host, name, path, body);
      if (!written.ok) return written;
      const judge = (generation: Generation) => this.#judge(generation, []);
      const ensured = await ensureChallengePlace({ host, tree: this.#tree, dialect, staging: this.#staging, turns, judge });
      if (!ensured.ok || !dialect.challenges) return ensured;
      return turns.take(() => dialect.challenges!.present(challenge.value, body));
    });
  }

  removeChallenge(name: Hostname, path: string): Promise<Result<void>> {
    return this.#named(async () => {
      const { host, dialect, turns } = this.#server;
      if (!dialect.challenges) return removeChallengeFile(host, name, path);
      const challenge = challengeAt(name, path);
      return challenge.ok ? turns.take(() => dialect.challenges!.remove(challenge.value)) : ok(undefined);
    });
  }

  /** GENERATION_UNKNOWN where nothing was ever laid down. */
  async #current(): Promise<Result<Current>> {
    const generation = await this.#tree.current();
    if (!generation.ok) return generation;
    if (generation.value === undefined) return err(problem('GENERATION_UNKNOWN', { generation: 0, current: 0 }));
    const content = await this.#tree.generation(generation.value);
    if (!content.ok) return content;
    if (!content.value) return err(files.missing(files.generationPath(generation.value)));
    return ok({ generation: generation.value, content: content.value });
  }

  #look(): Promise<Result<Looked>> {
    const { host, dialect } = this.#server;
    return lookForDrift({ host, tree: this.#tree, dialect });
  }

  /** A reload that nobody saw the end of is done once more. Where the server does not include our tree, there is nothing to reload for. */
  async #settle(current: Generation, fence: number): Promise<Result<void>> {
    const loaded = await this.#tree.loaded();
    if (!loaded.ok || loaded.value === current) return loaded.ok ? ok(undefined) : loaded;
    const adopted = await this.#server.dialect.adopted();
    if (!adopted.ok) return adopted;
    return adopted.value ? this.#switch(current, current, fence) : ok(undefined);
  }

  #judge(generation: Generation, changes: readonly SiteChange[]): Promise<Result<void>> {
    const { dialect, clock } = this.#server;
    return judge({ tree: this.#tree, dialect, now: clock.now() }, generation, changes);
  }

  #switch(from: Generation, to: Generation, fence?: number): Promise<Result<void>> {
    const { host, dialect } = this.#server;
    return switchGeneration({ host, tree: this.#tree, dialect }, from, to, fence);
  }

  /** Whoever holds a token that was overtaken hears it before anything else. */
  #asHolder<T>(fence: number, work: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#named(async () => {
      const holds = await this.#server.host.remove([], fence);
      return holds.ok ? work() : holds;
    });
  }

  async #named<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const outcome = await work();
    if (outcome.ok) return outcome;
    const name = (each: Problem): Problem => ({
      ...each,
      facts: { ...each.facts, server: this.#server.serverName },
      sub: each.sub.map(name),
    });
    return err(name(outcome.problem));
  }

  #unknown(generation: Generation, current: Current): Result<never> {
    return err(problem('GENERATION_UNKNOWN', { generation, current: current.generation }));
  }
}

type Current = { readonly generation: Generation; readonly content: GenerationContent };
