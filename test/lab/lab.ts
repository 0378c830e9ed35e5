/**
 * The lab: all servers of its rows on loopback, started together, with the CAs, the DNS and the plain HTTP that belong to them.
 */
import { getDiffieHellman } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { integer, sequence } from '../support/pki/der.js';
import { type DnsServer, startDns } from '../support/acme/dns-server.js';
import { freePort } from '../support/suite/free-port.js';
import { Listeners } from '../support/listen.js';
import { makeCrl } from '../support/pki/revocation.js';
import { type Authorities, makeAuthorities, trustedRoots } from './authorities.js';
import { type LabServer, LOOPBACK, type Made, type Recipe, type Serving } from './lab-server.js';
import { type PlainPorts, servePlain } from './plain-http.js';
import { startLabApache, type VirtualHost } from './programs/apache.js';
import { type Frontend, startLabHaproxy } from './programs/haproxy.js';
import { type NginxBlock, startLabNginx } from './programs/nginx.js';
import { startOpenssl } from './programs/openssl.js';
import type { Started } from './programs/program.js';

export type Lab = {
  readonly dns: DnsServer;
  readonly authorities: Authorities;
  /** PEM of everything that is trusted. */
  readonly rootsFile: string;
  readonly servers: readonly RunningServer[];
  stop(): Promise<void>;
};
export type RunningServer = LabServer & {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
  readonly plainPort: number;
  readonly made: Made;
};

export async function startLab(rows: readonly LabServer[]): Promise<Lab> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'hostseal-lab-'));
  // Workers of another user have to pass through it.
  await chmod(directory, 0o711);
  const bench = new Bench(directory, new Listeners());
  try {
    return await bench.start(rows);
  } catch (error) {
    await bench.stop();
    throw error;
  }
}

type Files = {
  readonly certificate: string;
  readonly leaf: string;
  /** The chain without the leaf; absent where that is all. */
  readonly behind?: string;
  readonly key: string;
  readonly together: string;
  readonly staple?: string;
};

class Bench {
  readonly #nginx: NginxBlock[] = [];
  readonly #apache: VirtualHost[] = [];
  readonly #haproxy: Frontend[] = [];
  readonly #programs: Promise<Started>[] = [];
  #files = 0;

  constructor(
    private readonly directory: string,
    private readonly listeners: Listeners,
  ) {}

