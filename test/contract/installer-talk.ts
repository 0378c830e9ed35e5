/** HTTP with servers under the contract, in the clear and on connections of TLS. */
import { request } from 'node:http';
import type { TLSSocket } from 'node:tls';

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

/** What is answered in the clear. */
export function plain(
  place: { readonly address: string; readonly httpPort?: number },
  path: string,
  host: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: place.address, port: place.httpPort!, path, headers: { host }, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject).end();
  });
}

/** An inventory without its number, in one order. */
export const sorted = ({ generation: _, ...rest }: { generation: number; bindings: readonly object[] }) =>
  rest.bindings.map((each) => JSON.stringify(each)).sort();
