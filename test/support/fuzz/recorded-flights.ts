/** What a real server (Node's) answered our client, kept together with the client's keys, so that the same client can be told it again. */
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import tls from 'node:tls';
import { makeClientTools } from '../../../src/adapters/network/probe/client-tools.js';
import { browserOffer } from '../../../src/cores/tls/check/offers.js';
import type { ClientTools } from '../../../src/cores/tls/client/client-tools.js';
import { TlsClient } from '../../../src/cores/tls/client/tls-client.js';
import type { TestCertificate } from '../pki/certificates.js';

export type RecordedFlight = {
  /** All that the server sent until both were done. */
  readonly bytes: Uint8Array;
  /** The client as it was, before its ClientHello was answered. */
  client(): TlsClient;
};

export async function recordFlight(version: number, certificate: TestCertificate): Promise<RecordedFlight> {
  const tools = theSameAgain();
  const offer = browserOffer({ serverName: 'shop.example', alpn: ['http/1.1'], longShares: false, extensions: true }, [version]);
  const client = () => {
    const made = new TlsClient(offer, tools, 'FINISHED');
    made.start();
    return made;
  };
  const [ours, theirs] = duplexPair();
  const secureContext = tls.createSecureContext({ cert: certificate.chainPem, key: certificate.keyPem });
  const server = new tls.TLSSocket(theirs, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
  const speaking = new TlsClient(offer, tools, 'FINISHED');
  const received: Uint8Array[] = [];
  ours.on('data', (bytes: Uint8Array) => {
    received.push(Uint8Array.from(bytes));
    ours.write(speaking.receive(bytes));
  });
  ours.write(speaking.start());
  await once(server, 'secure');
  // Its last flight is on its way.
  while (!speaking.done) await once(ours, 'data');
  server.destroy();
  if (!speaking.seen.finished) throw new Error(`the recording came to nothing: ${JSON.stringify(speaking.seen.failure)}`);
  return { bytes: Buffer.concat(received), client };
}

/** Neither random nor secret: one key for each group, and the same bytes each time. */
function theSameAgain(): ClientTools {
  const tools = makeClientTools({ random: { bytes: (length) => new Uint8Array(length).fill(7) }, reuseKeyShares: true });
  return { ...tools, bytes: (length) => new Uint8Array(length).fill(7) };
}
