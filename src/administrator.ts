/** The account at the root of the tree, as the platform acts for it, and its first token: in a file of mode 600, never on a screen. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Accounts } from './features/accounts/accounts.service.js';
import { LONGEST_LIFE } from './features/accounts/api-token.js';
import type { ApiTokens } from './features/accounts/api-tokens.service.js';
import { TOKEN_SCOPES, type Actor } from './values/actor.js';
import { days, plus, toDate, type Duration, type Instant } from './values/instant.js';
import { unwrap } from './values/result.js';

/** Made at the first start of a platform; of several processes that start at once, one makes it. */
export async function ensureAdministrator(accounts: Accounts): Promise<Actor> {
  const root = await accounts.ensureRoot('Administrator');
  return { accountId: root.id, accountPath: root.path, kind: 'ADMIN', scopes: TOKEN_SCOPES };
}

/** Leaves a token that works alone; makes one where the file's is missing, expired or revoked. */
export async function ensureAdminToken(file: string, admin: Actor, tokens: ApiTokens, now: Instant): Promise<void> {
  const there = read(file);
  if (there !== undefined && (await tokens.authenticate(there))) return;
  const expiresAt = toDate(plus(now, (LONGEST_LIFE - days(1)) as Duration));
  const input = { name: `first token, ${file}`.slice(-100), scopes: TOKEN_SCOPES, expiresAt };
  const made = unwrap(await tokens.create(admin, input, `panel:token:${now}`));
  // Half a token must never be found: written aside, then renamed.
  const aside = openSync(`${file}.new`, 'w', 0o600);
  writeSync(aside, `${made.secret}\n`);
  fsyncSync(aside);
  closeSync(aside);
  renameSync(`${file}.new`, file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
