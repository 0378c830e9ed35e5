/** What all look at: one real nginx with Mozilla's intermediate policy, whose workers are processes of their own, and a certificate for each site. */
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startLabNginx } from '../../test/lab/programs/nginx.js';
import { makeCa } from '../../test/support/pki/certificates.js';
import { freePort } from '../../test/support/suite/free-port.js';
import type { Place } from './process.js';

/** Four connections at once are made to each address, and 64 in all. */
const ADDRESSES = 16;

export type Server = { readonly place: Place; readonly rootFile: string; stop(): Promise<void> };

export async function startServer(): Promise<Server> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'hostseal-handshake-'));
  await chmod(directory, 0o711);
  const write = async (name: string, text: string) => {
    await writeFile(path.join(directory, name), text);
    return path.join(directory, name);
  };
  const ca = await makeCa('Bench');
  const port = await freePort('0.0.0.0');
  const sites = Array.from({ length: ADDRESSES }, (_, i) => ({ name: `site${i}.bench.test`, address: `127.0.0.${i + 1}` }));
  const blocks = sites.map(async ({ name, address }) => {
    const { chainPem, keyPem } = await ca.issue({ names: [name] });
    const files = [{ certificate: await write(`${name}.pem`, chainPem), key: await write(`${name}.key`, keyPem) }];
    return { name, address, port, settings: {}, files };
  });
  const nginx = await startLabNginx(await Promise.all(blocks));
  return {
    place: { port, sites },
    rootFile: await write('root.pem', ca.rootPem),
    stop: async () => {
      await nginx.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
