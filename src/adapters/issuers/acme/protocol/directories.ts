/** Where ACME is spoken. The public ones are data; any other is named by its URL. */
import type { Secret } from '../../../../values/secret.js';

export type AcmeDirectory = {
  /** Stored with every order. */
  readonly id: string;
  readonly title: string;
  readonly url: string;
  /** DER: what its chains are to end at. The public roots where absent. */
  readonly roots?: readonly Uint8Array[];
  /** PEM: what its HTTPS may be certified by, beside the public roots. */
  readonly httpsRoots: readonly string[];
  /** Mail addresses that the CA may write to. */
  readonly contact: readonly string[];
  /** RFC 8555 7.3.4. Asked for once, when the account is made. */
  readonly externalAccount?: ExternalAccount;
  /** draft-ietf-acme-profiles. Where absent: `classic`, or else the first that the directory lists. */
  readonly profile?: string;
  /** Common name of a root: of several chains, the one that ends there is taken. */
  readonly preferredRoot?: string;
  /** IssuerManifest.validationPort: of a CA within this network. */
  readonly validationPort?: number;
};

/** `macKey`: base64url, as the CA shows it. */
export type ExternalAccount = { readonly keyId: string; readonly macKey: Secret };

export type PublicDirectory = Pick<AcmeDirectory, 'id' | 'title' | 'url'> & {
  /** It makes no account without an external one. */
  readonly needsExternalAccount: boolean;
};

/** Addresses as each CA's documentation gives them, 2026-11. */
export const PUBLIC_DIRECTORIES: readonly PublicDirectory[] = [
  // letsencrypt.org/docs/acme-protocol-updates
  directory('letsencrypt', "Let's Encrypt", 'https://acme-v02.api.letsencrypt.org/directory', false),
  // letsencrypt.org/docs/staging-environment: its roots are trusted by nobody
  directory('letsencrypt-staging', "Let's Encrypt (staging)", 'https://acme-staging-v02.api.letsencrypt.org/directory', false),
  // zerossl.com/documentation/acme
  directory('zerossl', 'ZeroSSL', 'https://acme.zerossl.com/v2/DV90', true),
  // cloud.google.com/certificate-manager/docs/public-ca-tutorial
  directory('google', 'Google Trust Services', 'https://dv.acme-v02.api.pki.goog/directory', true),
  // ssl.com/guide/ssl-tls-certificate-issuance-and-revocation-with-acme: one directory for each kind of key
  directory('sslcom-ecc', 'SSL.com (ECDSA)', 'https://acme.ssl.com/sslcom-dv-ecc', true),
  directory('sslcom-rsa', 'SSL.com (RSA)', 'https://acme.ssl.com/sslcom-dv-rsa', true),
];

function directory(id: string, title: string, url: string, needsExternalAccount: boolean): PublicDirectory {
  return { id, title, url, needsExternalAccount };
}