  async start(rows: readonly LabServer[]): Promise<Lab> {
    const plain = await servePlain(this.listeners);
    const authorities = await makeAuthorities(plain.filesUrl);
    plain.files.set('/issuer.cer', authorities.trusted.intermediateDer);
    const rootsFile = await this.#write(
      'roots.pem',
      trustedRoots(authorities)
        .map(({ rootPem }) => `${rootPem}\n`)
        .join(''),
    );
    await this.#write('CLIENT_CA', authorities.stranger.rootPem);
    await this.#write('DH_1024', dhParameters());
    const servers = await Promise.all(rows.map((row) => this.#place(row, authorities, plain)));
    plain.files.set('/revoked.crl', await makeCrl(authorities.trusted.signer, authorities.revoked));
    this.#begin();
    await Promise.all(this.#programs);
    const zone = Object.fromEntries(servers.flatMap(({ host, addresses }) => (addresses.length > 0 ? [[host, addresses]] : [])));
    const dns = await startDns(zone);
    this.listeners.onStop(() => dns.stop());
    return { dns, authorities, rootsFile, servers, stop: () => this.stop() };
  }

  async stop(): Promise<void> {
    for (const started of await Promise.allSettled(this.#programs)) if (started.status === 'fulfilled') await started.value.stop();
    await this.listeners.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #place(row: LabServer, authorities: Authorities, plain: PlainPorts): Promise<RunningServer> {
    const host = `${row.label}.lab.test`;
    const addresses = Object.keys(row.at);
    const listening = addresses.filter((address) => row.at[address]?.by !== 'NOBODY');
    const port = await commonPort(listening.length > 0 ? listening : [LOOPBACK]);
    const certificates: Made['certificates'][number][] = [];
    for (const [address, serving] of Object.entries(row.at)) {
      certificates.push(...(await this.#serve(serving, { host, address, port }, authorities)));
    }
    const made = { authorities, certificates };
    return { ...row, host, port, addresses, plainPort: plain.ports[row.plain ?? 'REDIRECT'], made };
  }

  async #serve(serving: Serving, { host, address, port }: Where, authorities: Authorities): Promise<Made['certificates']> {
    const make = (recipes: readonly Recipe[]) => Promise.all(recipes.map((recipe) => recipe(authorities, host)));
    const place = { name: host, address, port };
    switch (serving.by) {
      case 'NOBODY':
        return [];
      case 'NGINX': {
        const all: Made['certificates'][number][] = [];
        for (const { name = host, settings, listen, certificates: recipes } of serving.blocks) {
          const certificates = await make(recipes);
          all.push(...certificates);
          const files = await Promise.all(certificates.map((one) => this.#keep(one)));
          const known = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, this.#fill(value)]));
          this.#nginx.push({ ...place, name, settings: known, files, ...(listen && { listen }) });
        }
        return all;
      }
      case 'NODE': {
        const certificates = await make(serving.certificates);
        const site = { host, address, port, certificates, listeners: this.listeners };
        await this.listeners.listen(await serving.serve(site), { host: address, port });
        return certificates;
      }
      default: {
        const certificates = await make(serving.certificates);
        const files = await Promise.all(certificates.map((one) => this.#keep(one)));
        const what = { ...place, settings: serving.settings.map((line) => this.#fill(line)), files };
        if (serving.by === 'APACHE') this.#apache.push(what);
        else if (serving.by === 'HAPROXY') this.#haproxy.push(what);
        else this.#programs.push(startOpenssl(what));
        return certificates;
      }
    }
  }

  #begin(): void {
    if (this.#nginx.length > 0) this.#programs.push(startLabNginx(this.#nginx));
    if (this.#apache.length > 0) this.#programs.push(startLabApache(this.#apache, this.directory));
    if (this.#haproxy.length > 0) this.#programs.push(startLabHaproxy(this.#haproxy, this.directory));
  }

  async #keep({ chainPem, leafPem, keyPem, staple }: Made['certificates'][number]): Promise<Files> {
    const name = `${this.#files++}`;
    const behind = chainPem.slice(leafPem.length);
    return {
      certificate: await this.#write(`${name}.chain.pem`, chainPem),
      leaf: await this.#write(`${name}.leaf.pem`, leafPem),
      key: await this.#write(`${name}.key`, keyPem),
      together: await this.#write(`${name}.together.pem`, `${chainPem}${keyPem}`),
      ...(behind && { behind: await this.#write(`${name}.behind.pem`, behind) }),
      ...(staple && { staple: await this.#write(`${name}.staple`, staple) }),
    };
  }

  /** Settings name files by what they are. */
  #fill(setting: string): string {
    return setting.replaceAll(/CLIENT_CA|DH_1024/g, (name) => path.join(this.directory, name));
  }

  async #write(name: string, content: string | Uint8Array): Promise<string> {
    const file = path.join(this.directory, name);
    await writeFile(file, content);
    return file;
  }
}

type Where = { readonly host: string; readonly address: string; readonly port: number };

/** Free on all of them. */
async function commonPort(addresses: readonly string[]): Promise<number> {
  const [first, ...others] = addresses;
  for (;;) {
    const port = await freePort(first);
    const taken = await Promise.all(others.map((address) => isTaken(address, port)));
    if (!taken.includes(true)) return port;
  }
}

async function isTaken(address: string, port: number): Promise<boolean> {
  const server = net.createServer().listen(port, address);
  try {
    await once(server, 'listening');
  } catch {
    return true;
  }
  server.close();
  await once(server, 'close');
  return false;
}

/** PEM, of 1024 bits (RFC 2409 6.2; PKCS #3 9). */
function dhParameters(): string {
  const group = getDiffieHellman('modp2');
  const parameters = sequence(integer(0, ...group.getPrime()), integer(...group.getGenerator()));
  return `-----BEGIN DH PARAMETERS-----\n${Buffer.from(parameters).toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END DH PARAMETERS-----\n`;
}
