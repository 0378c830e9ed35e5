/** Why a handshake comes to nothing, and what the server is told of it. */
import type { ClientFailure } from './seen.js';

export const malformed = (detail: string): ClientFailure => ({ kind: 'MALFORMED', detail });
export const notOffered = (what: string): ClientFailure => ({ kind: 'NOT_OFFERED', what });
export const notCompletable = (what: string): ClientFailure => ({ kind: 'NOT_COMPLETABLE', what });
export const forged = (what: 'SIGNATURE' | 'FINISHED' | 'RECORD'): ClientFailure => ({ kind: 'FORGED', what });
export const unexpected = (type: number): ClientFailure => malformed(`handshake message ${type} came out of turn`);

/** What a server speaks that does not speak TLS, from its first bytes. */
export function notTls(beginning: Uint8Array): ClientFailure {
  const text = Buffer.from(beginning).toString('latin1');
  if (text.startsWith('HTTP/')) return { kind: 'PLAIN_HTTP' };
  const [greeting = ''] = text.split(/\r?\n/, 1);
  const isPrintable = /^[\x20-\x7e]+$/.test(greeting);
  return isPrintable ? { kind: 'OTHER_PROTOCOL', greeting: greeting.slice(0, MAX_GREETING) } : malformed('what came is no TLS record');
}

const MAX_GREETING = 80;

/** RFC 8446 6.2. Undefined where the server knows already, or does not speak TLS. */
export function alertFor(failure: ClientFailure): number | undefined {
  switch (failure.kind) {
    case 'ALERT':
    case 'PLAIN_HTTP':
    case 'OTHER_PROTOCOL':
      return undefined;
    case 'MALFORMED':
      return 50; // decode_error
    case 'FORGED':
      return failure.what === 'RECORD' ? 20 : 51; // bad_record_mac, decrypt_error
    case 'NOT_OFFERED':
      return 47; // illegal_parameter
    case 'TOO_LONG':
    case 'NOT_COMPLETABLE':
      return 40; // handshake_failure
    default:
      return failure satisfies never;
  }
}
