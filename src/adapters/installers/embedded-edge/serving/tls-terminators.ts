/**
 * A TLS server for each site of a listener: it never listens, it is given connections whose ClientHello asks for that site.
 * Made when the first one does, and kept while it is in use: 10,000 sites cost nothing at the start, and memory only for those
 * that are visited.
 *
 * One for all with an SNICallback would not do: Node hands over a single certificate by it, and then there would be no RSA
 * certificate beside the ECDSA one. Apart, each site also has ticket keys of its own, so a session that was begun at one site is
 * never resumed at another, nor with a certificate that was replaced.
 */
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { CertificateFiles } from '../../installer.js';
import type { CertificateId } from '../wire/stored-binding.js';
import type { ServableCertificates } from './servable-certificates.js';
import { TLS_SETTINGS } from './tls-settings.js';

/** Give it connections by `emit('connection', socket)`. */
export type TlsTerminator = Server;
type Pem = Pick<CertificateFiles, 'chain' | 'key'>;

/** About 60 kB each. Fewer would read the disk again for sites that are visited every minute. */
const MAX_KEPT = 2_000;

export class TlsTerminators {
  /** In the order of use, oldest first. */
  readonly #kept = new Map<string, Promise<TlsTerminator | undefined>>();

  /** `handshakeTimeout`: milliseconds. `secured` is called with each connection after its handshake. */
  constructor(
    private readonly certificates: ServableCertificates,
    private readonly handshakeTimeout: number,
    private readonly secured: (socket: TLSSocket) => void,
  ) {}

  /** One for all certificates of a binding; undefined where none of them can be served. */
  of(ids: readonly CertificateId[]): Promise<TlsTerminator | undefined> {
    const key = ids.join(' ');
    const kept = this.#kept.get(key) ?? this.#load(key, ids);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  /** One that is not looked up by name. */
  make(pairs: readonly Pem[]): TlsTerminator {
    const server = createServer({
      ...TLS_SETTINGS,
      ca: [],
      cert: pairs.map(({ chain }) => chain),
      key: pairs.map(({ key }) => key.revealText()),
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: this.handshakeTimeout,
    });
    server.on('secureConnection', this.secured);
    // Strangers send what they like: that is nobody's fault, and no event of ours.
    server.on('tlsClientError', (_, socket) => socket.destroy());
    return server;
  }

  async #load(key: string, ids: readonly CertificateId[]): Promise<TlsTerminator | undefined> {
    const loaded = await this.certificates.load(ids);
    // What is broken is not remembered: the next handshake looks again, and a repaired folder is served at once.
    if (loaded.length < ids.length) this.#kept.delete(key);
    return loaded.length > 0 ? this.make(loaded) : undefined;
  }
}
