/** Secrets that are known to a test, and a search for them in whatever form they may have taken on the way out. */
import { createPrivateKey } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Secret } from '../../src/values/secret.js';
import { rows } from './database.js';

export type Canary = { readonly what: string; readonly bytes: Uint8Array };

export const ofText = (what: string, text: string): Canary => ({ what, bytes: Buffer.from(text) });
/** The private scalar (RFC 7518 6.2.2.1) of a key in PKCS #8, PEM or DER: what all its encodings have in common. */
export const ofPrivateKey = (what: string, sealed: Secret): Canary => {
  const text = sealed.revealText();
  const key = text.startsWith('-----') ? text : { key: Buffer.from(sealed.reveal()), format: 'der' as const, type: 'pkcs8' as const };
  return { what, bytes: Buffer.from(createPrivateKey(key).export({ format: 'jwk' }).d!, 'base64url') };
};

/** Names of the canaries that are in the text: as they are, in hex, or in base64 at any offset, also broken into lines or in hex again. */
export function foundIn(text: string, canaries: readonly Canary[]): string[] {
  const unbroken = text.replaceAll(/\s|\\n|\\r/g, '');
  const lower = unbroken.toLowerCase();
  const isIn = ({ bytes }: Canary) => {
    const raw = Buffer.from(bytes);
    const texts = base64Forms(raw);
    const hex = [raw, ...texts.map((form) => Buffer.from(form))].map((part) => part.toString('hex'));
    return (
      text.includes(raw.toString('latin1')) || texts.some((form) => unbroken.includes(form)) || hex.some((form) => lower.includes(form))
    );
  };
  return canaries.filter(isIn).map(({ what }) => what);
}

/** Base64 encodes three bytes at a time: the whole groups in it, for each of the three places where it may begin. */
function base64Forms(raw: Buffer): string[] {
  const groups = [0, 1, 2].map((offset) => raw.subarray(offset, offset + Math.floor((raw.length - offset) / 3) * 3));
  return groups.flatMap((part) => [part.toString('base64'), part.toString('base64url')]);
}

/** Every row of every table, the queue's too; binary columns in hex. */
export async function dump(databaseUrl: string): Promise<string> {
  const tables = await rows<{ name: string }>(
    databaseUrl,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const found = await rows<{ text: string }>(databaseUrl, `SELECT t::text AS text FROM ${name} AS t`);
    texts.push(...found.map(({ text }) => text));
  }
  return texts.join('\n');
}

/** What other users of the machine may see of a process. */
export const processSeen = (pid: number): string =>
  ['cmdline', 'environ'].map((file) => fs.readFileSync(`/proc/${pid}/${file}`, 'latin1')).join('\n');

export type FoundFile = { readonly name: string; readonly mode: number; readonly text: string };

/** Every file and directory below, by its name relative to `directory`; sockets and links have no text. */
export function filesBelow(directory: string): FoundFile[] {
  return fs.readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const text = entry.isFile() ? fs.readFileSync(file, 'latin1') : '';
    return { name: path.relative(directory, file), mode: fs.lstatSync(file).mode & 0o777, text };
  });
}
