/** Files that CAs fetch: `challenges/<kind>/<name>/<token>`, which every server of ours shows ahead of its site. Presenting only writes one. */
import type { Host } from '../../hosts/host.js';
import { hostPath } from '../../hosts/host-path.js';
import type { Hostname } from '../../../values/hostname.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';

/** Folders of `/.well-known/` in which control of a name is shown: RFC 8555 8.3, and the Baseline Requirements 3.2.2.4.18. */
export const CHALLENGE_KINDS = ['acme-challenge', 'pki-validation'] as const;

/** A key authorization is below 200 octets (RFC 8555 8.1). */
export const MAX_BODY = 4096;
/** Names in validation at one time, and files of one name: orders would have to be forgotten by the hundred to reach them. */
export const MAX_NAMES = 10_000;
const MAX_FILES_OF_A_NAME = 100;
/** RFC 8555 8.3: base64url. */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/** Which file of which name. */
export type Challenge = { readonly name: Hostname; readonly kind: (typeof CHALLENGE_KINDS)[number]; readonly token: string };

/** INVALID_INPUT for a path that no validation uses. */
export function challengeAt(name: Hostname, path: string): Result<Challenge> {
  const kind = CHALLENGE_KINDS.find((each) => path.startsWith(`/.well-known/${each}/`));
  const token = path.slice(`/.well-known/${kind}/`.length);
  if (kind === undefined || !TOKEN.test(token)) return err(problem('INVALID_INPUT', { detail: 'path: not where validations look' }));
  return ok({ name, kind, token });
}

/** INVALID_INPUT for a path that no validation uses, TOO_LARGE above 4,096 octets, CHALLENGE_LIMIT_REACHED. */
export async function writeChallenge(host: Host, name: Hostname, path: string, body: string): Promise<Result<void>> {
  const challenge = challengeAt(name, path);
  if (!challenge.ok) return challenge;
  const file = challengeFile(challenge.value);
  if (Buffer.byteLength(body) > MAX_BODY) return err(problem('TOO_LARGE', { limit: MAX_BODY, unit: 'bytes' }));
  const files = await host.list(file.folder);
  if (!files.ok) return files;
  const names = files.value.length > 0 ? ok([]) : await host.list(file.names);
  if (!names.ok) return names;
  if (names.value.length >= MAX_NAMES) return err(problem('CHALLENGE_LIMIT_REACHED', { limit: MAX_NAMES }));
  if (files.value.length >= MAX_FILES_OF_A_NAME) return err(problem('CHALLENGE_LIMIT_REACHED', { limit: MAX_FILES_OF_A_NAME }));
  return host.write([{ path: file.path, content: body, access: 'ALL' }]);
}

/** What could not have been presented is not there. */
export async function removeChallengeFile(host: Host, name: Hostname, path: string): Promise<Result<void>> {
  const challenge = challengeAt(name, path);
  if (!challenge.ok) return ok(undefined);
  const file = challengeFile(challenge.value);
  return host.remove([file.path, file.folder]);
}

function challengeFile({ name, kind, token }: Challenge) {
  const names = hostPath('challenges', kind);
  return { names, folder: hostPath(names, name), path: hostPath(names, name, token) };
}
