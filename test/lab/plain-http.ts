/** The plain HTTP of the lab: what answers on a site's other port, and where the CAs' files are fetched from. */
import http from 'node:http';
import type { Listeners } from '../support/listen.js';
import type { Plain } from './lab-server.js';

export type PlainPorts = {
  readonly ports: Readonly<Record<Plain, number>>;
  readonly filesUrl: string;
  /** By path. */
  readonly files: Map<string, Uint8Array>;
};

export async function servePlain(listeners: Listeners): Promise<PlainPorts> {
  const files = new Map<string, Uint8Array>();
  const redirect = (scheme: string) =>
    http.createServer(({ headers: { host = '' } }, response) =>
      response.writeHead(308, { location: `${scheme}://${host.replace(/:\d+$/, '')}/` }).end(),
    );
  const ports = {
    REDIRECT: await listeners.listen(redirect('https')),
    REDIRECTS_TO_HTTP: await listeners.listen(redirect('http')),
    SERVES: await listeners.listen(http.createServer((_, response) => response.end('fine\n'))),
  };
  const served = http.createServer(({ url = '' }, response) => {
    const file = files.get(url);
    response.writeHead(file ? 200 : 404).end(file);
  });
  return { ports, files, filesUrl: `http://127.0.0.1:${await listeners.listen(served)}` };
}
