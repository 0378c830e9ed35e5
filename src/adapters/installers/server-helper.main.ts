/**
 * The helper's process: started by root, for a service that runs as a user of its own. For each server of its list it keeps files in that
 * server's tree, lets the server test them, puts its line into the foreign configuration, and has them taken up. It can be asked for nothing
 * else (helper-server.ts), and writes only what the member's admit lets pass. Each server has a socket, `<folder>/<name>.sock`. It says
 * `ready`, or why it is not. It ends by SIGTERM, and with the process that started it.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { integer, list, matching, parseJson, readShape, record, text } from '../../values/json-shape.js';
import { messageOf } from '../../values/problems/catalogue.js';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { serveHelper } from '../hosts/local/helper-server.js';
import { LocalHost } from '../hosts/local/local-host.js';
import { placeServers, verbsOf, type ServerEntry } from './members.js';

export type ServerHelperConfig = {
  /** Root's alone. */
  readonly folder: string;
  /** Who may ask. */
  readonly uid: number;
  readonly gid: number;
  readonly servers: readonly ServerEntry[];
};

// Whoever reads them may be gone: nothing stops for that.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const parent = process.ppid;
const served = await start(process.argv[2] ?? '');
if (!served.ok) {
  process.stdout.write(`${messageOf(served.problem)}\n`);
  process.exit(1);
} else {
  const stop = () => void Promise.all(served.value.map((close) => close())).then(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.stdout.write('ready\n');
  await parentGone();
  stop();
}

/** A killed parent tells nobody; its children get another one. */
async function parentGone(): Promise<void> {
  while (process.ppid === parent) await delay(250);
}

type Close = () => Promise<void>;

async function start(told: string): Promise<Result<readonly Close[]>> {
  const read = readShape(() => readConfig(parseJson(told)));
  if (!read.ok) return read;
  const { folder, uid, gid } = read.value;
  const servers = placeServers(read.value.servers);
  if (!servers.ok) return err(problem('INVALID_INPUT', { detail: servers.problem }));
  const listening: Close[] = [];
  for (const each of servers.value.onDisk) {
    const socket = { path: path.join(folder, `${each.name}.sock`), uid, gid };
    const server = await serveHelper(new LocalHost({ ...each.placed, verbs: verbsOf(each) }), socket, (error) =>
      process.stderr.write(`${whereItHappened(error)}\n`),
    );
    if (!server.ok) return server;
    listening.push(() => new Promise((resolve) => server.value.close(() => resolve())));
  }
  return ok(listening);
}

function readConfig(value: unknown): ServerHelperConfig {
  const config = record(value, 'config', ['folder', 'uid', 'gid', 'servers']);
  const MAX_ID = 2 ** 32 - 2;
  return {
    folder: text(config.folder, 'folder', 60),
    uid: integer(config.uid, 'uid', 0, MAX_ID),
    gid: integer(config.gid, 'gid', 0, MAX_ID),
    servers: list(config.servers, 'servers', 100, (each, where) => {
      const server = record(each, where, ['name', 'kind', 'place']);
      return {
        name: matching(server.name, `${where}.name`, /^[a-z][a-z0-9-]{0,39}$/),
        kind: text(server.kind, `${where}.kind`, 40),
        place: server.place,
      };
    }),
  };
}

/** The text of an error may repeat what it was given: a key. */
const whereItHappened = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6).join('\n') : typeof error;
