/**
 * The vault's keys: a file of mode 600 with one `id:base64` line per 256-bit key, newest first. The first seals; all open.
 * To rotate, put a new line on top and restart: what the older keys sealed is sealed again (docs/operations.md).
 */
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { problem } from '../../values/problems/problem.js';
import type { Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Secret } from '../../values/secret.js';

const KEY_BYTES = 32;

export type VaultKeys = { readonly newest: string; readonly byId: ReadonlyMap<string, Secret> };

/** Reads the file, or makes it with a first key where there is none. */
export function loadVaultKeys(path: string, random: Random): Result<VaultKeys> {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, newKeyLine(random));
    fsyncSync(file);
    closeSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return refuse((error as Error).message);
  }
  chmodSync(path, 0o600);
  return parseVaultKeys(readFileSync(path, 'utf8'));
}

export const newKeyLine = (random: Random): string =>
  `k${Buffer.from(random.bytes(6)).toString('hex')}:${Buffer.from(random.bytes(KEY_BYTES)).toString('base64')}\n`;

export function parseVaultKeys(text: string): Result<VaultKeys> {
  const byId = new Map<string, Secret>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9-]{1,40}):([A-Za-z0-9+/]{43}=)$/.exec(line.trim());
    if (!match?.[1] || !match[2]) return refuse(`line ${index + 1} is not "id:base64 of ${KEY_BYTES} bytes"`);
    if (byId.has(match[1])) return refuse(`the key id ${match[1]} stands there twice`);
    byId.set(match[1], Secret.of(Buffer.from(match[2], 'base64')));
  }
  const newest = byId.keys().next().value;
  return newest === undefined ? refuse('there is no key in the file') : ok({ newest, byId });
}

const refuse = (detail: string) => err(problem('CONFIG_INVALID', { variable: 'HOSTSEAL_VAULT_KEY_FILE', detail }));
