import type { Config } from './platform/config/config.js';

/** What the panel is: its own name, and where it is reached. */
export type Panel = Pick<Config, 'hostname' | 'listen' | 'httpPort' | 'httpsPort' | 'acme'>;
/** Nest token. */
export const PANEL = Symbol('Panel');

/** Code of the product that the panel orders for itself. No public CA signs a name of one label (CA/B BR 4.2.2). */
export const productOf = ({ hostname, acme }: Pick<Panel, 'hostname' | 'acme'>): 'dv' | 'internal' =>
  acme.directories.length > 0 && hostname.includes('.') ? 'dv' : 'internal';
