/** PEM text (RFC 7468) and the DER inside it. */
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

export type PemLabel =
  'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY' | 'OPENSSH PRIVATE KEY' | 'PUBLIC KEY' | 'X509 CRL' | 'PKCS7' | 'CMS';

export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Every block with that label, in order, as DER. A text without one, or with a broken one, is refused. */
export function parsePem(label: PemLabel, text: string, maxBytes = 65_536): Result<Uint8Array[]> {
  if (text.length > maxBytes) return err(problem('TOO_LARGE', { limit: maxBytes, unit: 'bytes' }));
  const pattern = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`, 'g');
  const blocks = [...text.matchAll(pattern)].map((match) => new Uint8Array(Buffer.from(match[1] ?? '', 'base64')));
  return blocks.length > 0 ? ok(blocks) : err(problem('NOT_PEM', { label }));
}
