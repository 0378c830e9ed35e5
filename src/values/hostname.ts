/**
 * DNS host names in one normal form: lower-case A-labels (UTS #46, RFC 5891), no trailing dot, at most 253 octets (RFC 1035 3.1).
 * A `Hostname` is never an IP address. A `CertificateName` is a Hostname, or one behind `*.` (RFC 6125 6.4.3, leftmost label only).
 * Public suffixes are a rule about who may own a name, not about its spelling: `registrableDomain` answers it.
 */
import { createRequire } from 'node:module';
import { parseIpAddress } from './ip-address.js';
import { problem } from './problems/problem.js';
import { err, ok, type Result } from './result.js';

/** Two large tables, 30 ms of a command's start, that most names need nothing of: read when one does. */
const load = createRequire(import.meta.url);
const unicode = () => load('tr46') as typeof import('tr46');
const publicSuffixes = () => load('tldts') as typeof import('tldts');

declare const brand: unique symbol;
export type Hostname = string & { readonly [brand]: 'Hostname' };
export type CertificateName = Hostname | (`*.${string}` & { readonly [brand]: 'Wildcard' });

const UTS46 = { checkBidi: true, checkHyphens: true, checkJoiners: true, useSTD3ASCIIRules: true, verifyDNSLength: true } as const;
/** Longer input is not worth normalising; 253 A-label octets never need more (RFC 1035 3.1). */
const MAX_INPUT = 1024;

/** In normal form already: LDH labels in lower case, the last one no number. A hundred times as quick as to normalise, which certificates of 1,000 names need. */
const NORMAL = /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)*[a-z]([a-z\d-]{0,61}[a-z\d])?$/;
/** Labels with a meaning of their own (RFC 5890 2.3.1): A-labels have to be looked at. */
const RESERVED = /(^|\.)..--/;

export function parseHostname(input: string): Result<Hostname> {
  const text = input.trim().replace(/\.$/, '');
  const refuse = (code: 'NOT_A_HOSTNAME' | 'NAME_IS_AN_IP_ADDRESS') => err(problem(code, { text: input.slice(0, 80) }));
  if (text.length === 0 || text.length > MAX_INPUT) return refuse('NOT_A_HOSTNAME');
  if (NORMAL.test(text) && !RESERVED.test(text)) return ok(text as Hostname);
  if (parseIpAddress(text.replace(/^\[|\]$/g, '')).ok) return refuse('NAME_IS_AN_IP_ADDRESS');
  const ascii = unicode().toASCII(text, UTS46);
  if (ascii === null || ascii.length === 0) return refuse('NOT_A_HOSTNAME');
  if (parseIpAddress(ascii).ok) return refuse('NAME_IS_AN_IP_ADDRESS');
  // A last label of digits only cannot be a host name, and some resolvers read it as an IPv4 address (RFC 1123 2.1; WHATWG URL 3.6).
  if (/(^|\.)(0x[0-9a-f]*|\d+)$/.test(ascii)) return refuse('NOT_A_HOSTNAME');
  return ok(ascii as Hostname);
}

export function parseCertificateName(input: string): Result<CertificateName> {
  const text = input.trim();
  if (!text.startsWith('*.')) return parseHostname(text);
  const base = parseHostname(text.slice(2));
  return base.ok ? ok(`*.${base.value}` as CertificateName) : base;
}

export const isWildcard = (name: CertificateName): boolean => name.startsWith('*.');
/** The name whose control proves the right to this one: `*.` taken off (CA/B BR 1.6.1 "Wildcard Domain Name"). */
export const withoutWildcard = (name: CertificateName): Hostname => (isWildcard(name) ? name.slice(2) : name) as Hostname;

/** The domain that one owner registers, by the whole Public Suffix List; undefined for a public suffix or a single label. */
export const registrableDomain = (name: Hostname): Hostname | undefined =>
  (publicSuffixes().getDomain(name, { allowPrivateDomains: true, validateHostname: false }) ?? undefined) as Hostname | undefined;

/** `name` is `domain` itself or below it. */
export const isWithin = (name: Hostname, domain: Hostname): boolean => name === domain || name.endsWith(`.${domain}`);

/** It never leaves the machine (RFC 6761 6.3). */
export const isLocalhost = (name: Hostname): boolean => isWithin(name, 'localhost' as Hostname);

/** A host that the name stands for. */
export const sampleOf = (name: CertificateName): Hostname =>
  isWildcard(name) ? (`any.${withoutWildcard(name)}` as Hostname) : (name as Hostname);

/** Does a certificate name cover a host name? A wildcard stands for exactly one label (RFC 6125 6.4.3); it covers itself, and no other one. */
export const covers = (name: CertificateName, host: CertificateName): boolean =>
  isWildcard(name) ? host.slice(host.indexOf('.') + 1) === name.slice(2) && host.includes('.') : name === host;

/** For people: U-labels. */
export const toDisplay = (name: CertificateName): string => (RESERVED.test(name) ? unicode().toUnicode(name, UTS46).domain : name);
