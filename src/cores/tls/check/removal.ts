/**
 * What a server has of a list, in the order of its choice: all of it is offered, what it chose is left out of the next offer, until it
 * refuses. One connection for each that it has, and one more, however long the list is.
 */
import type { Problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { chose, saidNo, unknown } from './interview.js';
import { type Answer, verdictOf } from './probe.js';

export type Removal = {
  readonly candidates: readonly number[];
  readonly ask: (offered: readonly number[]) => Promise<Answer>;
  /** What of the offered was chosen. */
  readonly choice: (answer: Answer) => number | undefined;
};

export async function byRemoval({ candidates, ask, choice }: Removal): Promise<Result<readonly number[]>> {
  const chosen: number[] = [];
  for (let left = candidates; left.length > 0; left = left.filter((code) => !chosen.includes(code))) {
    const answer = await ask(left);
    if (!chose(answer)) return saidNo(answer) ? ok(chosen) : unknown(answer);
    const next = choice(answer);
    // It chose nothing that was asked for: what is left cannot be told apart any more.
    if (next === undefined || !left.includes(next)) return ok(chosen);
    chosen.push(next);
  }
  return ok(chosen);
}

/** More in one ClientHello and some stacks look at none of them. */
const MANY = 128;
const BATCH = 64;

export type WithMany = {
  readonly found: Result<readonly number[]>;
  /** Was an offer of more than 128 read? Absent: none was sent, or it could not be found out. */
  readonly many?: boolean;
};

/**
 * The same for a list so long that a server may not read it: where the whole is not taken, it is asked in parts, and what they showed once more
 * together. Of something that is known to be there, a refusal of all says that there were too many.
 */
export async function byRemovalOfMany(removal: Removal): Promise<WithMany> {
  const { candidates, ask } = removal;
  if (candidates.length <= MANY) return { found: await byRemoval(removal) };
  const first = await ask(candidates);
  if (chose(first)) return { found: await byRemoval({ ...removal, ask: answeredFirst(first, ask) }), many: true };
  if (verdictOf(first) === 'UNASKED') return { found: unknown(first) };
  const parts: number[] = [];
  const failures: Problem[] = [];
  for (let from = 0; from < candidates.length; from += BATCH) {
    const part = await byRemoval({ ...removal, candidates: candidates.slice(from, from + BATCH) });
    if (part.ok) parts.push(...part.value);
    else failures.push(part.problem);
  }
  if (failures[0] !== undefined) return { found: err(failures[0]) };
  return { found: await byRemoval({ ...removal, candidates: parts }), ...(parts.length > 0 && { many: false }) };
}

const answeredFirst = (first: Answer, ask: Removal['ask']): Removal['ask'] => {
  let pending: Answer | undefined = first;
  return (offered) => {
    const answer = pending;
    pending = undefined;
    return answer === undefined ? ask(offered) : Promise.resolve(answer);
  };
};

/** A list among several that a server chooses from without regard to the others. */
export type Dimension = Pick<Removal, 'candidates' | 'choice'> & {
  /** Known before. */
  readonly chosen: readonly number[];
  /** Offered while another list is asked alone; what was chosen, where absent. */
  readonly held?: readonly number[];
};

/**
 * Several lists at a time, as the suites, groups and signatures of TLS 1.3 are: each answer removes one of each. A refusal does not say which
 * list came to its end, so the one with the least left is set aside, held at what is known to work, and asked alone at last.
 */
export async function byRemovalTogether<K extends string>(
  dimensions: Readonly<Record<K, Dimension>>,
  ask: (offered: Readonly<Record<K, readonly number[]>>) => Promise<Answer>,
): Promise<Readonly<Record<K, Result<readonly number[]>>>> {
  const names = Object.keys(dimensions) as K[];
  const lists = new Map(names.map((name) => [name, new OpenList(dimensions[name])]));
  const list = (name: K) => lists.get(name)!;
  const aside: K[] = [];
  let together = names.filter((name) => list(name).open);
  while (together.length > 0 || aside.length > 0) {
    if (together.length === 0) together = [aside.shift()!];
    const offered = names.map((name) => [name, together.includes(name) ? list(name).left : list(name).held] as const);
    const answer = await ask(Object.fromEntries(offered) as Record<K, readonly number[]>);
    if (chose(answer)) {
      const moved = together.filter((name) => list(name).take(answer));
      // It chose nothing new: these lists can be brought no further.
      if (moved.length === 0) together.forEach((name) => list(name).end());
    } else if (!saidNo(answer)) {
      together.forEach((name) => list(name).fail(unknown(answer)));
    } else if (together.length === 1) {
      list(together[0]!).end();
    } else {
      aside.push(together.toSorted((a, b) => list(a).left.length - list(b).left.length)[0]!);
    }
    together = together.filter((name) => list(name).open && !aside.includes(name));
  }
  return Object.fromEntries(names.map((name) => [name, list(name).result])) as Record<K, Result<readonly number[]>>;
}

class OpenList {
  readonly #dimension: Dimension;
  #chosen: number[];
  #failure: Result<never> | undefined;
  #ended = false;

  constructor(dimension: Dimension) {
    this.#dimension = dimension;
    this.#chosen = [...dimension.chosen];
  }

  get left(): readonly number[] {
    return this.#dimension.candidates.filter((code) => !this.#chosen.includes(code));
  }

  get held(): readonly number[] {
    if (this.#dimension.held !== undefined) return this.#dimension.held;
    return this.#chosen.length > 0 ? this.#chosen : this.#dimension.candidates;
  }

  get open(): boolean {
    return !this.#ended && this.#failure === undefined && this.left.length > 0;
  }

  take(answer: Answer): boolean {
    const next = this.#dimension.choice(answer);
    if (next === undefined || !this.left.includes(next)) return false;
    this.#chosen.push(next);
    return true;
  }

  end(): void {
    this.#ended = true;
  }

  fail(failure: Result<never>): void {
    this.#failure = failure;
  }

  get result(): Result<readonly number[]> {
    return this.#failure ?? ok(this.#chosen);
  }
}
