/** Which ACME directories (RFC 8555 7.1.1) a configuration may name: the public ones are data, any other is named by its URL. */
import { err, ok, type Result } from '../../values/result.js';
import { listOf, type Parse } from './parse-value.js';

export type NamedDirectory = {
  /** `letsencrypt`: as it is configured, and as its files in `acme/` are called. */
  readonly name: string;
  /** Of its issuer, stored with every order: `acme-letsencrypt`. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  readonly url: string;
  /** It makes no account without an external one (RFC 8555 7.3.4). */
  readonly needsExternalAccount: boolean;
  /** Its certificates end at roots that nobody trusts. */
  readonly needsRoots: boolean;
};

/** Addresses as each CA's documentation gives them, 2026-11. */
export const PUBLIC_DIRECTORIES: readonly NamedDirectory[] = [
  // letsencrypt.org/docs/acme-protocol-updates
  directory('letsencrypt', "Let's Encrypt", 'https://acme-v02.api.letsencrypt.org/directory'),
  // letsencrypt.org/docs/staging-environment
  directory('letsencrypt-staging', "Let's Encrypt (staging)", 'https://acme-staging-v02.api.letsencrypt.org/directory', ['roots']),
  // zerossl.com/documentation/acme
  directory('zerossl', 'ZeroSSL', 'https://acme.zerossl.com/v2/DV90', ['externalAccount']),
  // cloud.google.com/certificate-manager/docs/public-ca-tutorial
  directory('google', 'Google Trust Services', 'https://dv.acme-v02.api.pki.goog/directory', ['externalAccount']),
  // ssl.com/guide/ssl-tls-certificate-issuance-and-revocation-with-acme: one directory for each kind of key
  directory('sslcom-ecc', 'SSL.com (ECDSA)', 'https://acme.ssl.com/sslcom-dv-ecc', ['externalAccount']),
  directory('sslcom-rsa', 'SSL.com (RSA)', 'https://acme.ssl.com/sslcom-dv-rsa', ['externalAccount']),
];

/** A list, each one once. The first is the platform's default issuer. */
export const acmeDirectories: Parse<readonly NamedDirectory[]> = (text) => {
  const named = listOf(namedDirectory)(text);
  if (!named.ok) return named;
  const twice = named.value.find(({ name }, index) => named.value.findIndex((other) => other.name === name) < index);
  return twice ? err(`${twice.name} is named twice`) : named;
};

const namedDirectory: Parse<NamedDirectory> = (text) => {
  const known = PUBLIC_DIRECTORIES.find(({ name }) => name === text);
  if (known) return ok(known);
  const [, name = '', url = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (text === 'local-ca' || name === 'local-ca') return err('local-ca is the built-in CA, which is there anyway and speaks no ACME');
  if (!text.includes('=')) return err(`${shown(text)} is none of ${PUBLIC_NAMES}, and not of the form NAME=https://HOST/PATH`);
  // It becomes part of an issuer's id and of files' names.
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) return err(`${shown(name)} is not a name of at most 40 of a-z, 0-9 and -`);
  if (PUBLIC_DIRECTORIES.some((one) => one.name === name))
    return err(`${name} is a public directory, whose address is known; name it alone`);
  const parsed = httpsUrl(url);
  return parsed.ok ? ok(directory(name, name, parsed.value)) : err(`the address of ${name} ${parsed.problem}`);
};

function httpsUrl(text: string): Result<string, string> {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || text.length > MAX_URL) return err('is not of the form https://HOST/PATH');
  return url.username || url.password || url.hash ? err('has a user, a password or a fragment in it') : ok(url.href);
}

/** Never an address: somebody may have written a password into it. */
const shown = (text: string): string => (/^[\w.-]{1,40}$/.test(text) ? `"${text}"` : 'one of them');

/** As long as the URLs of any CA need not be; it is stored and logged. */
const MAX_URL = 500;
const PUBLIC_NAMES = PUBLIC_DIRECTORIES.map(({ name }) => name).join(', ');

function directory(name: string, title: string, url: string, needs: readonly ('externalAccount' | 'roots')[] = []): NamedDirectory {
  const [needsExternalAccount, needsRoots] = [needs.includes('externalAccount'), needs.includes('roots')];
  return { name, id: `acme-${name}`, title, url, needsExternalAccount, needsRoots };
}
