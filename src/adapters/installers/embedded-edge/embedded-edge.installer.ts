/** The embedded edge as an installer: every call is one request over its control socket. */
import type { Clock } from '../../../values/clock.js';
import type { Hostname } from '../../../values/hostname.js';
import { problem } from '../../../values/problems/problem.js';
import { err, type Result } from '../../../values/result.js';
import type {
  BindingKey,
  ChallengeResponder,
  Change,
  Generation,
  Installer,
  Inventory,
  Rehearsal,
  Rehearses,
  ServerCapabilities,
} from '../installer.js';
import { callEdge, edgeState, type ControlAddress } from './control-client.js';
import { EMBEDDED_EDGE } from './manifest.js';
import {
  CHALLENGE_PATH,
  MAX_CHALLENGE_BODY,
  readGenerationBody,
  readInventory,
  readRehearsalBody,
  stageBody,
} from './wire/control-protocol.js';

export class EmbeddedEdgeInstaller implements Installer, Rehearses, ChallengeResponder {
  readonly #address: ControlAddress;
  readonly #clock: Clock;

  constructor({ clock, ...address }: ControlAddress & { readonly clock: Clock }) {
    this.#address = address;
    this.#clock = clock;
  }

  async capabilities(): Promise<Result<ServerCapabilities>> {
    const state = await edgeState(this.#address);
    if (!state.ok) return state;
    const { version, tlsLibrary } = state.value;
    return { ok: true, value: { software: EMBEDDED_EDGE.title, version, tlsLibrary, changesWithoutReload: true } };
  }

  inventory(keys?: readonly BindingKey[]): Promise<Result<Inventory>> {
    if (!keys) return callEdge(this.#address, 'GET', '/inventory', undefined, readInventory);
    return this.#post('/inventory', { keys }, readInventory);
  }

  stage(change: Change, fence: number): Promise<Result<Generation>> {
    return this.#post('/generations', stageBody(change, fence), readGenerationBody);
  }

  test(generation: Generation): Promise<Result<void>> {
    return this.#post(`/generations/${generation}/test`, { now: this.#clock.now() }, nothing);
  }

  rehearse(generation: Generation): Promise<Result<Rehearsal>> {
    return this.#post(`/generations/${generation}/rehearse`, {}, readRehearsalBody);
  }

  apply(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#post(`/generations/${generation}/apply`, { fence }, nothing);
  }

  undo(generation: Generation, fence: number): Promise<Result<void>> {
    return this.#post(`/generations/${generation}/undo`, { fence }, nothing);
  }

  prune(fence: number): Promise<Result<void>> {
    return this.#post('/prune', { fence }, nothing);
  }

  /** INVALID_INPUT for a path that no validation method uses, TOO_LARGE above 4,096 octets. */
  async presentChallenge(name: Hostname, path: string, body: string): Promise<Result<void>> {
    if (!CHALLENGE_PATH.test(path)) return err(problem('INVALID_INPUT', { detail: `path: not of the form ${CHALLENGE_PATH.source}` }));
    if (Buffer.byteLength(body) > MAX_CHALLENGE_BODY) return err(problem('TOO_LARGE', { limit: MAX_CHALLENGE_BODY, unit: 'bytes' }));
    return this.#post('/challenges', { name, path, body }, nothing);
  }

  /** What could not have been presented is not there. */
  async removeChallenge(name: Hostname, path: string): Promise<Result<void>> {
    return CHALLENGE_PATH.test(path) ? this.#post('/challenges/remove', { name, path }, nothing) : { ok: true, value: undefined };
  }

  #post<T>(path: string, body: unknown, read: (body: unknown) => T): Promise<Result<T>> {
    return callEdge(this.#address, 'POST', path, body, read);
  }
}

const nothing = (): void => undefined;
