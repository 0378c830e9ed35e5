/** The port of features to DNS; dialing/resolver.ts is behind it. */
export type { Resolver } from './dialing/resolver.js';
/** Nest token. */
export const RESOLVER = Symbol('Resolver');
