/** The evidence with its certificates read, once for all causes, and each chain judged apart from the name and the leaf's own dates. */
import type { Instant } from '../../../values/instant.js';
import type { IpAddress } from '../../../values/ip-address.js';
import type { Problem } from '../../../values/problems/problem.js';
import type { Result } from '../../../values/result.js';
import { readCertificate, type Certificate } from '../../pki/certificate.js';
import { PathMemory } from '../../pki/path/budget.js';
import { validatePath } from '../../pki/path/validate-path.js';
import { ocspStatus } from '../../pki/revocation/ocsp-status.js';
import { unknown, type RevocationStatus } from '../../pki/revocation/revocation-status.js';
import { readableCertificates } from '../../pki/readable-certificates.js';
import type { AddressCheck, ShownCertificate } from '../check/site-check.js';
import { type ShownTimestamps, timestampsShown } from '../timestamps/shown-timestamps.js';
import type { Diagnosis, Evidence } from './diagnosis.js';
import { issuersAbove, latin1, readInSteps, rootsBySubject, unique } from './sent-certificates.js';
import { inOneGo } from './steps.js';

export type Rule = (c: Case) => readonly Diagnosis[];
export type Place = { readonly address: IpAddress; readonly port: number };
type Path = Result<{ readonly chain: readonly Certificate[] }>;

export type Case = Evidence & {
  readonly places: readonly AddressCheck[];
  /** Each other chain once. */
  readonly shown: readonly ShownChain[];
  /** So many more chains were shown than are judged. */
  readonly notJudged: number;
  readonly unreadable: readonly { readonly where: readonly Place[]; readonly problem: Problem }[];
};
export type ShownChain = {
  readonly where: readonly Place[];
  readonly leaf: Certificate;
  /** As sent, leaf first; what cannot be read is left out. */
  readonly sent: readonly Certificate[];
  /** From what was sent alone, for any name and whatever the leaf's own dates. */
  readonly path: Path;
  /** The same, with issuers that were fetched or that were shown elsewhere. */
  readonly completed: Path;
  /** Whose key signed the leaf, where it is known. */
  readonly issuer?: Certificate;
  readonly staples: readonly { readonly der: Uint8Array; readonly says: RevocationStatus }[];
  /** From the certificate, the TLS extension and the staples. */
  readonly timestamps: readonly ShownTimestamps[];
};

export function readCase(evidence: Evidence): Case {
  return inOneGo(readCaseInSteps(evidence));
}

/** In steps of some tens of milliseconds at the most, between which others may have their turn. */
export function* readCaseInSteps(evidence: Evidence): Generator<void, Case> {
  const { addresses } = evidence.check;
  const places = addresses.ok ? addresses.value : [];
  const { chains, notJudged } = mostOf([...chainsOf(places).values()]);
  const certificates = yield* readInSteps([...evidence.fetchedIssuers, ...chains.flatMap(({ ders }) => ders.slice(1))]);
  const means: Means = { evidence, certificates, roots: rootsBySubject(evidence.roots) };
  const read: (ShownChain | Case['unreadable'][number])[] = [];
  for (const chain of chains) {
    read.push(readChain(chain, means));
    yield;
  }
  const shown = read.flatMap((one) => ('leaf' in one ? one : []));
  return {
    ...evidence,
    revoked: new Set([...evidence.revoked, ...shown.filter(isRevokedByStaple).map(({ leaf }) => leaf.fingerprint)]),
    places,
    shown,
    unreadable: read.flatMap((one) => ('leaf' in one ? [] : one)),
    notJudged,
  };
}

/** A farm of eight nodes with two kinds of keys shows sixteen; a bundle of all CAs that there are has 150 certificates. Who shows more wants to keep us busy. */
const MOST_CHAINS = 24;
const MOST_CERTIFICATES = 400;

function mostOf(all: readonly SentChain[]): { readonly chains: readonly SentChain[]; readonly notJudged: number } {
  let certificates = 0;
  const chains = all.slice(0, MOST_CHAINS).filter(({ ders }) => (certificates += ders.length) <= MOST_CERTIFICATES);
  return { chains, notJudged: all.length - chains.length };
}

const isRevokedByStaple = ({ staples }: ShownChain): boolean => staples.some(({ says }) => says.kind === 'REVOKED');

