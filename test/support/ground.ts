/** What an order walks over: the CA whose books are counted, and the server that is looked at. Both are asked themselves, past the API. */
import fs from 'node:fs';
import path from 'node:path';
import { unwrap } from '../../src/values/result.js';
import { caRegister } from './acme/ca-register.js';
import type { Place } from './tls/handshake.js';
import type { Machine } from './process.js';

export type Ground = {
  /** A name below it has this domain. */
  readonly domain: string;
  /** Makes the server, where the platform does not make it by itself; its id. */
  readonly serverId: string | undefined;
  readonly place: Place;
  /** While it changes, workers of before and after answer side by side for a moment. */
  readonly reloads: boolean;
  /** PEM: what a stranger trusts. */
  root(): string;
  /** How many the CA has on record. */
  atCa(name: string): Promise<{ readonly orders: number; readonly certificates: number }>;
  challengeFiles(): readonly string[];
  /** Fingerprints that the server has for the name. */
  served(name: string): Promise<readonly string[] | undefined>;
};

/** What comes with Hostseal: the built-in CA and the embedded edge. */
export function builtInGround({ edge, layout, database }: Machine): Ground {
  const { address, httpsPort: port } = edge.listeners[0]!;
  return {
    domain: 'localhost',
    serverId: undefined,
    place: { address, port },
    reloads: false,
    root: () => fs.readFileSync(path.join(layout.home, 'root.pem'), 'utf8'),
    async atCa(name) {
      const { orders, certificates } = await caRegister(database.url, name);
      return { orders: orders.length, certificates: certificates.length };
    },
    challengeFiles: () => fs.readdirSync(path.join(edge.options.home, 'challenges')),
    async served(name) {
      const { bindings } = unwrap(await edge.installer.inventory());
      return bindings.find(({ key }) => key.name === name)?.fingerprints;
    },
  };
}
