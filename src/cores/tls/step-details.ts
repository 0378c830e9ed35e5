/** The five steps in words: a sentence for people who see a handshake for the first time, and what was said on the wire. */
import type { ClientOffer } from './client/client-offer.js';
import type { Seen } from './client/seen.js';
import { HANDSHAKE_STEPS, type HandshakeStep } from './observation.js';
import { cipherSuiteName } from './registry/cipher-suites.js';
import { groupName, isPostQuantum } from './registry/groups.js';
import { signatureSchemeName } from './registry/signature-schemes.js';
import { TLS13, versionName } from './registry/versions.js';

export const STEP_TITLES: Readonly<Record<HandshakeStep, string>> = {
  CLIENT_HELLO: 'Client Hello',
  SERVER_HELLO: 'Server Hello',
  CERTIFICATE: 'Certificate',
  KEY_EXCHANGE: 'Key exchange',
  FINISHED: 'Finished',
};

/** The first so many of the five. */
export function reachedSteps(seen: Seen): readonly HandshakeStep[] {
  const missing = HANDSHAKE_STEPS.findIndex((step) => !IS_REACHED[step](seen));
  return missing < 0 ? HANDSHAKE_STEPS : HANDSHAKE_STEPS.slice(0, missing);
}

const IS_REACHED: Readonly<Record<HandshakeStep, (seen: Seen) => boolean>> = {
  CLIENT_HELLO: () => true,
  SERVER_HELLO: (seen) => seen.serverHello !== undefined,
  CERTIFICATE: (seen) => seen.chain !== undefined,
  // With static RSA nobody signs: who can read the secret proves it.
  KEY_EXCHANGE: (seen) => seen.signature !== undefined || seen.keyExchange?.kind === 'RSA',
  FINISHED: (seen) => seen.finished,
};

export type StepWords = { readonly detail: string; readonly sent?: string; readonly answered?: string };

export function describeStep(step: HandshakeStep, offer: ClientOffer, seen: Seen): StepWords {
  switch (step) {
    case 'CLIENT_HELLO':
      return clientHello(offer, seen);
    case 'SERVER_HELLO':
      return serverHello(seen);
    case 'CERTIFICATE':
      return certificate(seen);
    case 'KEY_EXCHANGE':
      return keyExchange(seen);
    case 'FINISHED':
      return finished(seen);
    default:
      return step satisfies never;
  }
}

function clientHello(offer: ClientOffer, { helloLength }: Seen): StepWords {
  const versions = offer.versions.map(versionName);
  const asks = offer.serverName === undefined ? 'names no site (no server name, SNI)' : `asks for ${offer.serverName} (SNI)`;
  const said = [
    versions.join(', '),
    offer.serverName === undefined ? 'no SNI' : `SNI ${offer.serverName}`,
    `${offer.cipherSuites.length} cipher suites`,
    ...(offer.groups.length > 0 ? [`groups ${offer.groups.map(groupName).join(', ')}`] : []),
    ...(offer.keyShares.length > 0 ? [`key shares for ${offer.keyShares.map(groupName).join(', ')}`] : []),
    ...(offer.alpn.length > 0 ? [`ALPN ${offer.alpn.join(', ')}`] : []),
    `${helloLength} bytes`,
  ];
  return { detail: `the client ${asks}, and says that it can do ${versions.join(' and ')}`, sent: said.join('; ') };
}

function serverHello({ serverHello: chosen, helloRetryRequest, keyExchange: exchange }: Seen): StepWords {
  const [version, suite] = [versionName(chosen?.version ?? 0), cipherSuiteName(chosen?.cipherSuite ?? 0)];
  const group = exchange?.group === undefined ? [] : [`key share of ${groupName(exchange.group)}`];
  const retry = helloRetryRequest ? ', after it asked for another key share (HelloRetryRequest)' : '';
  return {
    detail: `the server chose ${version} with ${suite}${retry}`,
    ...(helloRetryRequest && {
      sent: `a second ClientHello${helloRetryRequest.group === undefined ? '' : ` with ${groupName(helloRetryRequest.group)}`}`,
    }),
    answered: [version, suite, ...((chosen?.version ?? 0) >= TLS13 ? group : [])].join('; '),
  };
}

function certificate({ chain = [], staple, timestamps }: Seen): StepWords {
  const bytes = chain.reduce((sum, der) => sum + der.length, 0);
  const extras = [...(staple ? ['OCSP response'] : []), ...(timestamps ? ['certificate timestamps'] : [])];
  return {
    detail:
      chain.length === 1
        ? 'the server showed its certificate alone, without an intermediate'
        : `the server showed its certificate and ${chain.length - 1} more of the chain`,
    answered: [`${chain.length} certificate${chain.length === 1 ? '' : 's'}, ${bytes} bytes`, ...extras].join('; '),
  };
}

function keyExchange(seen: Seen): StepWords {
  const { keyExchange: exchange, signature, serverHello: chosen } = seen;
  const scheme = signature && (signature.algorithm === undefined ? 'signature' : `signature ${signatureSchemeName(signature.algorithm)}`);
  const what = exchange && exchangeName(exchange);
  const share = exchange?.kind === 'RSA' ? 'the secret, encrypted to the key of the certificate' : `key share of ${what}`;
  return {
    detail: keyExchangeSentence(seen),
    // In TLS 1.3 our share is in the ClientHello already.
    ...((chosen?.version ?? 0) < TLS13 && { sent: share }),
    ...(scheme && { answered: (chosen?.version ?? 0) < TLS13 ? `${share}; ${scheme}` : scheme }),
  };
}

function keyExchangeSentence({ keyExchange: exchange }: Seen): string {
  if (exchange === undefined) return 'both agreed on keys';
  if (exchange.kind === 'RSA')
    return "the secret went encrypted to the certificate's key: who gets that can read it later (no forward secrecy)";
  const name = exchangeName(exchange);
  const quantum = isPostQuantum(name) ? ', post-quantum' : '';
  return `both made fresh keys by ${name}: what is recorded today cannot be read later (forward secrecy${quantum})`;
}

/** `x25519`, `finite-field Diffie-Hellman of 2048 bits`. */
const exchangeName = ({ group, bits }: NonNullable<Seen['keyExchange']>): string =>
  group === undefined ? `finite-field Diffie-Hellman of ${bits ?? 0} bits` : groupName(group);

function finished({ roundTrips, alpn }: Seen): StepWords {
  const trips = `${roundTrips} round trip${roundTrips === 1 ? '' : 's'}`;
  return {
    detail: `both proved the same keys after ${trips}; from here on all is encrypted${alpn === undefined ? '' : `, protocol ${alpn}`}`,
    sent: 'Finished',
    answered: 'Finished',
  };
}
