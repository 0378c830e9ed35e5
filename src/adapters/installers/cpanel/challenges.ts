/**
 * Files that CAs fetch, in the document root of the website: `.well-known/<kind>/<token>`. cPanel has no place ahead of all sites, so a
 * website's own redirects come first.
 */
import type { Hostname } from '../../../values/hostname.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { CpanelApi } from './api/cpanel-api.js';
import { fieldsOf } from './api/envelopes.js';

const KINDS = ['acme-challenge', 'pki-validation'];
/** RFC 8555 8.3: base64url. */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;
/** A key authorization is below 200 octets (RFC 8555 8.1). */
const MAX_BODY = 4096;

/** INVALID_INPUT for a path that no validation uses, TOO_LARGE, SERVER_REFUSED for a name that is not hosted here. */
export async function writeChallenge(api: CpanelApi, name: Hostname, path: string, body: string): Promise<Result<void>> {
  const file = partsOf(path);
  if (!file) return err(problem('INVALID_INPUT', { detail: 'path: not where validations look' }));
  if (Buffer.byteLength(body) > MAX_BODY) return err(problem('TOO_LARGE', { limit: MAX_BODY, unit: 'bytes' }));
  const websites = await api.websitesOf([name]);
  if (!websites.ok) return websites;
  const website = websites.value.get(name);
  if (!website) return err(problem('SERVER_REFUSED', { detail: `it hosts no ${name}, so no file can be shown for it` }));
  const { user, docroot } = website;
  const dir = `${docroot}/.well-known/${file.kind}`;
  const save = () => api.uapi(user, 'Fileman', 'save_file_content', { dir, file: file.token, content: body, fallback: '0' });
  const saved = await save();
  if (saved.ok || saved.problem.code !== 'SERVER_REFUSED') return saved.ok ? ok(undefined) : saved;
  // The folders were never made. One that is there already is refused, which is fine: what counts is whether the file can be written.
  await api.api2(user, 'Fileman', 'mkdir', { path: docroot, name: '.well-known', permissions: '0755' });
  await api.api2(user, 'Fileman', 'mkdir', { path: `${docroot}/.well-known`, name: file.kind, permissions: '0755' });
  const again = await save();
  return again.ok ? ok(undefined) : again;
}

/** What could not have been presented is not there. */
export async function removeChallengeFile(api: CpanelApi, name: Hostname, path: string): Promise<Result<void>> {
  const file = partsOf(path);
  if (!file) return ok(undefined);
  const websites = await api.websitesOf([name]);
  if (!websites.ok) return websites;
  const website = websites.value.get(name);
  if (!website) return ok(undefined);
  const { user, docroot } = website;
  const full = `${docroot}/.well-known/${file.kind}/${file.token}`;
  const about = await api.uapi(user, 'Fileman', 'get_file_information', { path: full, show_hidden: '1' });
  if (!about.ok) return about;
  if (Number(fieldsOf(about.value)['exists']) !== 1) return ok(undefined);
  const removed = await api.api2(user, 'Fileman', 'fileop', { op: 'unlink', sourcefiles: full, doubledecode: '0' });
  return removed.ok ? ok(undefined) : removed;
}

function partsOf(path: string): { readonly kind: string; readonly token: string } | undefined {
  const kind = KINDS.find((each) => path.startsWith(`/.well-known/${each}/`));
  const token = path.slice(`/.well-known/${kind}/`.length);
  return kind !== undefined && TOKEN.test(token) ? { kind, token } : undefined;
}
