/** What an nginx serves that is not ours, with the certificates: read where its rights are. Of keys only that they are there. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parsePem, toPem } from '../../../../values/pem.js';
import { ok, type Result } from '../../../../values/result.js';
import type { SiteFiles } from '../syntax/found-sites.js';

/** JSON for `found` in control.ts. A certificate that cannot be read is left out: nginx itself could not serve it. */
export async function describeSites(sites: readonly SiteFiles[]): Promise<Result<string>> {
  const chains = new Map<string, string | undefined>();
  const described: unknown[] = [];
  for (const { certificate, key, ...server } of sites) {
    if (!chains.has(certificate)) chains.set(certificate, await chainIn(certificate));
    const chain = chains.get(certificate);
    if (chain !== undefined) described.push({ ...server, certificate, chain, keyReadable: await isReadable(key) });
  }
  return ok(JSON.stringify(described));
}

const MAX_BYTES = 65_536;

/** Certificates alone: a key may be in the same file. */
async function chainIn(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  try {
    const found = await file?.stat();
    if (!file || !found?.isFile() || found.size > MAX_BYTES) return undefined;
    const blocks = parsePem('CERTIFICATE', await file.readFile('utf8'));
    return blocks.ok ? blocks.value.map((der) => toPem('CERTIFICATE', der)).join('') : undefined;
  } finally {
    await file?.close();
  }
}

async function isReadable(path: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  const isFile = (await file?.stat())?.isFile() === true;
  await file?.close();
  return isFile;
}
