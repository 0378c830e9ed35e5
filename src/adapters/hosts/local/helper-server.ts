/**
 * The helper's side. It keeps rights that the service has given up, so it does only what its host does: files in one tree, judged by
 * the host's `admit`, and the host's verbs. Node cannot ask a socket who is at its other end; the socket's mode says who may
 * connect (unix(7)), and its folder, which nobody else can write in, keeps it from being replaced.
 */
import { chmod, chown, lstat, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { parseJson, readShape } from '../../../values/json-shape.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { answers, readBody } from '../../network/dialing/unix-socket.js';
import type { Host } from '../host.js';
import { MAX_BODY_BYTES, readMoveBody, readPointBody, readRemoveBody, readRunBody, readWriteBody, wirePath } from '../helper-protocol.js';

/** Who may ask: the user that the service runs as. */
export type HelperSocket = { readonly path: string; readonly uid: number; readonly gid: number };

/** SERVER_REFUSED where the socket's folder is not ours alone, or another helper answers there. */
export async function serveHelper(host: Host, socket: HelperSocket, report: (error: unknown) => void): Promise<Result<Server>> {
  const folder = await lstat(dirname(socket.path));
  if (!folder.isDirectory() || folder.uid !== process.geteuid?.() || (folder.mode & 0o022) !== 0) {
    return err(problem('SERVER_REFUSED', { detail: `${dirname(socket.path)} is not a folder that it alone can write in` }));
  }
  if (await answers(socket.path)) return err(problem('SERVER_REFUSED', { detail: `another helper answers at ${socket.path}` }));
  await rm(socket.path, { force: true });
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    handle(host, request, response).catch((error: unknown) => {
      report(error);
      send(response, err(problem('SERVER_REFUSED', { detail: 'a fault of the helper; its log says more' })));
    });
  });
  await listenFor(server, socket);
  return ok(server);
}

/** The socket appears with nobody else's rights on it: between bind and chmod no other user could connect. */
async function listenFor(server: Server, { path, uid, gid }: HelperSocket): Promise<void> {
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
  await chown(path, uid, gid);
}

async function handle(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const action = request.method === 'POST' ? ACTIONS.get(request.url) : undefined;
  if (!action) return send(response, err(problem('NOT_FOUND', { what: 'such request' })));
  const body = await readBody(request, MAX_BODY_BYTES).catch(() => undefined);
  // The client is gone: nothing is done for it.
  if (body === undefined) return;
  if (!body.ok) return send(response, body);
  send(response, await action(body.value, host));
}

type Action = (body: string, host: Host) => Promise<Result<object>>;

/** `say` puts the host's answer into the fields of the protocol. */
function action<T, V>(
  read: (body: unknown) => T,
  act: (host: Host, asked: T) => Promise<Result<V>>,
  say: (value: V) => object = () => ({}),
): Action {
  return async (body, host) => {
    const asked = readShape(() => read(parseJson(body)));
    if (!asked.ok) return asked;
    const outcome = await act(host, asked.value);
    return outcome.ok ? ok(say(outcome.value)) : outcome;
  };
}

const ACTIONS: ReadonlyMap<string | undefined, Action> = new Map([
  [
    '/read',
    action(
      wirePath,
      (host, path) => host.read(path),
      (content) => ({ content: content?.revealText() }),
    ),
  ],
  [
    '/list',
    action(
      wirePath,
      (host, path) => host.list(path),
      (names) => ({ names }),
    ),
  ],
  [
    '/target',
    action(
      wirePath,
      (host, path) => host.target(path),
      (to) => ({ to }),
    ),
  ],
  ['/write', action(readWriteBody, (host, { files, fence }) => host.write(files, fence))],
  ['/remove', action(readRemoveBody, (host, { paths, fence }) => host.remove(paths, fence))],
  ['/point', action(readPointBody, (host, { link, to, fence }) => host.point(link, to, fence))],
  ['/put-aside', action(readRemoveBody, (host, { paths, fence }) => host.putAside(paths, fence))],
  ['/move', action(readMoveBody, (host, { links, fence }) => host.move(links, fence))],
  [
    '/run',
    action(
      readRunBody,
      (host, { verb, args, fence }) => host.run(verb, args, fence),
      (words) => ({ words }),
    ),
  ],
]);

function send(response: ServerResponse, outcome: Result<object>): void {
  const body = outcome.ok ? outcome.value : { code: outcome.problem.code, facts: outcome.problem.facts, sub: outcome.problem.sub };
  response.writeHead(outcome.ok ? 200 : 409, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
