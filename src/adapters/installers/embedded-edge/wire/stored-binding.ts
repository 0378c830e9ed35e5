/** A binding as the edge keeps it: the certificates by their content address, never with their keys. */
import { parseCertificateName } from '../../../../values/hostname.js';
import { parseIpAddress } from '../../../../values/ip-address.js';
import { bindingKeyText, type BindingKey, type Route } from '../../installer.js';
import { integer, list, matching, normal, oneOf, record } from '../../../../values/json-shape.js';

declare const brand: unique symbol;
/**
 * `<fingerprint>.<digest>`: the leaf's SHA-256, and half of the SHA-256 over chain and key. The fingerprint alone would not do:
 * the same leaf with a repaired chain is another thing to serve, and staging it must not touch the files that are served now.
 */
export type CertificateId = string & { readonly [brand]: 'CertificateId' };

export type Bound = { readonly certificates: readonly CertificateId[]; readonly route: Route };
export type StoredBinding = Bound & { readonly key: BindingKey };

/** RSA and ECDSA side by side, and each a second time while algorithms change. More would be a mistake of the caller. */
export const MAX_CERTIFICATES_PER_BINDING = 4;
export const ROUTES = ['PANEL', 'NONE'] as const satisfies readonly Route[];
export const FINGERPRINT = /^[0-9a-f]{64}$/;
const CERTIFICATE_ID = /^[0-9a-f]{64}\.[0-9a-f]{32}$/;

export const fingerprintOf = (id: CertificateId): string => id.slice(0, 64);
export const bindingText = (binding: { readonly key: BindingKey }): string => bindingKeyText(binding.key);

export function readBindingKey(value: unknown, where: string): BindingKey {
  const key = record(value, where, ['address', 'port', 'name']);
  return {
    address: normal(key.address, `${where}.address`, parseIpAddress),
    port: integer(key.port, `${where}.port`, 1, 65_535),
    name: normal(key.name, `${where}.name`, parseCertificateName),
  };
}

export function readBound(value: unknown, where: string): Bound {
  const bound = record(value, where, ['certificates', 'route']);
  return {
    certificates: list(bound.certificates, `${where}.certificates`, MAX_CERTIFICATES_PER_BINDING, readCertificateId),
    route: oneOf(bound.route, `${where}.route`, ROUTES),
  };
}

export function readStoredBinding(value: unknown, where: string): StoredBinding {
  const { key, ...bound } = record(value, where, ['key', 'certificates', 'route']);
  return { key: readBindingKey(key, `${where}.key`), ...readBound(bound, where) };
}

const readCertificateId = (value: unknown, where: string): CertificateId => matching(value, where, CERTIFICATE_ID) as CertificateId;
