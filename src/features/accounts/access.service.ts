/**
 * The one place where "may they?" is asked. It answers for a set of ids at once, and what is not yours reads as not there.
 * Each room registers an OwnershipLoader for the ids that it owns; nobody asks a room directly.
 */
import { Injectable } from '@nestjs/common';
import type { Actor, TokenScope } from '../../values/actor.js';
import type { IdKind } from '../../values/id.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { isAtOrBelow } from './account.js';

export interface OwnershipLoader {
  readonly kind: IdKind;
  /** The owning account's path for each id that there is. */
  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** `OWN`: the owner is the actor or below it. `USE`: also what an account above the actor offers to all below (servers). */
export type Reach = 'OWN' | 'USE';

@Injectable()
export class Access {
  private readonly loaders = new Map<IdKind, OwnershipLoader>();

  register(loader: OwnershipLoader): void {
    this.loaders.set(loader.kind, loader);
  }

  /** Has the token this scope? */
  scope(actor: Actor, scope: TokenScope): Result<void> {
    return actor.scopes.includes(scope) ? ok(undefined) : err(problem('NOT_ALLOWED', { needs: scope }));
  }

  /** Scope first, then every id. NOT_FOUND names the first that is not the actor's, or not there. */
  async require(actor: Actor, scope: TokenScope, kind: IdKind, ids: readonly string[], reach: Reach = 'OWN'): Promise<Result<void>> {
    const allowed = this.scope(actor, scope);
    if (!allowed.ok) return allowed;
    const within = await this.within(actor, kind, ids, reach);
    const missing = ids.find((id) => !within.has(id));
    return missing === undefined ? ok(undefined) : err(problem('NOT_FOUND', { what: kind }, { subject: missing }));
  }

  /** Those of the ids that are within the actor's reach. */
  async within(actor: Actor, kind: IdKind, ids: readonly string[], reach: Reach = 'OWN'): Promise<ReadonlySet<string>> {
    const loader = this.loaders.get(kind);
    if (!loader) throw new Error(`no ownership loader for ${kind}`);
    const owners = await loader.ownerPaths([...new Set(ids)]);
    return new Set([...owners].flatMap(([id, owner]) => (mayReach(actor, owner, reach) ? [id] : [])));
  }
}

const mayReach = (actor: Actor, owner: string, reach: Reach): boolean =>
  isAtOrBelow(owner, actor.accountPath) || (reach === 'USE' && isAtOrBelow(actor.accountPath, owner));
