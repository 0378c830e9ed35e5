/** The evidence with its certificates read, once for all causes, and each chain judged apart from the name and the leaf's own dates. */
import type { Instant } from '../../../values/instant.js';
import type { IpAddress } from '../../../values/ip-address.js';
import type { Problem } from '../../../values/problems/problem.js';
import type { Result } from '../../../values/result.js';
import { readCertificate, type Certificate } from '../../pki/certificate.js';
import { validatePath } from '../../pki/path/validate-path.js';
import { ocspStatus } from '../../pki/revocation/ocsp-status.js';
import { unknown, type RevocationStatus } from '../../pki/revocation/revocation-status.js';
import { readableCertificates } from '../../pki/readable-certificates.js';
import type { AddressCheck, ShownCertificate } from '../check/site-check.js';
import { type ShownTimestamps, timestampsShown } from '../timestamps/shown-timestamps.js';
import type { Diagnosis, Evidence } from './diagnosis.js';

export type Rule = (c: Case) => readonly Diagnosis[];
export type Place = { readonly address: IpAddress; readonly port: number };
type Path = Result<{ readonly chain: readonly Certificate[] }>;

export type Case = Evidence & {
  readonly places: readonly AddressCheck[];
  /** Each other chain once. */
  readonly shown: readonly ShownChain[];
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
  const { addresses } = evidence.check;
  const places = addresses.ok ? addresses.value : [];
  const chains = [...chainsOf(places).values()];
  const pool = [...new Set([...evidence.fetchedIssuers, ...chains.flatMap(({ ders }) => ders.slice(1))])];
  const read = chains.map((chain) => readChain(chain, pool, evidence));
  const shown = read.flatMap((one) => ('leaf' in one ? one : []));
  return {
    ...evidence,
    revoked: new Set([...evidence.revoked, ...shown.filter(isRevokedByStaple).map(({ leaf }) => leaf.fingerprint)]),
    places,
    shown,
    unreadable: read.flatMap((one) => ('leaf' in one ? [] : one)),
  };
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
      const key = ders.map((der) => Buffer.from(der).toString('latin1')).join('|');
      const known = chains.get(key) ?? { ders, where: [], staples: [], timestamps: [] };
      chains.set(key, known);
      if (!known.where.some((place) => place.address === address && place.port === port)) known.where.push({ address, port });
      if (staple) known.staples.push(staple);
      if (timestamps) known.timestamps.push(timestamps);
    }
  }
  return chains;
}

function readChain(chain: SentChain, pool: readonly Uint8Array[], evidence: Evidence): ShownChain | Case['unreadable'][number] {
  const { where, staples, timestamps, ders } = chain;
  const [leafDer = new Uint8Array(), ...others] = ders;
  const leaf = readCertificate(leafDer);
  if (!leaf.ok) return { where, problem: leaf.problem };
  const intermediates = readableCertificates(others);
  const find = (from: readonly Certificate[]): Path => anyDate(leaf.value, from, evidence);
  const path = find(intermediates);
  const completed = path.ok ? path : find([...intermediates, ...readableCertificates(pool)]);
  const issuer = completed.ok
    ? completed.value.chain[1]
    : intermediates.find((one) => Buffer.compare(one.subjectDer, leaf.value.issuerDer) === 0);
  return {
    ...{ where, leaf: leaf.value, sent: [leaf.value, ...intermediates], path, completed },
    timestamps: timestampsShown({ leaf: leaf.value, timestamps, staples }),
    ...(issuer && { issuer }),
    staples: staples.map((der) => ({
      der,
      says: issuer ? ocspStatus(der, leaf.value, issuer, evidence.now) : unknown('its issuer is not known'),
    })),
  };
}

/** As if the leaf held now; if it does not hold at any rate, at the time within its life that is nearest: its issuers may have ended since. */
function anyDate(leaf: Certificate, intermediates: readonly Certificate[], { roots, now }: Evidence): Path {
  const request = { intermediates, roots: rootsAbove([leaf, ...intermediates], roots), purpose: 'serverAuth' } as const;
  const { notBefore, notAfter } = leaf;
  const lasting = { ...leaf, notBefore: earlier(notBefore, now), notAfter: later(notAfter, now) };
  const path = validatePath({ ...request, leaf: lasting, now });
  if (path.ok || (notBefore <= now && now <= notAfter)) return path;
  const then = validatePath({ ...request, leaf, now: later(notBefore, earlier(now, notAfter)) });
  return then.ok ? then : path;
}

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);
const later = (one: Instant, other: Instant): Instant => (one > other ? one : other);

/** Reading a whole trust store costs more than all the rest: only those are read whose bytes hold the name of an issuer. */
function rootsAbove(below: readonly Certificate[], roots: readonly Uint8Array[]): Certificate[] {
  const issuers = below.map(({ issuerDer }) => Buffer.from(issuerDer));
  return readableCertificates(
    roots.filter((root) => {
      const bytes = Buffer.from(root);
      return issuers.some((issuer) => bytes.includes(issuer));
    }),
  );
}
