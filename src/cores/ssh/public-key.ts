/**
 * A public key of SSH, as it stands in `known_hosts`, `authorized_keys` and the `.pub` files of OpenSSH: its type, and its blob
 * (RFC 4253 6.6) in base64. What may follow, a comment, is nobody's concern.
 */
import { createHash } from 'node:crypto';
import { problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';

/** Of hosts that are worth pinning: no DSA, and no certificates, which another key vouches for. */
const KEY_TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'] as const;
export type SshKeyType = (typeof KEY_TYPES)[number];

declare const brand: unique symbol;
/** `ssh-ed25519 AAAA…`: type and blob in their one spelling, so that equal keys are equal texts. */
export type SshPublicKey = string & { readonly [brand]: 'SshPublicKey' };

/** An RSA key of 16,384 bits has about 2,100 octets. */
const MAX_BLOB_BYTES = 4096;
const LINE = /^[ \t]*([a-z0-9-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t][^\r\n]*)?[\r\n]*$/;

/** INVALID_INPUT for anything else than one key of a type that is pinned. */
export function parseSshPublicKey(line: string): Result<SshPublicKey> {
  const [, type, base64] = (line.length <= 2 * MAX_BLOB_BYTES && LINE.exec(line)) || [];
  if (type === undefined || base64 === undefined) return notAKey('it is not one line "TYPE BASE64", as ssh-keyscan prints it');
  const blob = Buffer.from(base64, 'base64');
  const key = readSshPublicKey(blob);
  return key.ok && (keyType(key.value) !== type || blob.toString('base64') !== base64) ? notAKey('its parts do not go together') : key;
}

/** The key of a blob, as the other side of a connection sends it. */
export function readSshPublicKey(blob: Uint8Array): Result<SshPublicKey> {
  const fields = blob.length <= MAX_BLOB_BYTES ? fieldsOf(blob) : undefined;
  const name = fields?.[0] === undefined ? '' : Buffer.from(fields[0]).toString('latin1');
  const type = KEY_TYPES.find((one) => one === name);
  if (type === undefined || fields?.length !== FIELDS[type]) return notAKey(`it is no key of the types ${KEY_TYPES.join(', ')}`);
  if (type === 'ssh-ed25519' && fields[1]?.length !== ED25519_BYTES) return notAKey('it is no Ed25519 key');
  return ok(`${type} ${Buffer.from(blob).toString('base64')}` as SshPublicKey);
}

/** As `ssh-keygen -l` shows it: `SHA256:` and 43 characters of base64. */
export const sshFingerprint = (key: SshPublicKey): string =>
  `SHA256:${createHash('sha256').update(sshBlob(key)).digest('base64').replace(/=+$/, '')}`;

export const keyType = (key: SshPublicKey): SshKeyType => key.slice(0, key.indexOf(' ')) as SshKeyType;
export const sshBlob = (key: SshPublicKey): Uint8Array => Buffer.from(key.slice(key.indexOf(' ') + 1), 'base64');

const ED25519_BYTES = 32;
/** RFC 8709 4, RFC 5656 3.1, RFC 4253 6.6: the type's name counts as one. */
const FIELDS: Readonly<Record<SshKeyType, number>> = {
  'ssh-ed25519': 2,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'ssh-rsa': 3,
};

/** RFC 4251 5 (`string`, `mpint`): a length of four octets, and as many octets. Undefined where they do not fill the blob. */
function fieldsOf(blob: Uint8Array): readonly Uint8Array[] | undefined {
  const fields: Uint8Array[] = [];
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + view.getUint32(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

const notAKey = (detail: string): Result<never> => err(problem('NOT_AN_SSH_KEY', { detail }));
