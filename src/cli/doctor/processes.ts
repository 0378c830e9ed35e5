/** Do our processes answer on this machine? Each is asked on its own socket, past all that stands in front of it. */
import type { Config } from '../../platform/config/config.js';
import type { HomeLayout } from '../../platform/config/home-layout.js';
import { problem } from '../../values/problems/problem.js';
import { EXIT } from '../exit-codes.js';
import { broken, fine, unknown, type Finding } from './finding.js';
import { askSocket } from './local-socket.js';

export async function examineApi({ apiSocket }: HomeLayout): Promise<Finding[]> {
  const live = await askSocket(apiSocket, 'api', '/health/live');
  if (!live.ok || live.value.status !== 200) {
    const detail = live.ok ? `status ${live.value.status}` : `${live.problem.code} at ${apiSocket}; npm start runs it`;
    return [
      broken('API', EXIT.OUT_OF_REACH, problem('SERVER_UNREACHABLE', { server: 'API', detail })),
      unknown('database', 'The API does not answer.'),
    ];
  }
  const ready = await askSocket(apiSocket, 'api', '/health/ready');
  const database =
    ready.ok && ready.value.status === 200
      ? fine('database', 'It answers the API.')
      : broken('database', EXIT.OUT_OF_REACH, problem('DATABASE_UNREACHABLE', { detail: 'the API is running and cannot reach it' }));
  return [fine('API', `It answers on ${apiSocket}.`), database];
}

/** The edge says itself where it listens: a configuration that was changed since its start is seen. */
export async function examineEdge({ edgeControlSocket }: HomeLayout, { listen, httpPort, httpsPort }: Config): Promise<Finding> {
  const answer = await askSocket(edgeControlSocket, 'edge', '/state');
  const state = answer.ok && answer.value.status === 200 ? readState(answer.value.body) : undefined;
  if (!state) {
    const detail = answer.ok ? `status ${answer.value.status}` : `${answer.problem.code} at ${edgeControlSocket}; npm start runs it`;
    return broken('edge', EXIT.OUT_OF_REACH, problem('SERVER_UNREACHABLE', { server: 'edge', detail }));
  }
  const wanted = listen.flatMap((address) => [`${address} ${httpPort}`, `${address} ${httpsPort}`]);
  const open = state.listeners.map(({ address, port }) => `${address} ${port}`);
  const missing = wanted.filter((place) => !open.includes(place));
  if (missing.length === 0) return fine('edge', `It listens on ${open.join(', ')}.`);
  const detail = `the edge listens on ${open.join(', ')}, and not on ${missing.join(', ')}`;
  return broken(
    'edge',
    EXIT.USAGE,
    problem('CONFIG_INVALID', { variable: 'HOSTSEAL_LISTEN, HOSTSEAL_HTTP_PORT, HOSTSEAL_HTTPS_PORT', detail }),
  );
}

type EdgeState = { readonly listeners: readonly { readonly address: string; readonly port: number }[] };

function readState(body: Uint8Array): EdgeState | undefined {
  try {
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as Partial<EdgeState> | null;
    return Array.isArray(value?.listeners) ? { listeners: value.listeners } : undefined;
  } catch {
    return undefined;
  }
}
