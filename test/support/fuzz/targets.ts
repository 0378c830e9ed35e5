/** Every reader of what strangers send to the doctor, with real examples of it. */
import { readHttpAnswer } from '../../../src/cores/tls/check/http-answer.js';
import { parseCertificateEntries, parseCertificateList, parseCertificateStatus } from '../../../src/cores/tls/codec/certificate-list.js';
import { parseCertificateRequest12, parseCertificateRequest13 } from '../../../src/cores/tls/codec/certificate-request.js';
import { HandshakeReader } from '../../../src/cores/tls/codec/handshake.js';
import { parseNewSessionTicket12, parseNewSessionTicket13 } from '../../../src/cores/tls/codec/new-session-ticket.js';
import { RecordReader } from '../../../src/cores/tls/codec/record.js';
import { parseAlpn, parseEncryptedExtensions, parseServerHello } from '../../../src/cores/tls/codec/server-hello.js';
import { parseServerKeyExchange } from '../../../src/cores/tls/codec/server-key-exchange.js';
import { TLS12, TLS13 } from '../../../src/cores/tls/registry/versions.js';
import { readCertificate, scanCertificate } from '../../../src/cores/pki/certificate.js';
import { readCertificateBundle } from '../../../src/cores/pki/certificate-bundle.js';
import { readCrl } from '../../../src/cores/pki/revocation/crl.js';
import { readOcspResponse } from '../../../src/cores/pki/revocation/ocsp-response.js';
import { instant } from '../../../src/values/instant.js';
import { parsePem } from '../../../src/values/pem.js';
import { makeCa } from '../pki/certificates.js';
import type { FuzzTarget } from './fuzz.js';
import { recordFlight, type RecordedFlight } from './recorded-flights.js';
import { makeCrl, makeOcspResponse } from './signed-by-openssl.js';

/** `share`: of a hundred inputs, so many are its; fewer of what takes long, a whole certificate and a whole handshake. */
export type SharedTarget = FuzzTarget & { readonly share: number };

export async function fuzzTargets(): Promise<readonly SharedTarget[]> {
  const ca = await makeCa();
  const ecdsa = await ca.issue({ names: ['shop.example', '*.shop.example', 'a.example'] });
  const rsa = await ca.issue({ names: ['shop.example'], algorithm: 'RSA' });
  const flights = await Promise.all([TLS12, TLS13].flatMap((version) => [recordFlight(version, ecdsa), recordFlight(version, rsa)]));
  // CertificateVerify and ServerHelloDone have no reader of their own.
  const messages = [...flights.flatMap(({ bytes }) => messagesIn(bytes)), ...HANDMADE.map(fromHex)].filter(readMessage);
  const certificates = [ecdsa.leafDer, rsa.leafDer, ca.rootDer, ca.intermediateDer];
  const [crl, ocsp] = await Promise.all([makeCrl(), makeOcspResponse()]);
  return [
    { name: 'a handshake', share: 4, seeds: flights.map(({ bytes }) => bytes), feed: replay(flights) },
    { name: 'handshake messages', share: 44, seeds: messages, feed: readMessage },
    { name: 'certificates', share: 8, seeds: certificates, feed: (der) => readCertificate(der).ok },
    { name: 'certificates, scanned', share: 9, seeds: certificates, feed: (der) => scanCertificate(der).ok },
    {
      name: 'bundles',
      share: 8,
      seeds: [...certificates, Buffer.from(ecdsa.chainPem)],
      feed: (bytes) => readCertificateBundle(bytes).length > 0,
    },
    {
      name: 'PEM',
      share: 3,
      seeds: [Buffer.from(ecdsa.chainPem)],
      feed: (bytes) => parsePem('CERTIFICATE', Buffer.from(bytes).toString('latin1')).ok,
    },
    { name: 'revocation lists', share: 9, seeds: [crl], feed: (der) => readCrl(der).ok },
    { name: 'OCSP responses', share: 8, seeds: [ocsp], feed: (der) => readOcspResponse(der).ok },
    { name: 'HTTP answers', share: 7, seeds: [ANSWER], feed: (bytes) => readHttpAnswer(bytes, 'https://shop.example/', instant(0)).ok },
  ];
}

/** Told to a client in the state in which the real one was; in two pieces, since no packet ends where a record does. */
function replay(flights: readonly RecordedFlight[]): (bytes: Uint8Array) => boolean {
  let turn = 0;
  return (bytes) => {
    const client = flights[turn++ % flights.length]!.client();
    const half = bytes.length >> 1;
    client.receive(bytes.subarray(0, half));
    client.receive(bytes.subarray(half));
    client.closedByPeer();
    client.close();
    return client.seen.serverHello !== undefined;
  };
}

/** All readers of one kind of message take it for theirs: what is none to one may be one to another. */
function readMessage(bytes: Uint8Array): boolean {
  const records = new RecordReader().push(bytes).flatMap(({ fragment }) => new HandshakeReader().push(fragment));
  const taken = [
    parseServerHello(bytes),
    parseEncryptedExtensions(bytes),
    parseAlpn(bytes),
    parseCertificateList(bytes),
    parseCertificateEntries(bytes),
    parseCertificateStatus(bytes),
    parseCertificateRequest12(bytes, TLS12),
    parseCertificateRequest13(bytes),
    parseNewSessionTicket12(bytes),
    parseNewSessionTicket13(bytes),
    ...(['ECDHE', 'DHE', 'RSA'] as const).map((kind) => parseServerKeyExchange(bytes, { kind, anonymous: false, version: TLS12 })),
  ];
  return records.length > 0 || taken.some((message) => message !== undefined);
}

const messagesIn = (flight: Uint8Array): Uint8Array[] => {
  const messages = new HandshakeReader();
  return new RecordReader()
    .push(flight)
    .flatMap(({ type, fragment }) => (type === 22 ? messages.push(fragment).map(({ body }) => body) : []));
};

/** What Node's server does not send: EncryptedExtensions with ALPN, a CertificateRequest of TLS 1.2 and of 1.3, a NewSessionTicket with early data. */
const HANDMADE = [
  '000b 0010 0007 0005 0468747470',
  '02 0140 0004 0403 0804 0000',
  '00 000a 000d 0006 0004 0403 0804',
  '00001c20 01020304 02 0001 0004 aabbccdd 0008 002a 0004 00004000',
];
const fromHex = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

const ANSWER = Buffer.from(
  [
    'HTTP/1.1 301 Moved Permanently',
    'Date: Tue, 24 Nov 2026 12:00:00 GMT',
    'Server: nginx',
    'Location: https://shop.example/',
    'Strict-Transport-Security: max-age=31536000; includeSubDomains',
    '',
    '',
  ].join('\r\n'),
);
