/**
 * One name, several addresses, and not all of them as they should be: a node that the last change did not reach, an IPv6 address that
 * leads to an old server, a CDN beside the origin. Visitors meet one or the other by chance.
 */
import { endpointText, ipVersion } from '../../../../../values/ip-address.js';
import { since } from '../../../../../values/instant.js';
import { validAt } from '../../../../pki/path/checks.js';
import type { AddressCheck } from '../../../check/site-check.js';
import { versionName } from '../../../registry/versions.js';
import { failureIsAnswer, supportedVersions } from '../../failure.js';
import type { Case, Rule, ShownChain } from '../../case.js';
import type { Severity, WhoActs } from '../../diagnosis.js';
import { coversName, report } from '../../report.js';
import { cdnOf } from '../connection/cdn.js';

export const addressesDiffer: Rule = (c) => {
  const answers = c.places.flatMap((place) => answerOf(c, place) ?? []);
  const good = answers.filter(({ state }) => state === 'GOOD');
  const found = goodAndBad(answers, good) ?? olderCertificate(c, good) ?? olderVersions(good) ?? otherCertificate(good);
  if (found === undefined) return [];
  const { odd, severity, difference } = found;
  const right = answers.find((answer) => !odd.includes(answer))!.place;
  const where = odd.map(({ place }) => place);
  const shown = odd.flatMap(({ chain }) => chain?.leaf.fingerprint ?? [])[0];
  const evidence = { which: whichOf(c, where), difference, right: endpointText(right), ...(shown !== undefined && { shown }) };
  return [report(c, 'ADDRESSES_DIFFER', { severity, whoActs: whoMends(c, odd), where, evidence })];
};

type Answer = { readonly place: AddressCheck; readonly state: 'GOOD' | 'BAD'; readonly chain?: ShownChain };
type Found = { readonly odd: readonly Answer[]; readonly severity: Severity; readonly difference: string };

/** Undefined: nothing is known of it. */
function answerOf(c: Case, place: AddressCheck): Answer | undefined {
  if (place.baseline.failure !== undefined) return failureIsAnswer(place) ? { place, state: 'BAD' } : undefined;
  const leaf = place.baseline.session?.chain[0];
  const chain = leaf && c.shown.find((one) => Buffer.compare(one.leaf.der, leaf) === 0 && isAt(place, one));
  return chain && { place, state: holds(c, chain) ? 'GOOD' : 'BAD', chain };
}

const isAt = ({ address, port }: AddressCheck, { where }: ShownChain): boolean =>
  where.some((place) => place.address === address && place.port === port);

const holds = (c: Case, { leaf, path }: ShownChain): boolean =>
  path.ok && coversName(c, leaf) && validAt(leaf, c.now) === undefined && !c.revoked.has(leaf.fingerprint);

function goodAndBad(answers: readonly Answer[], good: readonly Answer[]): Found | undefined {
  const odd = answers.filter(({ state }) => state === 'BAD');
  if (odd.length === 0 || good.length === 0) return undefined;
  const difference = odd.some(({ chain }) => chain === undefined) ? 'there is no way in' : 'the certificate there does not hold';
  return { odd, severity: 'BROKEN', difference };
}

/** Of two of one issuer the one that was renewed already is the site's; the other was forgotten, and ends soon. */
function olderCertificate(c: Case, good: readonly Answer[]): Found | undefined {
  const newest = good.toSorted((a, b) => b.chain!.leaf.notBefore - a.chain!.leaf.notBefore)[0]?.chain?.leaf;
  const odd = good.filter(({ chain }) => {
    const { issuer, notBefore, notAfter, fingerprint } = chain!.leaf;
    const due = since(c.now, notAfter) <= since(notBefore, notAfter) / 3;
    return newest !== undefined && fingerprint !== newest.fingerprint && issuer === newest.issuer && due;
  });
  return odd.length === 0 ? undefined : { odd, severity: 'WEAK', difference: 'the certificate there is an older one' };
}

function olderVersions(good: readonly Answer[]): Found | undefined {
  const newestOf = ({ place }: Answer): number => Math.max(0, ...supportedVersions(place));
  const newest = Math.max(0, ...good.map(newestOf));
  const odd = good.filter((answer) => newestOf(answer) > 0 && newestOf(answer) < newest);
  if (odd.length === 0) return undefined;
  return { odd, severity: 'WEAK', difference: `${versionName(newestOf(odd[0]!))} is the newest version there` };
}

function otherCertificate(good: readonly Answer[]): Found | undefined {
  const first = good[0]?.chain?.leaf.fingerprint;
  const odd = good.filter(({ chain }) => chain?.leaf.fingerprint !== first);
  return odd.length === 0 ? undefined : { odd, severity: 'NOTE', difference: 'the certificate there is another one, which holds as well' };
}

/** `IPv6` where all odd ones are of one family and none of the others is. */
function whichOf(c: Case, odd: readonly AddressCheck[]): string {
  const families = new Set(odd.map(({ address }) => ipVersion(address)));
  const [family] = families;
  const apart = families.size === 1 && c.places.every((place) => odd.includes(place) || ipVersion(place.address) !== family);
  if (apart) return `Over IPv${family}`;
  return odd.length === 1 ? 'At one of the addresses' : 'At some of the addresses';
}

/** A CDN's addresses are its own business; a name of ours that also leads to a server of others' is its owner's DNS. */
function whoMends(c: Case, odd: readonly Answer[]): WhoActs {
  if (odd.some(({ place }) => cdnOf(c, place) !== undefined)) return 'CDN';
  const { ours } = c;
  if (ours?.installed === undefined) return 'ADMIN';
  const known = new Set([...ours.installed, ...ours.otherTenants, ours.expected, ours.defaultCertificate]);
  const foreign = odd.every(({ chain }) => chain !== undefined && !known.has(chain.leaf.fingerprint));
  return foreign ? 'CUSTOMER' : 'ADMIN';
}
