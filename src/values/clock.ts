import type { Instant } from './instant.js';

/** Where "now" comes from. Pure code takes `now` as an argument; services hold a Clock. */
export interface Clock {
  now(): Instant;
}
/** Nest token. */
export const CLOCK = Symbol('Clock');
