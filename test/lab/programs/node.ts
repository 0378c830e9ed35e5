/** Servers in this process: Node's own, and the simulators. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import https from 'node:https';
import { makeFront, type Front } from '../../simulators/tls-server/front.js';
import type { Certified, Recipe, Serve, Serving, Site } from '../lab-server.js';
import { dersOf } from '../pem.js';
import { leaf } from '../recipes.js';

export const simulated = (serve: Serve, ...certificates: readonly Recipe[]): Serving => ({
  by: 'NODE',
  serve,
  certificates: certificates.length > 0 ? certificates : [leaf()],
});

/** Node's own HTTPS server with the site's first certificate. */
export const node = (options: https.ServerOptions = {}, headers: Headers = {}, ...certificates: readonly Recipe[]): Serving =>
  simulated((site) => sound(site, options, headers), ...certificates);
type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A sound server, and before it one that looks at the ClientHello first. */
export const behind = (front: Omit<Front, 'upstream'>, options: https.ServerOptions = {}): Serving =>
  simulated(async (site) => {
    const port = await site.listeners.listen(sound(site, options));
    return makeFront({ ...front, upstream: { port, host: '127.0.0.1' } });
  });

/** Node's own HTTPS server with the site's first certificate, which answers every request. */
export function sound({ certificates: [certificate] }: Site, options: https.ServerOptions, headers: Headers = {}): https.Server {
  const all = { 'strict-transport-security': 'max-age=63072000', ...headers };
  const server = https.createServer({ cert: certificate!.chainPem, key: certificate!.keyPem, ...options }, (_, response) => {
    for (const [name, value] of Object.entries(all)) response.setHeader(name, value as string);
    response.end('fine\n');
  });
  if (certificate!.staple) {
    server.on('OCSPRequest', (_: Buffer, __: Buffer, done: (error: null, answer: Buffer) => void) =>
      done(null, Buffer.from(certificate!.staple!)),
    );
  }
  return server;
}

/** As the simulators want them. */
export const chainAndKey = ({ chainPem, keyPem }: Certified): { chain: readonly Uint8Array[]; key: KeyObject } => ({
  chain: dersOf(chainPem),
  key: createPrivateKey(keyPem),
});
