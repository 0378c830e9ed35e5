/** `openssl s_server`: one process a row, one connection at a time; answers HTTP. */
import { part } from '../../support/suite/parts.js';
import { startSServer } from '../../support/tls/s-server.js';
import type { Recipe, Serving } from '../lab-server.js';
import { leaf } from '../recipes.js';
import type { Started } from './program.js';

/** Its options. `-nocert` goes with no certificate. */
export const openssl = (settings: readonly string[], ...certificates: readonly Recipe[]): Serving => ({
  by: 'OPENSSL',
  settings,
  certificates: settings.includes('-nocert') || certificates.length > 0 ? certificates : [leaf()],
});

type Command = {
  readonly address: string;
  readonly port: number;
  readonly settings: readonly string[];
  readonly files: readonly { readonly leaf: string; readonly key: string; readonly behind?: string }[];
};

export function startOpenssl({ address, port, settings, files }: Command): Promise<Started> {
  const [file] = files;
  const certificate = file
    ? ['-cert', file.leaf, '-key', file.key, ...(file.behind === undefined ? [] : ['-cert_chain', file.behind])]
    : [];
  return startSServer({ address, port }, ['-www', ...certificate, ...settings], part('openssl'));
}
