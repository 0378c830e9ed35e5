/**
 * The helper's process: started by root, for a service that runs as a user of its own. It keeps files in nginx's tree, lets nginx test
 * them, puts one line into nginx's configuration, and reloads nginx. It can be asked for nothing else (helper-server.ts), and
 * writes only what admit.ts lets pass. It says `ready`, or why it is not. It ends by SIGTERM, and with the process that started it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { integer, parseJson, readShape, record, text } from '../../../values/json-shape.js';
import { messageOf } from '../../../values/problems/catalogue.js';
import { serveHelper, type HelperSocket } from '../../hosts/local/helper-server.js';
import { LocalHost } from '../../hosts/local/local-host.js';
import { admit } from './admit.js';
import { parseNginxPlace, type NginxPlace } from './nginx-place.js';
import { nginxVerbs } from './server/verbs.js';

export type NginxHelperConfig = { readonly socket: HelperSocket; readonly place: NginxPlace };

// Whoever reads them may be gone: nothing stops for that.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const parent = process.ppid;
const served = await start(process.argv[2] ?? '');
if (!served.ok) {
  process.stdout.write(`${messageOf(served.problem)}\n`);
  process.exitCode = 1;
} else {
  const stop = () => served.value.close(() => process.exit(0));
  process.on('SIGTERM', stop);
  process.stdout.write('ready\n');
  await parentGone();
  stop();
}

/** A killed parent tells nobody; its children get another one. */
async function parentGone(): Promise<void> {
  while (process.ppid === parent) await delay(250);
}

async function start(config: string): ReturnType<typeof serveHelper> {
  const read = readShape(() => readConfig(parseJson(config)));
  if (!read.ok) return read;
  const place = parseNginxPlace(read.value.place);
  if (!place.ok) return place;
  const host = new LocalHost({ tree: place.value.tree, verbs: nginxVerbs(place.value), admit: admit(place.value.tree) });
  return serveHelper(host, read.value.socket, (error) => process.stderr.write(`${whereItHappened(error)}\n`));
}

function readConfig(value: unknown): NginxHelperConfig {
  const config = record(value, 'config', ['socket', 'place']);
  const socket = record(config.socket, 'socket', ['path', 'uid', 'gid']);
  const place = record(config.place, 'place', ['binary', 'mainConfiguration', 'tree']);
  const MAX_ID = 2 ** 32 - 2;
  return {
    socket: {
      path: text(socket.path, 'path', 100),
      uid: integer(socket.uid, 'uid', 0, MAX_ID),
      gid: integer(socket.gid, 'gid', 0, MAX_ID),
    },
    place: {
      binary: text(place.binary, 'binary', 4096),
      mainConfiguration: text(place.mainConfiguration, 'mainConfiguration', 4096),
      tree: text(place.tree, 'tree', 4096),
    },
  };
}

/** The text of an error may repeat what it was given: a key. */
const whereItHappened = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 6).join('\n') : typeof error;
