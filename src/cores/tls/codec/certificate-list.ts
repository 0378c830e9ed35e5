/** The Certificate message in both forms, and the CertificateStatus of TLS 1.2. */
import { EXTENSION } from '../registry/extension-types.js';
import { ByteReader } from './byte-reader.js';
import { parseExtensions } from './extensions.js';

/** A chain of a hundred is a mistake that can be told; more are sent to keep us busy, and empty ones cost three bytes each. */
const MAX_CERTIFICATES = 256;

/** TLS 1.2 and before (RFC 5246 7.4.2), sent in clear text. DER, as sent; undefined for a body that is not a certificate list, or too long a one. */
export function parseCertificateList(body: Uint8Array): Uint8Array[] | undefined {
  const message = new ByteReader(body);
  const list = new ByteReader(message.vector(3));
  const certificates: Uint8Array[] = [];
  while (!list.done && certificates.length < MAX_CERTIFICATES) certificates.push(kept(list.vector(3)));
  return message.failed || list.failed || !list.done || !message.done ? undefined : certificates;
}

export type CertificateEntries = {
  /** DER, as sent, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** Of the leaf's extensions. */
  readonly staple?: Uint8Array;
  readonly timestamps?: Uint8Array;
  /** Types of the extensions on any of them. */
  readonly extensions: readonly number[];
};

/** TLS 1.3 (RFC 8446 4.4.2). Undefined for a body that is none, and for one that answers a request, which a server's never does. */
export function parseCertificateEntries(body: Uint8Array): CertificateEntries | undefined {
  const message = new ByteReader(body);
  const context = message.vector(1);
  const list = new ByteReader(message.vector(3));
  const chain: Uint8Array[] = [];
  const types = new Set<number>();
  let leaf: Pick<CertificateEntries, 'staple' | 'timestamps'> = {};
  while (!list.done && chain.length < MAX_CERTIFICATES) {
    const certificate = list.vector(3);
    const extensions = parseExtensions(list.vector(2));
    if (extensions === undefined) return undefined;
    const status = extensions.get(EXTENSION.STATUS_REQUEST);
    const staple = status && parseCertificateStatus(status);
    if (status && staple === undefined) return undefined;
    const timestamps = extensions.get(EXTENSION.SIGNED_CERTIFICATE_TIMESTAMP);
    if (chain.length === 0) leaf = { ...(staple && { staple }), ...(timestamps && { timestamps: kept(timestamps) }) };
    chain.push(kept(certificate));
    for (const type of extensions.keys()) types.add(type);
  }
  if (message.failed || list.failed || !list.done || !message.done || context.length > 0) return undefined;
  return { chain, ...leaf, extensions: [...types] };
}

/** The OCSP response in a CertificateStatus (RFC 6066 8), DER; undefined for a body that is none. */
export function parseCertificateStatus(body: Uint8Array): Uint8Array | undefined {
  const status = new ByteReader(body);
  const type = status.uint(1);
  const response = status.vector(3);
  return status.failed || !status.done || type !== OCSP || response.length === 0 ? undefined : kept(response);
}

const OCSP = 1;

/** A copy: what is kept of a message must not keep all of it, nor what was read from the socket with it. */
const kept = (part: Uint8Array): Uint8Array => part.slice();
