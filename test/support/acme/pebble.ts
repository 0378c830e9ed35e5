/**
 * Pebble, Let's Encrypt's small CA for tests, as a process of its own on free ports of loopback. It looks challenges up in a DNS server of
 * ours, in which every name leads to loopback, and its HTTPS has a certificate of a CA of its own. What it placed and issued is read from its log.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { toPem } from '../../../src/values/pem.js';
import { freePort } from '../suite/free-port.js';
import { makeCa } from '../pki/certificates.js';
import { startDns, type DnsServer } from './dns-server.js';
import { Listeners } from '../listen.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';

export type PebbleOptions = {
  /** Where its validation looks instead of in `files`: a port of 127.0.0.1. */
  readonly httpPort?: number;
  /** How long its certificates are valid: 90 days where absent. */
  readonly validityDays?: number;
  /** Percent of good nonces that are refused. */
  readonly nonceReject?: number;
  /** Percent of valid authorizations that are used again for a new order. */
  readonly authorizationReuse?: number;
  /** Further chains, each under a root of its own. */
  readonly alternateRoots?: number;
  /** Accounts need an external account binding: key id and MAC key, base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** Most seconds that a look at a challenge is put off. Not at all where absent. */
  readonly slowValidation?: number;
};

/** Names at or below it are refused. */
export const BLOCKED_DOMAIN = 'blocked.example';

export type Pebble = {
  readonly port: number;
  readonly directoryUrl: string;
  /** PEM: of the CA that its HTTPS is certified by. */
  readonly httpsRoot: string;
  /** DER: what its chains end at, the default one first. */
  readonly roots: readonly Uint8Array[];
  readonly dns: DnsServer;
  /** What its validation finds at `http://<name><path>`; empty where there is nothing. */
  readonly files: Map<string, string>;
  /** Ids of all orders that were ever placed here. */
  orders(): readonly string[];
  /** Serials, lower-case hex, of all that was issued. */
  certificates(): readonly string[];
  accounts(): number;
  /** Ids of orders that came in the place of a certificate (RFC 9773 5) and were issued. */
  replaced(): readonly string[];
  /** What has become of a certificate: `Valid`, or `Revoked` with the number of its reason. */
  statusOf(serial: string): Promise<{ Status: string; Reason?: number }>;
  /** Takes the listener away and brings it back, with all that it knows. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const listeners = new Listeners();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hostseal-pebble-'));
  const file = (name: string, text: string): string => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const ca = await makeCa('Pebble HTTPS');
  const { chainPem, keyPem } = await ca.issue({ names: ['localhost'] });
  const dns = await startDns({ '*.test': ['127.0.0.1'], '*.example': ['127.0.0.1'] });
  const files = new Map<string, string>();
  const web = http.createServer((request, response) => {
    const body = files.get(`http://${(request.headers.host ?? '').replace(/:\d+$/, '')}${request.url}`);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  const [port, managementPort] = [await freePort(), await freePort()];
  const httpPort = options.httpPort ?? (await listeners.listen(web));
  const config = file(
    'pebble.json',
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: file('https.pem', chainPem),
        privateKey: file('https.key', keyPem),
        httpPort,
        tlsPort: httpPort,
        ocspResponderURL: '',
        externalAccountBindingRequired: options.externalAccounts !== undefined,
        externalAccountMACKeys: options.externalAccounts ?? {},
        domainBlocklist: [BLOCKED_DOMAIN],
        retryAfter: { authz: 1, order: 1 },
        certificateValidityPeriod: (options.validityDays ?? 90) * 86_400,
      },
    }),
  );
  const log = path.join(folder, 'log');
  // A file and not a pipe: what it wrote before it answered is read after the answer.
  const output = fs.openSync(log, 'a');
  const pebble = spawn(part('pebble'), ['-config', config, '-dnsserver', dns.server], {
    env: {
      PEBBLE_WFE_NONCEREJECT: `${options.nonceReject ?? 0}`,
      PEBBLE_AUTHZREUSE: `${options.authorizationReuse ?? 0}`,
      PEBBLE_ALTERNATE_ROOTS: `${options.alternateRoots ?? 0}`,
      ...(options.slowValidation === undefined ? { PEBBLE_VA_NOSLEEP: '1' } : { PEBBLE_VA_SLEEPTIME: `${options.slowValidation}` }),
    },
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  const ended = once(pebble, 'exit');
  const found = (pattern: RegExp): string[] => [...fs.readFileSync(log, 'utf8').matchAll(pattern)].map(([, group = '']) => group);

  const directoryUrl = `https://localhost:${port}/dir`;
  const management = `https://localhost:${managementPort}`;
  await waitFor('Pebble to answer', async () => (await fetchText(directoryUrl, ca.rootPem)) !== '');
  const roots = await waitFor('its roots', () =>
    Promise.all(Array.from({ length: 1 + (options.alternateRoots ?? 0) }, (_, i) => fetchText(`${management}/roots/${i}`, ca.rootPem))),
  );
  return {
    port,
    directoryUrl,
    httpsRoot: ca.rootPem,
    roots: roots.map((pem) => new Uint8Array(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64'))),
    dns,
    files,
    orders: () => found(/Added order "([^"]+)" to the db/g),
    certificates: () => found(/Issued certificate serial ([0-9a-f]+) for order/g),
    accounts: () => Number(found(/There are now (\d+) accounts in memory/g).at(-1) ?? 0),
    replaced: () => found(/Order (\S+) has been marked as replaced in the DB/g),
    statusOf: async (serial) =>
      JSON.parse(await fetchText(`${management}/cert-status-by-serial/${serial}`, ca.rootPem)) as { Status: string; Reason?: number },
    pause: () => pebble.kill('SIGSTOP'),
    resume: () => pebble.kill('SIGCONT'),
    async stop() {
      pebble.kill('SIGKILL');
      await ended;
      await dns.stop();
      await listeners.stop();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** `acme/NAME.roots.pem` for it, or for a front before it: what its chains end at, and what its HTTPS is certified by. */
export const rootsFile = ({ roots, httpsRoot }: Pick<Pebble, 'roots' | 'httpsRoot'>, front = { httpsRoot }): string =>
  toPem('CERTIFICATE', roots[0]!) + front.httpsRoot;

async function fetchText(url: string, ca: string): Promise<string> {
  const request = https.get(url, { ca, agent: false, timeout: 5_000 });
  request.on('timeout', () => request.destroy(new Error('it does not answer')));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return Buffer.concat(await response.toArray()).toString();
}
