/**
 * The Apache behind cPanel, as far as strangers see it: name-based virtual hosts, TLS by SNI, files of document roots over HTTP. What is
 * installed is shown after a graceful restart in the background, which ends no connection.
 */
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { type Hosting, type Installed, namesOf, type Website } from './hosting.js';

export type ApachePlace = { readonly address: string; readonly httpPort: number; readonly httpsPort: number };
/** PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string };

type LoadedSite = { readonly website: Website; readonly context: tls.SecureContext };

export class Apache {
  /** Milliseconds from an installation to the end of the restart. */
  restartMs = 20;
  /** No restart comes through. */
  stuck = false;
  #loaded: readonly LoadedSite[] = [];
  #timer: NodeJS.Timeout | undefined;
  #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();

  /** `own`: shown where no website of an address has a certificate. */
  constructor(
    private readonly hosting: Hosting,
    private readonly places: readonly ApachePlace[],
    private readonly own: KeyPair,
  ) {}

  async start(): Promise<void> {
    this.#load();
    this.hosting.onChange = () => {
      if (this.stuck) return;
      this.#timer ??= setTimeout(() => this.#load(), this.restartMs);
    };
    const own = tls.createSecureContext({ cert: this.own.certificate, key: this.own.key });
    for (const place of this.places) {
      const answer = (request: http.IncomingMessage, response: http.ServerResponse) => this.#answer(place.address, request, response);
      const plain = http.createServer(answer);
      // One for all connections of the address: whoever names no name is given the first website.
      const pick = (name: string) => this.#siteOf(place.address, name)?.context ?? own;
      const inner = http.createServer({ keepAliveTimeout: 60_000 }, answer);
      const secure = net.createServer((socket) => this.#secure(socket, pick, inner));
      await this.#listen(plain, place.address, place.httpPort);
      await this.#listen(secure, place.address, place.httpsPort);
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.hosting.onChange = () => undefined;
    this.#sockets.forEach((socket) => socket.destroy());
    await Promise.all(this.#servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  }

  #load(): void {
    this.#timer = undefined;
    this.#loaded = [...this.hosting.installed].flatMap(([servername, installed]) => {
      const website = this.hosting.websites.find((each) => each.servername === servername);
      return website ? [{ website, context: contextOf(installed) }] : [];
    });
  }

  /** As Apache picks: by server name and alias in the order of the file, wildcards last and for any number of labels; else the first. */
  #siteOf(address: string, name: string): LoadedSite | undefined {
    const here = this.#loaded.filter(({ website }) => website.ip === address);
    const wanted = name.toLowerCase();
    const named = (match: (each: string) => boolean) => here.find(({ website }) => namesOf(website).some(match));
    return named((each) => each === wanted) ?? named((each) => each.startsWith('*.') && wanted.endsWith(each.slice(1))) ?? here[0];
  }

  #secure(socket: net.Socket, pick: (name: string) => tls.SecureContext, inner: http.Server): void {
    const secured = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: pick(''),
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, pick(name)),
    });
    secured.on('error', () => socket.destroy());
    secured.once('secure', () => inner.emit('connection', secured));
  }

  #answer(address: string, { url = '/', headers }: http.IncomingMessage, response: http.ServerResponse): void {
    const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const website = this.hosting.websites.find((each) => each.ip === address && namesOf(each).includes(name));
    const file = website && this.hosting.fileAt(website, url);
    if (file === undefined) response.writeHead(404).end('not here');
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(file);
  }

  #listen(server: net.Server, host: string, port: number): Promise<void> {
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  }
}

const contextOf = ({ certificate, chain, key }: Installed): tls.SecureContext =>
  tls.createSecureContext({ cert: `${certificate.trimEnd()}\n${chain}`, key });
