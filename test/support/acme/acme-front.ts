/**
 * An HTTPS server before an ACME server, which passes everything on and can be told to lie, to lose answers and to hang. The server behind it
 * makes its URLs of the Host header, so all of its resources are asked for here, too.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { makeCa } from '../pki/certificates.js';
import { Listeners } from '../listen.js';

export type FrontAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string };
export type FrontRequest = {
  readonly method: string;
  readonly path: string;
  /** Of the signed body; undefined where there is none, or it is empty. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
};
/** `ask`: what the server behind it says, asked when it is called and not before. `HALF`: half of it, and then nothing more. */
export type Tampering = (
  request: FrontRequest,
  ask: () => Promise<FrontAnswer>,
) => Promise<FrontAnswer | 'CUT' | 'HANG' | { readonly half: FrontAnswer }>;

export type Front = {
  readonly directoryUrl: string;
  /** PEM. */
  readonly httpsRoot: string;
  /** Looked at with each request. */
  tampering: Tampering | undefined;
  /** All that came, in order. */
  readonly requests: FrontRequest[];
  stop(): Promise<void>;
};

export async function startFront(behind: { readonly port: number; readonly httpsRoot: string }): Promise<Front> {
  const listeners = new Listeners();
  const ca = await makeCa('Front HTTPS');
  const { chainPem, keyPem } = await ca.issue({ names: ['localhost'] });
  const agent = new https.Agent({ keepAlive: true });
  listeners.onStop(async () => agent.destroy());
  const server = https.createServer({ cert: chainPem, key: keyPem }, (incoming, outgoing) => void answer(incoming, outgoing));
  const port = await listeners.listen(server);
  const front: Front = {
    directoryUrl: `https://localhost:${port}/dir`,
    httpsRoot: ca.rootPem,
    tampering: undefined,
    requests: [],
    stop: () => listeners.stop(),
  };

  async function answer(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const request: FrontRequest = { method: incoming.method ?? '', path: incoming.url ?? '', payload: payloadOf(body) };
    front.requests.push(request);
    const ask = () => passOn(incoming, body);
    const told = front.tampering ? await front.tampering(request, ask) : await ask();
    if (told === 'HANG') return;
    if (told === 'CUT') return void (incoming.socket as TLSSocket).destroy();
    const whole = 'half' in told ? told.half : told;
    outgoing.writeHead(whole.status, { ...whole.headers, 'content-length': Buffer.byteLength(whole.body) });
    if ('half' in told) outgoing.write(whole.body.slice(0, whole.body.length / 2));
    else outgoing.end(whole.body);
  }

  async function passOn({ method, url, headers }: http.IncomingMessage, body: string): Promise<FrontAnswer> {
    const request = https.request({ host: 'localhost', port: behind.port, method, path: url, headers, ca: behind.httpsRoot, agent });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const kept = Object.entries(response.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    const text = Buffer.concat(await response.toArray()).toString();
    return {
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
      body: text,
    };
  }

  return front;
}

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'transfer-encoding', 'content-length', 'keep-alive']);

function payloadOf(body: string): FrontRequest['payload'] {
  const { payload } = (body === '' ? {} : JSON.parse(body)) as { payload?: string };
  return payload ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>) : undefined;
}
