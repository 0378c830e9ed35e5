/** An independent eye on a TLS server: node:tls as a client, which shares no code with what it looks at. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** `startTls`: what is spoken there before TLS. */
export type Place = { readonly address: string; readonly port: number; readonly startTls?: 'smtp' | 'imap' | 'pop3' };
export type Seen = {
  /** SHA-256 of the leaf's DER, hex. */
  readonly fingerprint: string;
  readonly subjectAltName: string | undefined;
  readonly subject: string;
  /** How many certificates were sent. */
  readonly chainLength: number;
  readonly protocol: string | null;
  readonly suite: string;
  readonly group: string | undefined;
  readonly alpn: string | false | null;
};

/** One full handshake, and what it showed. Rejects where there is none. Never judges: any certificate will do. */
export async function handshake(to: Place | string, servername?: string, options: ConnectionOptions = {}): Promise<Seen> {
  const socket = await secureConnection(to, servername, options);
  const leaf = socket.getPeerX509Certificate();
  const seen = {
    fingerprint: leaf?.fingerprint256.replaceAll(':', '').toLowerCase() ?? 'none',
    subjectAltName: leaf?.subjectAltName,
    subject: leaf?.subject ?? '',
    chainLength: chainLength(leaf),
    protocol: socket.getProtocol(),
    suite: socket.getCipher().standardName,
    group: groupOf(socket),
    alpn: socket.alpnProtocol,
  };
  socket.destroy();
  return seen;
}

/** The open connection, for those that want to talk on it. `to` is a place or the path of a unix socket. */
export async function secureConnection(to: Place | string, servername?: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const target =
    typeof to === 'string' ? { path: to } : to.startTls ? { socket: await startedTls(to) } : { host: to.address, port: to.port };
  // An empty servername sends none (RFC 6066 3).
  const socket = connect({ ...target, servername: servername ?? '', rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** What is said, and the line that has to come for it: RFC 3207, RFC 9051 6.2.1, RFC 2595 4. */
const START_TLS = {
  smtp: [
    ['', /^220 /],
    ['EHLO tests.example', /^250 /],
    ['STARTTLS', /^220 /],
  ],
  imap: [
    ['', /^\* OK/],
    ['a STARTTLS', /^a OK/],
  ],
  pop3: [
    ['', /^\+OK/],
    ['STLS', /^\+OK/],
  ],
} as const;

/** A plain connection on which the server waits for a ClientHello. */
async function startedTls({ address, port, startTls = 'smtp' }: Place): Promise<Socket> {
  const socket = connectPlain({ host: address, port });
  const reader = createInterface(socket);
  const lines = reader[Symbol.asyncIterator]();
  for (const [command, answer] of START_TLS[startTls]) {
    if (command !== '') socket.write(`${command}\r\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the server ended the connection before TLS, instead of ${answer.source}`);
      if (answer.test(value)) break;
    }
  }
  reader.close();
  socket.removeAllListeners('data');
  return socket;
}

function groupOf(socket: TLSSocket): string | undefined {
  const info = socket.getEphemeralKeyInfo();
  return info !== null && 'name' in info && typeof info.name === 'string' ? info.name : undefined;
}

function chainLength(leaf: X509Certificate | undefined): number {
  let length = 0;
  for (let each = leaf; each !== undefined; each = each.issuerCertificate) length++;
  return length;
}
