/**
 * A cPanel & WHM server: the API of its administrators (2087), that of its accounts (2083), and the Apache behind them. Strict after the
 * pages that contract.ts names, and told by a test when to misbehave. What it hosts outlives its crash.
 */
import https from 'node:https';
import type { Socket } from 'node:net';
import { Apache, type ApachePlace, type KeyPair } from './apache.js';
import { answer, type Asked, type Service, type Token, type Violations } from './api.js';
import { Hosting } from './hosting.js';

export type CpanelOptions = {
  readonly places: readonly ApachePlace[];
  /** On 127.0.0.1. */
  readonly whmPort: number;
  readonly cpanelPort: number;
  /** Of the APIs. */
  readonly service: KeyPair;
  /** What Apache shows where no website has a certificate. */
  readonly own: KeyPair;
};

/**
 * - DROPPED_BEFORE, DROPPED_AFTER: the connection ends before, or after, the call was carried out.
 * - ERROR_500, LOGIN_PAGE, TRUNCATED: carried out, and the answer is of no use. OUTAGE: a 500, and nothing was done.
 * - NOTHING_DONE: it says that it was done.
 * - REFUSED: result 0 with a reason. SILENT: never answers.
 */
export type Misbehaviour =
  'DROPPED_AFTER' | 'DROPPED_BEFORE' | 'ERROR_500' | 'LOGIN_PAGE' | 'NOTHING_DONE' | 'OUTAGE' | 'REFUSED' | 'SILENT' | 'TRUNCATED';

type Planned = { readonly call: string; readonly fault: Misbehaviour; left: number };

export class CpanelServer {
  readonly hosting = new Hosting();
  readonly apache: Apache;
  readonly violations: Violations = [];
  /** Names of the calls, in order. */
  readonly calls: string[] = [];
  readonly tokens: Token[] = [];
  /** UAPI at 2083 answers in the envelope of its OpenAPI description, not in the one that clients have met. */
  documentedEnvelope = false;
  /** Happens before the call of that name is looked at. */
  onCall: (call: string) => Promise<void> = async () => undefined;
  #planned: Planned[] = [];
  #servers: https.Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(private readonly options: CpanelOptions) {
    this.apache = new Apache(this.hosting, options.places, options.own);
  }

  get url(): { readonly whm: string; readonly cpanel: string } {
    return { whm: `https://localhost:${this.options.whmPort}`, cpanel: `https://localhost:${this.options.cpanelPort}` };
  }

  /** At the next `times` calls of that name: `installssl`, `SSL/install_ssl`. */
  misbehave(call: string, fault: Misbehaviour, times = 1): void {
    this.#planned.push({ call, fault, left: times });
  }

  behave(): void {
    this.#planned = [];
  }

  async start(): Promise<void> {
    await this.apache.start();
    await this.#serve('whostmgr', this.options.whmPort);
    await this.#serve('cpanel', this.options.cpanelPort);
  }

  async stop(): Promise<void> {
    await this.apache.stop();
    this.#sockets.forEach((socket) => socket.destroy());
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  }

  async #serve(service: Service, port: number): Promise<void> {
    const { certificate: cert, key } = this.options.service;
    const server = https.createServer({ cert, key }, async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const url = new URL(request.url ?? '/', 'https://x');
      const form = [...new URLSearchParams(body)];
      const asked: Asked = {
        service,
        authorization: request.headers.authorization,
        path: url.pathname,
        query: [...url.searchParams],
        form,
      };
      const call = nameOf(asked);
      this.calls.push(call);
      await this.onCall(call);
      const fault = this.#faultOf(call);
      if (fault === 'SILENT') return;
      if (fault === 'DROPPED_BEFORE') return void request.socket.destroy();
      if (fault === 'OUTAGE') return void response.writeHead(500).end('Internal Server Error');
      if (fault === 'REFUSED' || fault === 'NOTHING_DONE') {
        return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(pretended(service, call, fault === 'NOTHING_DONE')));
      }
      const { places } = this.options;
      const about = { version: '11.138.0.6', httpPort: places[0]!.httpPort, httpsPort: places[0]!.httpsPort };
      const { status, json } = answer({ hosting: this.hosting, ...about }, this.tokens, asked, this.violations, this.documentedEnvelope);
      const text = JSON.stringify(json);
      if (fault === 'DROPPED_AFTER') return void request.socket.destroy();
      if (fault === 'ERROR_500') return void response.writeHead(500).end('Internal Server Error');
      if (fault === 'LOGIN_PAGE')
        return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Login</title></html>');
      response.writeHead(status, JSON_TYPE).end(fault === 'TRUNCATED' ? text.slice(0, text.length / 2) : text);
    });
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }

  #faultOf(call: string): Misbehaviour | undefined {
    const planned = this.#planned.find((each) => each.call === call && each.left > 0);
    if (planned) planned.left--;
    return planned?.fault;
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset="utf-8"' };

/** `installssl`; `SSL/install_ssl`, by whatever way it came. */
function nameOf({ path, query, form }: Asked): string {
  const all = Object.fromEntries([...query, ...form]);
  const [, first, ...rest] = path.split('/');
  const name = rest.join('/');
  if (first === 'json-api' && name === 'uapi_cpanel') return `${all['cpanel.module']}/${all['cpanel.function']}`;
  if (first === 'json-api' && name === 'cpanel') return `${all['cpanel_jsonapi_module']}/${all['cpanel_jsonapi_func']}`;
  return name;
}

/** An answer in the right envelope to a call that was not carried out. */
function pretended(service: Service, call: string, done: boolean): unknown {
  const reason = 'The simulator was told to refuse.';
  const uapi = done
    ? { data: {}, errors: null, messages: null, metadata: {}, status: 1, warnings: null }
    : { data: null, errors: [reason], messages: null, metadata: {}, status: 0, warnings: null };
  if (service === 'cpanel') return uapi;
  if (call.includes('/')) return { data: { uapi }, metadata: { command: 'uapi_cpanel', reason: 'OK', result: 1, version: 1 } };
  const metadata = { command: call, reason: done ? 'OK' : reason, result: done ? 1 : 0, version: 1 };
  return done ? { data: {}, metadata } : { metadata };
}
