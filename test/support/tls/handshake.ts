/** An independent eye on a TLS server: node:tls as a client, which shares no code with what it looks at. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

export type Place = { readonly address: string; readonly port: number };
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
  const target = typeof to === 'string' ? { path: to } : { host: to.address, port: to.port };
  // An empty servername sends none (RFC 6066 3).
  const socket = connect({ ...target, servername: servername ?? '', rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
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