type Sent = Pick<ShownCertificate, 'chain' | 'staple' | 'timestamps'>;
type SentChain = { readonly ders: readonly Uint8Array[]; where: Place[]; staples: Uint8Array[]; timestamps: Uint8Array[] };

function chainsOf(places: readonly AddressCheck[]): Map<string, SentChain> {
  const chains = new Map<string, SentChain>();
  for (const { address, port, baseline, handshakes, certificates } of places) {
    const inHandshakes = [baseline, ...handshakes].flatMap(({ session }) => (session ? { chain: session.chain } : []));
    const all: readonly Sent[] = [...certificates, ...inHandshakes];
    for (const { chain: ders, staple, timestamps } of all) {
      if (ders.length === 0) continue;
      const key = ders.map(latin1).join('|');
      const known = chains.get(key) ?? { ders, where: [], staples: [], timestamps: [] };
      chains.set(key, known);
      if (!known.where.some((place) => place.address === address && place.port === port)) known.where.push({ address, port });
      if (staple) known.staples.push(staple);
      if (timestamps) known.timestamps.push(timestamps);
    }
  }
  return chains;
}

type Means = {
  readonly evidence: Evidence;
  /** What could be read of what was sent and fetched, by DER (latin1). */
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** DER. */
  readonly roots: ReadonlyMap<string, readonly Uint8Array[]>;
};

function readChain(chain: SentChain, means: Means): ShownChain | Case['unreadable'][number] {
  const { where, staples, timestamps, ders } = chain;
  const { evidence, certificates } = means;
  const [leafDer = new Uint8Array(), ...others] = ders;
  const leaf = readCertificate(leafDer);
  if (!leaf.ok) return { where, problem: leaf.problem };
  const intermediates = others.flatMap((der) => certificates.get(latin1(der)) ?? []);
  const memory = new PathMemory();
  const leafDated = lasting(leaf.value, evidence.now);
  const find = (from: readonly Certificate[]): Path => anyDate(leafDated, from, means, memory);

  const path = find(intermediates);
  const completed = path.ok ? path : find([...intermediates, ...issuersAbove([leaf.value, ...intermediates], certificates)]);
  const issuer = completed.ok
    ? completed.value.chain[1]
    : intermediates.find((one) => Buffer.compare(one.subjectDer, leaf.value.issuerDer) === 0);
  const distinct = unique(staples).slice(0, MOST_STAPLES);
  return {
    ...{ where, leaf: leaf.value, sent: [leaf.value, ...intermediates], path, completed },
    timestamps: timestampsShown({ leaf: leaf.value, timestamps: unique(timestamps).slice(0, MOST_STAPLES), staples: distinct }),
    ...(issuer && { issuer }),
    staples: distinct.map((der) => ({
      der,
      says: issuer ? ocspStatus(der, leaf.value, issuer, evidence.now) : unknown('its issuer is not known'),
    })),
  };
}

/** Of one chain: each node of a farm may have fetched its own. */
const MOST_STAPLES = 8;

type Dated = { readonly leaf: Certificate; /** As if it held now. */ readonly lasting: Certificate };
const lasting = (leaf: Certificate, now: Instant): Dated => ({
  leaf,
  lasting: { ...leaf, notBefore: earlier(leaf.notBefore, now), notAfter: later(leaf.notAfter, now) },
});

/** As if the leaf held now; if it does not hold at any rate, at the time within its life that is nearest: its issuers may have ended since. */
function anyDate({ leaf, lasting }: Dated, intermediates: readonly Certificate[], { evidence, roots }: Means, memory: PathMemory): Path {
  const { now } = evidence;
  const trusted = [leaf, ...intermediates].flatMap(({ issuerDer }) => roots.get(latin1(issuerDer)) ?? []);
  const request = { intermediates, roots: readableCertificates([...new Set(trusted)]), purpose: 'serverAuth', memory } as const;
  const { notBefore, notAfter } = leaf;
  const path = validatePath({ ...request, leaf: lasting, now });
  if (path.ok || (notBefore <= now && now <= notAfter)) return path;
  const then = validatePath({ ...request, leaf, now: later(notBefore, earlier(now, notAfter)) });
  return then.ok ? then : path;
}

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);
const later = (one: Instant, other: Instant): Instant => (one > other ? one : other);
