/**
 * The vault's keys: a file of mode 600 with one `id:base64` line per 256-bit key, newest first. The first seals; all open.
 * To rotate, put a new line on top and restart: what the older keys sealed is sealed again (docs/operations.md).
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { problem } from '../../values/problems/problem.js';
import type { Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import { Secret } from '../../values/secret.js';

const KEY_BYTES = 32;

export type VaultKeys = { readonly newest: string; readonly byId: ReadonlyMap<string, Secret> };

export const hasKeyFile = (file: string): boolean => existsSync(file);

/** VAULT_KEY_FILE_UNUSABLE where it is missing, empty or damaged. */
export function readKeyFile(file: string): Result<VaultKeys> {
  try {
    const { mode, uid } = statSync(file);
    if ((mode & 0o077) !== 0 && uid === process.geteuid?.()) chmodSync(file, 0o600);
    return parseVaultKeys(readFileSync(file, 'utf8'), file);
  } catch (error) {
    return unusable(file, (error as Error).message);
  }
}

/** With a first key; leaves a file that is there already. Written whole under another name, then linked: of two at once the first wins. */
export function makeKeyFile(file: string, random: Random): Result<void> {
  const draft = `${file}.${Buffer.from(random.bytes(8)).toString('hex')}`;
  try {
    writeFileSync(draft, newKeyLine(random), { flag: 'wx', mode: 0o600, flush: true });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
    // What the key seals from now on outlives a power cut; so has the key's name in its folder.
    const folder = openSync(path.dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return ok(undefined);
  } catch (error) {
    return unusable(file, (error as Error).message);
  }
}

export const newKeyLine = (random: Random): string =>
  `k${Buffer.from(random.bytes(6)).toString('hex')}:${Buffer.from(random.bytes(KEY_BYTES)).toString('base64')}\n`;

/** `file` is for the sentence; what is wrong is said without showing what stands there. */
export function parseVaultKeys(text: string, file: string): Result<VaultKeys> {
  const byId = new Map<string, Secret>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9-]{1,40}):([A-Za-z0-9+/]{43}=)$/.exec(line.trim());
    if (!match?.[1] || !match[2]) return unusable(file, `line ${index + 1} is not "id:base64 of ${KEY_BYTES} bytes"`);
    if (byId.has(match[1])) return unusable(file, `the key id ${match[1]} stands there twice`);
    byId.set(match[1], Secret.of(Buffer.from(match[2], 'base64')));
  }
  const newest = byId.keys().next().value;
  return newest === undefined ? unusable(file, 'there is no key in it') : ok({ newest, byId });
}

export const unusable = (file: string, detail: string) => err(problem('VAULT_KEY_FILE_UNUSABLE', { file, detail }));
