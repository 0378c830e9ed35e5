import type { Config } from './platform/config/config.js';

/** What the panel is: its own name, and where it is reached. */
export type Panel = Pick<Config, 'hostname' | 'listen' | 'httpPort' | 'httpsPort'>;
/** Nest token. */
export const PANEL = Symbol('Panel');
