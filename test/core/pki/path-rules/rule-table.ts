/** Rules of path validation, one a row: a chain that is right but for one thing, and what is said of it. */
import { Extension } from '@peculiar/asn1-x509';
import { OctetString } from '@peculiar/asn1-schema';
import { expect, it } from 'vitest';
import type { Certificate } from '../../../../src/cores/pki/certificate.js';
import type { PathRequest } from '../../../../src/cores/pki/path/path-request.js';
import { validatePath } from '../../../../src/cores/pki/path/validate-path.js';
import type { Hostname } from '../../../../src/values/hostname.js';
import { makeAuthority, makeLeaf, NOW, type Authority, type Changes } from '../certificate-maker.js';

export const HOST = 'shop.example.com' as Hostname;
export const root = makeAuthority('Root');
export const intermediate = makeAuthority('Intermediate', root);

/** What is expected: `OK`, the detail that the problem gives, or its code where it gives none. */
export type Row = readonly [name: string, expected: string, asked: () => PathRequest];

export const itRules = (rows: readonly Row[]): void =>
  it.each(rows)('%s: %s', (_, expected, asked) => expect(verdict(asked)).toBe(expected));

function verdict(asked: () => PathRequest): string {
  const request = readable(asked);
  if (request === undefined) return 'UNREADABLE';
  const path = validatePath(request);
  return path.ok ? 'OK' : String(path.problem.facts['detail'] ?? path.problem.code);
}

/** A certificate that cannot be read at all is made in vain. */
function readable(asked: () => PathRequest): PathRequest | undefined {
  try {
    return asked();
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('CERTIFICATE_UNREADABLE')) return undefined;
    throw cause;
  }
}

export const request = (leaf: Certificate, changes: Partial<PathRequest> = {}): PathRequest => ({
  leaf,
  intermediates: [intermediate.certificate],
  roots: [root.certificate],
  hostname: HOST,
  purpose: 'serverAuth',
  profile: 'CONFORMING',
  now: NOW,
  ...changes,
});

/** The leaf is changed. */
export const ofLeaf =
  (changes: Changes, asked: Partial<PathRequest> = {}) =>
  (): PathRequest =>
    request(makeLeaf(intermediate, [HOST], changes), asked);
/** The intermediate is changed, and signs a right leaf. */
export const ofIntermediate =
  (changes: Changes, asked: Partial<PathRequest> = {}) =>
  (): PathRequest =>
    below(makeAuthority('Changed', root, changes), asked);
/** The root is changed, and signs a right leaf. */
export const ofRoot =
  (changes: Changes, asked: Partial<PathRequest> = {}) =>
  (): PathRequest => {
    const changed = makeAuthority('Changed Root', undefined, changes);
    return request(makeLeaf(changed, [HOST]), { intermediates: [], roots: [changed.certificate], ...asked });
  };
export const below = (authority: Authority, asked: Partial<PathRequest> = {}): PathRequest =>
  request(makeLeaf(authority, [HOST]), { intermediates: [authority.certificate], ...asked });

/** An extension of any content, DER or not. */
export const extension = (extnID: string, critical: boolean, value: Uint8Array): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(new Uint8Array(value).buffer) });
