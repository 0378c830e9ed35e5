/**
 * Every bound on what a stranger can make long, large or many at the edge: the only list (docs/threat-model.md tells it). Milliseconds
 * and octets. Tests that wait for one to be reached bring shorter ones.
 */
import type { Places } from './client-bounds.js';

export type EdgeLimits = {
  /** Of all listeners together. */
  readonly connections: Places;
  /** Requests that the API is at work on, or waits for the rest of. */
  readonly panelRequests: Places;
  readonly helloBytes: number;
  /** For the ClientHello to be whole, and then for the rest of the handshake. */
  readonly handshake: number;
  readonly headerBytes: number;
  readonly headers: number;
  /** Headers and body. */
  readonly request: number;
  /** Between two requests of HTTP/1.1. */
  readonly keepAlive: number;
  /** Without a byte either way. */
  readonly idle: number;
  /** How often it is looked who is too late: smaller than what is waited for, or a limit would be a multiple of itself. */
  readonly lookEvery: number;
  /** Requests at once on a connection of HTTP/2. */
  readonly streams: number;
};

export const EDGE_LIMITS: EdgeLimits = {
  // A connection takes up to 100 kB, so a flood costs 400 MB and not the process, and needs 16 clients. An office behind one address
  // opens one or two for each browser.
  connections: { perClient: 256, inAll: 4096 },
  // Together below what the API accepts (4,000), so that it always has room for its own callers.
  panelRequests: { perClient: 256, inAll: 2048 },
  // A hello with post-quantum shares is below 2 kB; one with a long session ticket below 20.
  helloBytes: 32_768,
  // A slow phone needs two seconds.
  handshake: 10_000,
  // Browsers and servers stop at 8 to 16 kB.
  headerBytes: 16_384,
  headers: 10_000,
  // The API gives up after half of it.
  request: 60_000,
  keepAlive: 60_000,
  idle: 120_000,
  lookEvery: 2_000,
  streams: 100,
};
