import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Args, GqlExecutionContext } from '@nestjs/graphql';
import DataLoader from 'dataloader';
import type { Actor } from '../values/actor.js';
import { problem } from '../values/problems/problem.js';
import { Refusal } from './refusal.js';

/** What every resolver of one request shares. */
export class RequestContext {
  private readonly loaders = new Map<object, Map<string, DataLoader<string, unknown>>>();

  constructor(
    readonly actor: Actor,
    readonly requestId: string,
  ) {}

  /**
   * Gathers the single look-ups of one request into one query, so that a list of 100 costs what a list of 10 costs.
   * `owner` is the object whose look-ups are gathered; `load` answers a map of what there is. `asked`: what else the answer
   * depends on, the arguments of a nested page.
   *
   * Every field that leads from one thing to another comes through here, and needs READ: what a mutation made is shown to the token
   * that made it, but is no way into the rest.
   */
  async find<T>(
    owner: object,
    id: string,
    load: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
    asked: object = {},
  ): Promise<T | undefined> {
    if (!this.actor.scopes.includes('READ')) throw new Refusal(problem('NOT_ALLOWED', { needs: 'READ' }));
    const ofOwner = this.loaders.get(owner) ?? new Map<string, DataLoader<string, unknown>>();
    this.loaders.set(owner, ofOwner);
    const variant = JSON.stringify(asked);
    let loader = ofOwner.get(variant);
    if (!loader) {
      loader = new DataLoader<string, unknown>(async (ids) => {
        const found = await load(ids);
        return ids.map((key) => found.get(key));
      });
      ofOwner.set(variant, loader);
    }
    return (await loader.load(id)) as T | undefined;
  }
}

/** The actor of the request, as a resolver's parameter. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext) => requestOf(context).actor);
/** The whole context of the request, for gathered look-ups. */
export const Request = createParamDecorator((_: unknown, context: ExecutionContext) => requestOf(context));

/** The argument that every mutation has: a repetition with the same key and input is answered, not done again. */
export const KeyArg = () =>
  Args('idempotencyKey', {
    description: '8 to 128 printable ASCII characters, fresh for each new intent. A repetition answers with what the first call made.',
  });

const requestOf = (context: ExecutionContext) => GqlExecutionContext.create(context).getContext<{ request: RequestContext }>().request;
