/**
 * What depends on a thing that somebody wants to take away. Rooms to the right know, and register here; whoever has to ask sees their answers,
 * never the rooms.
 */
import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/transaction.js';
import type { IdKind } from '../../values/id.js';
import type { ProblemCode } from '../../values/problems/codes.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

/** `goesAlong`: it is taken away with the thing where the caller says so; else the thing stays. */
export type Dependent = { readonly cause: Problem; readonly goesAlong: boolean };

export interface DependsOn {
  readonly on: IdKind;
  /** At most `limit` of them. The thing is locked. */
  dependents(tx: Tx, id: string, limit: number): Promise<readonly Dependent[]>;
}

/** Enough to know what is to be done. */
const NAMED = 10;

@Injectable()
export class Dependents {
  private readonly rooms: DependsOn[] = [];

  register(room: DependsOn): void {
    this.rooms.push(room);
  }

  /** `code` where something depends on it, with what that is; `even`: what goes along does not count. */
  async allow(tx: Tx, on: IdKind, id: string, { code, even }: { code: ProblemCode; even: boolean }): Promise<Result<void>> {
    const rooms = this.rooms.filter((room) => room.on === on);
    const all = (await Promise.all(rooms.map((room) => room.dependents(tx, id, NAMED)))).flat();
    const standing = all.filter(({ goesAlong }) => !(even && goesAlong)).map(({ cause }) => cause);
    return standing.length === 0 ? ok(undefined) : err(problem(code, {}, { subject: id, sub: standing.slice(0, 2 * NAMED) }));
  }
}

/** In words, where there is no code for it. */
export const dependsOnIt = (subject: string, what: string): Problem => problem('DEPENDS_ON_IT', { what }, { subject });
