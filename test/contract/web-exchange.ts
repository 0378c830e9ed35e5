/** One exchange with a server of web sites, over TLS or in the clear. */
import { request } from 'node:http';
import type { TLSSocket } from 'node:tls';

export type WebPlace = { readonly address: string; readonly httpPort?: number | undefined };

/** Status of one GET on an open connection; `meanwhile` happens when half of it is sent. */
export async function statusOn(socket: TLSSocket, host: string, meanwhile?: (rest: () => void) => Promise<void>): Promise<number> {
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()));
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
  answer.catch(() => undefined);
  const rest = () => void socket.write(`Host: ${host}\r\n\r\n`);
  await new Promise<void>((resolve) => void socket.write('GET / HTTP/1.1\r\n', () => resolve()));
  if (meanwhile) await meanwhile(rest);
  else rest();
  return Number((await answer).split(' ')[1]);
}

export function plain(place: WebPlace, path: string, host: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: place.address, port: place.httpPort, path, headers: { host }, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject).end();
  });
}
