/** Hostseal on real parts of others: a Machine whose CA is Pebble, behind a front that can lose answers, and whose server is an nginx. */
import fs from 'node:fs';
import path from 'node:path';
import { toPem } from '../../src/values/pem.js';
import { unwrap } from '../../src/values/result.js';
import { startFront, type Front } from './acme-front.js';
import { freshKey } from './app.js';
import { freePort } from './free-port.js';
import type { Ground } from './ground.js';
import { startTestNginx, type TestNginx } from './nginx.js';
import { startPebble, type Pebble, type PebbleOptions } from './pebble.js';
import { Machine, type ApiProcess } from './process.js';

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
    const { binary, mainConfiguration, tree } = nginx.place;
    const machine = await Machine.start({
      HOSTSEAL_ACME_DIRECTORIES: `pebble=${front.directoryUrl}`,
      HOSTSEAL_ACME_TIMEOUT_SECONDS: `${timeoutSeconds}`,
      HOSTSEAL_ALLOW_ADDRESSES: '127.0.0.1,::1',
      HOSTSEAL_DNS_SERVERS: pebble.dns.server,
      HOSTSEAL_NGINX_CONFIG: mainConfiguration,
      HOSTSEAL_NGINX_BINARY: binary,
      HOSTSEAL_NGINX_TREE: tree,
    });
    const folder = path.join(machine.layout.home, 'acme');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'pebble.roots.pem'), toPem('CERTIFICATE', pebble.roots[0]!) + front.httpsRoot);
    return new AcmeNginx(pebble, front, nginx, machine, ports);
  }

  /** Registers the nginx. Orders and certificates are counted at Pebble, from now on. */
  async ground({ ask }: ApiProcess): Promise<Ground> {
    const { registerServer } = await ask(
      `mutation ($key: String!) { registerServer(input: { name: "nginx", kind: NGINX }, idempotencyKey: $key) {
         ... on RegisterServerSuccess { server { id } } ... on Problem { code message } } }`,
      { key: freshKey() },
    );
    const serverId = registerServer.server.id as string;
    const input = { serverId, ip: ADDRESS, ...this.ports };
    await ask(`mutation ($input: AddAddressInput!, $key: String!) { addAddress(input: $input, idempotencyKey: $key) { __typename } }`, {
      input,
      key: freshKey(),
    });
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
