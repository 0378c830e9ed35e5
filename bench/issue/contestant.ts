/** Who has certificates issued, each at a Pebble of its own, and what that took. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../test/support/suite/free-port.js';
import { startPebble, type Pebble } from '../../test/support/acme/pebble.js';

/** For all names of a round together. */
export type Cost = {
  readonly wallMs: number;
  /** User and system, of its own processes: not of Pebble, nor of PostgreSQL. */
  readonly cpuMs: number;
};

export type Contestant = {
  readonly name: string;
  /** One certificate for each name, from the first call to the last one stored. */
  issue(names: readonly string[]): Promise<Cost>;
  /** Certificates that its Pebble has issued. */
  issued(): number;
  stop(): Promise<void>;
};

export type Place = {
  readonly pebble: Pebble;
  /** PEM: what Pebble's HTTPS is certified by. */
  readonly rootFile: string;
  /** Where Pebble looks for challenges. */
  readonly httpPort: number;
  /** Goes with `leave`. */
  readonly folder: string;
  leave(): Promise<void>;
};

/** A Pebble without its sleeps and its refusals. */
export async function placeAt(httpPort?: number): Promise<Place> {
  const port = httpPort ?? (await freePort());
  const pebble = await startPebble({ httpPort: port });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-issue-'));
  fs.chmodSync(folder, 0o755);
  const rootFile = path.join(folder, 'root.pem');
  fs.writeFileSync(rootFile, pebble.httpsRoot);
  return {
    ...{ pebble, rootFile, folder, httpPort: port },
    leave: async () => {
      await pebble.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A program of this folder that measures itself: node-loop.mjs. */
export async function nodeLoop(name: string, program: string): Promise<Contestant> {
  const place = await placeAt();
  const child = fork(path.join(import.meta.dirname, program), [place.pebble.directoryUrl, `${place.httpPort}`], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: place.rootFile },
    execArgv: [],
  });
  const ended = once(child, 'exit');
  const told = async () => {
    const [first] = (await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error(`${name} ended`)))])) as [Cost];
    return first;
  };
  await told();
  return {
    name,
    issue: async (names) => {
      child.send([...names]);
      return told();
    },
    issued: () => place.pebble.certificates().length,
    stop: async () => {
      child.kill();
      await ended;
      await place.leave();
    },
  };
}
