/** Where ACME is spoken, and what the configuration says of it. */
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
  /** draft-ietf-acme-profiles. Where absent, or not listed by the directory: `classic`, or else the first that it lists. */
  readonly profile?: string;
  /** Common name of a root: of several chains, the one that ends there is taken. */
  readonly preferredRoot?: string;
  /** IssuerManifest.validationPort: of a CA within this network. */
  readonly validationPort?: number;
};

/** `macKey`: base64url, as the CA shows it. */
export type ExternalAccount = { readonly keyId: string; readonly macKey: Secret };
