/** Why our client's handshake came to nothing, in our codes. */
import { type Problem, problem } from '../../values/problems/problem.js';
import type { ClientFailure } from './client/seen.js';
import type { HandshakeStep } from './observation.js';
import { HANDSHAKE_TYPE } from './codec/handshake.js';
import { alertName } from './registry/alerts.js';

export type HandshakePlace = { readonly address: string; readonly port: number; readonly step: HandshakeStep | 'CONNECTED' };

/** TLS_ALERT, or TLS_PROTOCOL_ERROR with the failure's `kind`. `step`: the last that was reached. */
export function clientProblem(failure: ClientFailure, place: HandshakePlace): Problem {
  if (failure.kind === 'ALERT') return problem('TLS_ALERT', { ...place, alert: alertName(failure.code) });
  return problem('TLS_PROTOCOL_ERROR', {
    ...{ ...place, kind: failure.kind, detail: detailOf(failure) },
    ...(failure.kind === 'OTHER_PROTOCOL' && { greeting: failure.greeting }),
    ...(failure.kind === 'FORGED' && { forged: failure.what }),
    ...(isLongCertificate(failure) && { tooLong: 'CERTIFICATE' }),
  });
}

function detailOf(failure: Exclude<ClientFailure, { kind: 'ALERT' }>): string {
  switch (failure.kind) {
    case 'MALFORMED':
      return `its answer is not a TLS handshake as the standard has it (${failure.detail})`;
    case 'PLAIN_HTTP':
      return 'it answered in plain HTTP';
    case 'OTHER_PROTOCOL':
      return `it said "${failure.greeting}" in the place of TLS`;
    case 'FORGED':
      return FORGERIES[failure.what];
    case 'NOT_OFFERED':
      return `it chose what it was not offered: ${failure.what}`;
    case 'TOO_LONG':
      return tooLong(failure);
    case 'NOT_COMPLETABLE':
      return `it chose what cannot be completed here: ${failure.what}`;
    default:
      return failure satisfies never;
  }
}

const isLongCertificate = (failure: ClientFailure): boolean =>
  failure.kind === 'TOO_LONG' && failure.message?.type === HANDSHAKE_TYPE.CERTIFICATE;

function tooLong({ limit, message }: Extract<ClientFailure, { kind: 'TOO_LONG' }>): string {
  if (message === undefined) return `it sends more than a handshake may take (${limit})`;
  const what = message.type === HANDSHAKE_TYPE.CERTIFICATE ? 'its certificates take' : `its handshake message ${message.type} takes`;
  return `${what} ${message.length} bytes, and nobody reads more than ${limit}`;
}

const FORGERIES = {
  SIGNATURE: 'it does not have the key of the certificate that it shows',
  FINISHED: 'what both sides saw of the handshake differs: somebody changed it on the way, or its keys are wrong',
  RECORD: 'a record was not made with the keys that both sides agreed on',
} as const;
