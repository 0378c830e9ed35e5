/** The certificates that a check showed, read once for all chains, and found by the name of whom they certify. */
import type { Certificate } from '../../pki/certificate.js';
import { contentOf, readElements, SEQUENCE } from '../../pki/encoding/der.js';
import { readableCertificates } from '../../pki/readable-certificates.js';

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

export const unique = (many: readonly Uint8Array[]): Uint8Array[] => [...new Map(many.map((bytes) => [latin1(bytes), bytes])).values()];

/** A dozen certificates: reading one takes a millisecond or two, most of it for a key of P-521. */
const STEP_BYTES = 6_144;

/** By DER (latin1); what cannot be read is left out. */
export function* readInSteps(ders: readonly Uint8Array[]): Generator<void, ReadonlyMap<string, Certificate>> {
  const read = new Map<string, Certificate>();
  let bytes = 0;
  for (const der of unique(ders)) {
    const [certificate] = readableCertificates([der]);
    if (certificate) read.set(latin1(der), certificate);
    bytes += der.length;
    if (bytes < STEP_BYTES) continue;
    bytes = 0;
    yield;
  }
  return read;
}

/** Those that may lead on from `below`, by name, and from those in turn. */
export function issuersAbove(below: readonly Certificate[], all: ReadonlyMap<string, Certificate>): Certificate[] {
  const bySubject = Map.groupBy(all.values(), ({ subjectDer }) => latin1(subjectDer));
  const names = new Set<string>();
  const found: Certificate[] = [];
  let next = below.map(({ issuerDer }) => latin1(issuerDer));
  while (next.length > 0) {
    const fresh = [...new Set(next)].filter((name) => !names.has(name));
    for (const name of fresh) names.add(name);
    const above = fresh.flatMap((name) => bySubject.get(name) ?? []);
    found.push(...above);
    next = above.map(({ issuerDer }) => latin1(issuerDer));
  }
  return found;
}

/** Reading a whole trust store costs more than all the rest: of each root only the name is looked at. DER, by subject (DER, latin1). */
export function rootsBySubject(roots: readonly Uint8Array[]): ReadonlyMap<string, readonly Uint8Array[]> {
  return Map.groupBy(roots, (root) => {
    const [tbs] = readElements(contentOf(SEQUENCE, root) ?? Uint8Array.of()) ?? [];
    const fields = readElements(tbs?.content ?? Uint8Array.of()) ?? [];
    const subject = fields[fields[0]?.tag === EXPLICIT_VERSION ? SUBJECT + 1 : SUBJECT];
    return subject ? latin1(subject.bytes) : '';
  });
}
/** RFC 5280 4.1: the version before it is left out of those of version 1. */
const EXPLICIT_VERSION = 0xa0;
const SUBJECT = 4;
