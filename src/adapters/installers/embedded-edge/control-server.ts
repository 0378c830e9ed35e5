/** The edge's side of the control socket. Bodies are bounded, read strictly, and never logged. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { instant } from '../../../values/instant.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { readBody } from '../../network/dialing/unix-socket.js';
import type { Edge } from './edge.js';
import {
  MAX_BODY_BYTES,
  readChallengeBody,
  readChallengeFile,
  readFenceBody,
  readInventoryBody,
  readStageBody,
  readTestBody,
} from './wire/control-protocol.js';
import { parseJson, readShape } from '../../../values/json-shape.js';

type ControlDesk = { readonly edge: Edge; readonly version: string; stop(): void; report(error: unknown): void };

export function controlServer(desk: ControlDesk): Server {
  return createServer({ requestTimeout: 60_000 }, (request, response) => {
    // A bug in what the panel may ask must not take down what strangers are served.
    handle(desk, request, response).catch((error: unknown) => {
      desk.report(error);
      send(response, 500, err(problem('SERVER_REFUSED', { detail: 'a fault of its own; its log says more' })));
    });
  });
}

async function handle(desk: ControlDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = actionFor(desk, `${request.method} ${request.url}`);
  if (!action) return send(response, 404, err(problem('NOT_FOUND', { what: 'such request' })));
  const body = await readBody(request, MAX_BODY_BYTES).catch(() => undefined);
  // The client is gone: nothing is done for it.
  if (body === undefined) return;
  if (!body.ok) return send(response, 413, body);
  const outcome = await action(body.value);
  send(response, outcome.ok ? 200 : 409, outcome);
}

type Action = (body: string) => Promise<Result<unknown>>;

function actionFor({ edge, version, stop }: ControlDesk, line: string): Action | undefined {
  const reading =
    <T>(read: (body: unknown) => T, act: (value: T) => Promise<Result<unknown>>): Action =>
    async (body) => {
      const value = readShape(() => read(parseJson(body)));
      return value.ok ? act(value.value) : value;
    };
  const [, number, verb] = /^POST \/generations\/(\d{1,15})\/([a-z]+)$/.exec(line) ?? [];
  const generation = Number(number);
  switch (verb === undefined ? line : verb) {
    case 'GET /state':
      return async () => ok(edge.state(version));
    case 'GET /inventory':
      return async () => ok(edge.inventory());
    case 'POST /inventory':
      return reading(readInventoryBody, async (keys) => ok(edge.inventory(keys)));
    case 'POST /generations':
      return reading(readStageBody, async ({ change, fence }) => {
        const staged = await edge.tree.stage(change, fence);
        return staged.ok ? ok({ generation: staged.value }) : staged;
      });
    case 'test':
      return reading(readTestBody, (now) => edge.test(generation, instant(now)));
    case 'rehearse':
      return () => edge.rehearse(generation);
    case 'apply':
      return reading(readFenceBody, (fence) => edge.tree.apply(generation, fence));
    case 'undo':
      return reading(readFenceBody, (fence) => edge.tree.undo(generation, fence));
    case 'POST /prune':
      return reading(readFenceBody, (fence) => edge.tree.prune(fence));
    case 'POST /challenges':
      return reading(readChallengeBody, (file) => edge.challenges.present(file));
    case 'POST /challenges/remove':
      return reading(readChallengeFile, (file) => edge.challenges.remove(file));
    case 'POST /stop':
      return async () => {
        stop();
        return ok(undefined);
      };
    default:
      return undefined;
  }
}

function send(response: ServerResponse, status: number, outcome: Result<unknown>): void {
  const body = outcome.ok ? (outcome.value ?? {}) : outcome.problem;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
