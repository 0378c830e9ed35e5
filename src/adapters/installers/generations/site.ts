/** A binding as a tree keeps it: the certificates by their content address, never with their keys. */
import { createHash } from 'node:crypto';
import { parseCertificateName } from '../../../values/hostname.js';
import { parseIpAddress } from '../../../values/ip-address.js';
import { integer, list, matching, normal, record } from '../../../values/json-shape.js';
import { bindingKeyText, type BindingKey, type CertificateFiles, type Listener } from '../installer.js';

declare const brand: unique symbol;
/**
 * `<fingerprint>.<digest>`: the leaf's SHA-256, and half of the SHA-256 over chain and key. The fingerprint alone would not do:
 * the same leaf with a repaired chain is another thing to serve, and staging it must not touch the file that is served now.
 */
export type CertificateId = string & { readonly [brand]: 'CertificateId' };

/** Which listener a binding belongs to. */
export const listenerOf = ({ address, port }: BindingKey, listeners: readonly Listener[]): Listener | undefined =>
  listeners.find((each) => each.address === address && each.httpsPort === port);

export type Site = { readonly key: BindingKey; readonly certificates: readonly CertificateId[] };

/** RSA and ECDSA side by side, and each a second time while algorithms change. */
const MAX_CERTIFICATES = 4;
const CERTIFICATE_ID = /^[0-9a-f]{64}\.[0-9a-f]{32}$/;

export function certificateId({ fingerprint, chain, key }: CertificateFiles): CertificateId {
  const digest = createHash('sha256').update(chain).update('\0').update(key.reveal()).digest('hex').slice(0, 32);
  return `${fingerprint}.${digest}` as CertificateId;
}
export const fingerprintOf = (id: CertificateId): string => id.slice(0, 64);

export function readSite(value: unknown, where: string): Site {
  const site = record(value, where, ['key', 'certificates']);
  const key = record(site.key, where, ['address', 'port', 'name']);
  return {
    key: {
      address: normal(key.address, `${where}.address`, parseIpAddress),
      port: integer(key.port, `${where}.port`, 1, 65_535),
      name: normal(key.name, `${where}.name`, parseCertificateName),
    },
    certificates: list(site.certificates, `${where}.certificates`, MAX_CERTIFICATES, readCertificateId),
  };
}

const readCertificateId = (value: unknown, where: string): CertificateId => matching(value, where, CERTIFICATE_ID) as CertificateId;

/** 256 shards: one site at 10,000 rewrites a file of about 40. */
export const shardOf = (key: BindingKey): string => createHash('sha256').update(bindingKeyText(key)).digest('hex').slice(0, 2);
