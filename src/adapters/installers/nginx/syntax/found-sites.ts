/** The sites with TLS that are in nginx's configuration beside ours, and where their certificates are. */
import path from 'node:path';
import { foreignServersOf, type ForeignServer } from './foreign-servers.js';
import type { Directive } from './parse.js';

/** Absolute paths. */
export type SiteFiles = ForeignServer & { readonly certificate: string; readonly key: string };

/** From what `nginx -T` prints; relative paths are seen from where the main configuration is. One with a variable in it is no path. */
export function siteFiles(dump: string, ownTree: string, mainConfiguration: string): readonly SiteFiles[] {
  return foreignServersOf(dump, ownTree).flatMap(({ server, block }) => {
    const [certificate, key] = [
      pathIn(block, 'ssl_certificate', mainConfiguration),
      pathIn(block, 'ssl_certificate_key', mainConfiguration),
    ];
    return certificate === undefined || key === undefined ? [] : [{ ...server, certificate, key }];
  });
}

function pathIn(block: readonly Directive[], wanted: string, mainConfiguration: string): string | undefined {
  const text = block.find(({ name }) => name === wanted)?.args[0];
  return text === undefined || /[$:]/.test(text) ? undefined : path.resolve(path.dirname(mainConfiguration), text);
}
