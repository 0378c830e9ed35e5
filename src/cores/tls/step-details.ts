/** The five steps in words for people who see a handshake for the first time. */
import type { ServerHello } from './codec/server-hello.js';
import type { HandshakeStep } from './observation.js';
import { cipherSuiteName } from './registry/cipher-suites.js';
import { isPostQuantum } from './registry/groups.js';
import type { KeyExchange } from './registry/suite-parameters.js';
import { versionName } from './registry/versions.js';

export const STEP_TITLES: Readonly<Record<HandshakeStep, string>> = {
  CLIENT_HELLO: 'Client Hello',
  SERVER_HELLO: 'Server Hello',
  CERTIFICATE: 'Certificate',
  KEY_EXCHANGE: 'Key exchange',
  FINISHED: 'Finished',
};

export type Offer = {
  readonly versions: readonly string[];
  readonly groups: readonly string[];
  readonly alpn: readonly string[];
  readonly servername?: string;
};

export const clientHelloDetail = ({ versions, groups, alpn, servername }: Offer): string =>
  `offered ${versions.join(' and ')}, ${servername === undefined ? 'no server name (SNI)' : `SNI ${servername}`}, ` +
  `groups ${groups.join(', ')}, ALPN ${alpn.join(', ')}`;

export const serverHelloDetail = ({ version, cipherSuite }: ServerHello, retried: boolean): string =>
  `chose ${versionName(version)} with ${cipherSuiteName(cipherSuite)}` +
  (retried ? ', after it asked for another key share (HelloRetryRequest)' : '');

export const certificateDetail = (count: number): string =>
  count === 1 ? 'sent its certificate alone, without an intermediate' : `sent its certificate and ${count - 1} more of the chain`;

/** `exchange` undefined: a suite that is not known here. */
export function keyExchangeDetail(exchange: KeyExchange | undefined, group: string | undefined): string {
  switch (exchange) {
    case 'ECDHE':
      return `fresh keys by ${group ?? 'a curve of its own'}, forward secrecy${isPostQuantum(group ?? '') ? ', post-quantum' : ''}`;
    case 'DHE':
      return 'fresh keys by finite-field Diffie-Hellman, forward secrecy';
    case 'RSA':
      return "secret sent encrypted to the certificate's key, no forward secrecy";
    case undefined:
      return 'by a cipher suite that is not known here';
    default:
      return exchange satisfies never;
  }
}

export const finishedDetail = (roundTrips: number, alpn: string | undefined): string =>
  `both sides proved the same keys after ${roundTrips} round trip${roundTrips === 1 ? '' : 's'}` +
  (alpn === undefined ? '' : `, protocol ${alpn}`);
