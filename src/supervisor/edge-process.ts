/** The edge's process: adopted where it serves what it should already, replaced where it is of another build or configuration. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { edgeState, stopEdge } from '../adapters/installers/embedded-edge/control-client.js';
import { startEdge } from '../adapters/installers/embedded-edge/edge-launcher.js';
import type { EdgeState } from '../adapters/installers/embedded-edge/wire/control-protocol.js';
import { commandOf, endProcess, whenEnded } from '../platform/database/embedded/processes.js';
import { ok, type Result } from '../values/result.js';
import { childEnvironment } from './child-environment.js';
import type { Ending, Service } from './keep-running.js';
import type { Place } from './place.js';
import { project } from './runtime-copy.js';

/** PORT_IN_USE, CONFIG_INVALID, SERVER_UNREACHABLE: as `startEdge`. */
export async function keepEdge(place: Place): Promise<Result<Service>> {
  const { config, layout } = place;
  const control = { controlSocket: layout.edgeControlSocket, serverName: 'embedded edge', timeoutMs: ANSWER_LIMIT_MS };
  const running = await edgeState(control);
  if (running.ok) {
    const found = await serviceOf(running.value.pid, control);
    if (fits(running.value, place)) return ok(found);
    await found.stop();
  }

  const started = await startEdge({
    node: process.execPath,
    home: layout.edge,
    controlSocket: layout.edgeControlSocket,
    rehearsalSocket: layout.edgeRehearsalSocket,
    panelSocket: layout.apiSocket,
    listeners: config.listen.map((address) => ({ address, httpPort: config.httpPort, httpsPort: config.httpsPort })),
    env: childEnvironment(),
    onExit: () => undefined,
  });
  return started.ok ? ok(await serviceOf(started.value.pid, control)) : started;
}

const ANSWER_LIMIT_MS = 5_000;

/** Started after this build was made, and listening exactly where it should. */
function fits({ uptimeSeconds, listeners }: EdgeState, { config, clock }: Place): boolean {
  const startedAt = clock.now() - uptimeSeconds * 1000;
  if (startedAt < fs.statSync(path.join(project, 'dist/.made-from')).mtimeMs) return false;
  const is = listeners.map(({ role, address, port }) => `${role} ${address} ${port}`);
  const should = config.listen.flatMap((address) => [`http ${address} ${config.httpPort}`, `https ${address} ${config.httpsPort}`]);
  return is.sort().join() === should.sort().join();
}

type Control = Parameters<typeof stopEdge>[0];

/** Whether it is our child or an adopted one makes no difference from here on. */
async function serviceOf(pid: number, control: Control): Promise<{ ended: Promise<Ending>; stop(): Promise<void> }> {
  const command = await commandOf(pid);
  const ended = whenEnded(pid, command).then(() => ({ how: 'its log is edge/edge.log' }));
  return {
    ended,
    stop: async () => {
      await Promise.race([stopEdge(control), ended, delay(DRAIN_LIMIT_MS, undefined, { ref: false })]);
      await endProcess(pid, command, ['SIGTERM', 'SIGKILL'], ANSWER_LIMIT_MS);
    },
  };
}

/** Open connections get this long to finish. */
const DRAIN_LIMIT_MS = 10_000;
