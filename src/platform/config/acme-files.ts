/**
 * What stands beside the configuration in files, since it is a secret or too long for a variable. In `acme/` of the home, for each directory:
 *
 * - `<name>.roots.pem`: certificates that its chains may end at, and that its HTTPS may be certified by. The public roots where absent.
 * - `<name>.eab`: an external account binding (RFC 8555 7.3.4), two lines: the key id, and the MAC key in base64url. For its owner alone to read.
 */
import fs from 'node:fs';
import path from 'node:path';
import { readCertificate } from '../../cores/pki/certificate.js';
import { parsePem } from '../../values/pem.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { Secret } from '../../values/secret.js';
import type { NamedDirectory } from './acme-directories.js';

export type OpenedDirectory = NamedDirectory & {
  /** DER, at least one. */
  readonly roots?: readonly Uint8Array[];
  readonly externalAccount?: { readonly keyId: string; readonly macKey: Secret };
  /** ACME_FILE_UNUSABLE for each file that is not there, and without which nothing will be issued. */
  readonly lacks: readonly Problem[];
};

/** `folder`: `acme/` of the home; it need not be there. ACME_FILE_UNUSABLE (facts `file`, `detail`), every file's at once. */
export function openAcmeDirectories(folder: string, directories: readonly NamedDirectory[]): Result<readonly OpenedDirectory[], Problem[]> {
  const problems: Problem[] = [];
  const opened = directories.map((directory): OpenedDirectory => {
    const lacks: Problem[] = [];
    const open = <T>(suffix: string, secret: boolean, parse: (text: string) => Result<T, string>, needed: string | undefined) => {
      const file = path.join(folder, `${directory.name}.${suffix}`);
      const text = readText(file, secret);
      if (text.ok && text.value === undefined && needed !== undefined) lacks.push(unusable(file, `it is not there, and ${needed}`));
      const parsed = text.ok && text.value !== undefined ? parse(text.value) : text;
      if (!parsed.ok) problems.push(unusable(file, parsed.problem));
      return parsed.ok ? (parsed.value as T | undefined) : undefined;
    };
    const { title, needsRoots, needsExternalAccount } = directory;
    const roots = open('roots.pem', false, parseRoots, needsRoots ? `the roots of ${title} are no public ones` : undefined);
    const needed = needsExternalAccount ? `${title} makes no account without an external one` : undefined;
    const externalAccount = open('eab', true, parseExternalAccount, needed);
    return { ...directory, ...(roots && { roots }), ...(externalAccount && { externalAccount }), lacks };
  });
  return problems.length > 0 ? err(problems) : ok(opened);
}

/** DER. A refusal is a detail for people. */
function parseRoots(text: string): Result<readonly Uint8Array[], string> {
  const blocks = parsePem('CERTIFICATE', text, MAX_BYTES);
  if (!blocks.ok) return err('there is no certificate in it');
  const bad = blocks.value.findIndex((der) => !readCertificate(der).ok);
  return bad === -1 ? ok(blocks.value) : err(`its certificate ${bad + 1} cannot be read`);
}

/** A refusal says what is wrong without showing what stands there. */
function parseExternalAccount(text: string): Result<{ keyId: string; macKey: Secret }, string> {
  const [keyId = '', macKey = '', ...more] = text.trim().split(/\s*\n\s*/);
  if (more.length > 0 || macKey === '') return err('it has to have two lines, the key id and the MAC key');
  if (!/^[\x21-\x7e]{1,200}$/.test(keyId)) return err('its first line is not a key id of at most 200 printable characters');
  // Some CAs show it with the padding that base64url does not have (RFC 7515 2).
  const key = /^([A-Za-z0-9_-]{22,512})={0,2}$/.exec(macKey)?.[1];
  return key === undefined ? err('its second line is not a MAC key in base64url') : ok({ keyId, macKey: Secret.of(key) });
}

/** Undefined where there is no such file. Opened once, so that what is judged is what is read. */
function readText(file: string, secret: boolean): Result<string | undefined, string> {
  let opened: number | undefined;
  try {
    // A fifo would be waited for without an end.
    opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const found = fs.fstatSync(opened);
    if (!found.isFile()) return err('it is not a file');
    if (found.size > MAX_BYTES) return err(`it is larger than ${MAX_BYTES} bytes`);
    if (secret && (found.mode & 0o077) !== 0) return err('others may read it, and it holds a secret; chmod 600');
    return ok(fs.readFileSync(opened, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? ok(undefined) : err(code === 'EACCES' ? 'permission denied' : (error as Error).message);
  } finally {
    if (opened !== undefined) fs.closeSync(opened);
  }
}

/** A bundle of all public roots is a quarter of this. */
const MAX_BYTES = 1_048_576;

const unusable = (file: string, detail: string): Problem => problem('ACME_FILE_UNUSABLE', { file, detail });
