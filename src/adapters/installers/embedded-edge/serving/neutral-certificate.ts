/** The certificate for nobody, made at the first start and kept. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Secret } from '../../../../values/secret.js';
import { makeNeutralCertificate, type NeutralCertificate } from '../../neutral-certificate.js';
import { OWNER_ONLY_DIRECTORY, removeTemporaries, writeDurably } from '../tree/durable-files.js';

export async function neutralCertificate(directory: string): Promise<NeutralCertificate> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  await removeTemporaries(directory);
  const stored = await load(directory);
  if (stored) return stored;
  const made = await makeNeutralCertificate();
  await writeDurably(join(directory, 'key.pem'), made.key.revealText());
  await writeDurably(join(directory, 'chain.pem'), made.chain);
  return made;
}

/** Undefined where it was never made, or does not work any more: it is worth nothing, and is made anew. */
async function load(directory: string): Promise<NeutralCertificate | undefined> {
  try {
    const chain = await readFile(join(directory, 'chain.pem'), 'utf8');
    const key = Secret.of(await readFile(join(directory, 'key.pem'), 'utf8'));
    createSecureContext({ cert: chain, key: key.revealText(), ca: [] });
    return { chain, key };
  } catch {
    return undefined;
  }
}
