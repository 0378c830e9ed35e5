/** Hostseal on real parts of others: a Machine whose CA is Pebble, behind a front that can lose answers, and whose server is an nginx. */
import fs from 'node:fs';
import path from 'node:path';
import { toPem } from '../../../src/values/pem.js';
import { unwrap } from '../../../src/values/result.js';
import { startFront, type Front } from './acme-front.js';
import { freePort } from '../suite/free-port.js';
import type { Ground } from '../ground.js';
import { nginxVariables, startTestNginx, type TestNginx } from '../nginx/nginx.js';
import { rootsFile, startPebble, type Pebble, type PebbleOptions } from './pebble.js';
import { Machine, type ApiProcess } from '../process.js';
import { registerNginx } from '../story.js';

/** Where nginx listens for our sites, and where Pebble looks challenges up. */
const ADDRESS = '127.0.0.1';

export class AcmeNginx {
  private constructor(
    readonly pebble: Pebble,
    readonly front: Front,
    readonly nginx: TestNginx,
    readonly machine: Machine,
    private readonly ports: { readonly httpPort: number; readonly httpsPort: number },
  ) {}

  /** A request to the CA may take `timeoutSeconds`. */
  static async start(options: PebbleOptions = {}, timeoutSeconds = 5): Promise<AcmeNginx> {
    const ports = { httpPort: await freePort(), httpsPort: await freePort() };
    const pebble = await startPebble({ ...options, httpPort: ports.httpPort });
    const [front, nginx] = [await startFront(pebble), await startTestNginx()];
    const machine = await Machine.start({
      HOSTSEAL_ACME_DIRECTORIES: `pebble=${front.directoryUrl}`,
      HOSTSEAL_ACME_TIMEOUT_SECONDS: `${timeoutSeconds}`,
      HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1,::1',
      HOSTSEAL_DNS_SERVERS: pebble.dns.server,
      ...nginxVariables(nginx),
    });
    const folder = path.join(machine.layout.home, 'acme');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'pebble.roots.pem'), rootsFile(pebble, front));
    return new AcmeNginx(pebble, front, nginx, machine, ports);
  }

  /** Registers the nginx. Orders and certificates are counted at Pebble, from now on. */
  async ground({ ask }: ApiProcess): Promise<Ground> {
    const serverId = await registerNginx(ask, { ip: ADDRESS, ...this.ports });
    const [orders, certificates] = [this.pebble.orders().length, this.pebble.certificates().length];
    const { httpPort, httpsPort } = this.ports;
    const installer = this.nginx.another({ listeners: [{ address: ADDRESS as never, httpPort, httpsPort }] });
    return {
      domain: 'example.test',
      serverId,
      place: { address: ADDRESS, port: httpsPort },
      reloads: true,
      root: () => toPem('CERTIFICATE', this.pebble.roots[0]!),
      atCa: async () => ({
        orders: this.pebble.orders().length - orders,
        certificates: this.pebble.certificates().length - certificates,
      }),
      challengeFiles: () => filesBelow(path.join(this.nginx.place.tree, 'challenges')),
      async served(name) {
        const { bindings } = unwrap(await installer.inventory());
        return bindings.find(({ key }) => key.name === name)?.fingerprints;
      },
    };
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    await this.nginx.stop();
    await this.front.stop();
    await this.pebble.stop();
  }
}

const filesBelow = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
    : [];
