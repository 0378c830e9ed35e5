/** Where an nginx is, and where we keep what it serves for us. Checked once: later code writes these into configuration as they are. */
import type { IpAddress } from '../../../values/ip-address.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

export type NginxListener = { readonly address: IpAddress; readonly httpPort: number; readonly httpsPort: number };

export type NginxPlace = {
  /** The program. */
  readonly binary: string;
  /** The configuration that it is started with, usually somebody else's. */
  readonly mainConfiguration: string;
  /** Our tree. Its workers have to be able to pass through the folders above it. */
  readonly tree: string;
};

/** A word to nginx whatever stands around it: no quote, no space, no variable, nothing that ends a directive. */
const PLAIN_PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** INVALID_INPUT for a path that is not absolute, or has characters that mean something to nginx. */
export function parseNginxPlace(place: NginxPlace): Result<NginxPlace> {
  for (const [what, path] of Object.entries(place)) {
    if (!PLAIN_PATH.test(path)) return err(problem('INVALID_INPUT', { detail: `${what} is not a plain absolute path` }));
  }
  return ok(place);
}

export const currentConfiguration = ({ tree }: Pick<NginxPlace, 'tree'>): string => `${tree}/current.conf`;
