/** What a server gives to come back with. */
import { EXTENSION } from '../registry/extension-types.js';
import { ByteReader } from './byte-reader.js';
import { parseExtensions } from './extensions.js';

export type NewSessionTicket = { readonly lifetimeSeconds: number; readonly ticket: Uint8Array };
export type NewSessionTicket13 = NewSessionTicket & {
  readonly ageAdd: number;
  readonly nonce: Uint8Array;
  readonly maxEarlyData?: number;
};

/** RFC 5077 3.3; an empty ticket means that there is none after all. Undefined for a body that is none. */
export function parseNewSessionTicket12(body: Uint8Array): NewSessionTicket | undefined {
  const message = new ByteReader(body);
  const lifetimeSeconds = message.uint(4);
  const ticket = message.vector(2);
  return message.failed || !message.done ? undefined : { lifetimeSeconds, ticket };
}

/** RFC 8446 4.6.1. Undefined for a body that is none. */
export function parseNewSessionTicket13(body: Uint8Array): NewSessionTicket13 | undefined {
  const message = new ByteReader(body);
  const lifetimeSeconds = message.uint(4);
  const ageAdd = message.uint(4);
  const nonce = message.vector(1);
  const ticket = message.vector(2);
  const extensions = parseExtensions(message.vector(2));
  if (message.failed || !message.done || extensions === undefined || ticket.length === 0) return undefined;
  const earlyData = extensions.get(EXTENSION.EARLY_DATA);
  const limit = earlyData && new ByteReader(earlyData);
  const maxEarlyData = limit?.uint(4);
  if (limit?.failed) return undefined;
  return { lifetimeSeconds, ageAdd, nonce, ticket, ...(maxEarlyData !== undefined && { maxEarlyData }) };
}
