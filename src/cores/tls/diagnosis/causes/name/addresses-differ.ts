/**
 * One name, several addresses, and not all of them as they should be: a node that the last change did not reach, an IPv6 address that
 * leads to an old server, a CDN beside the origin. Visitors meet one or the other by chance.
 */
import { validAt } from '../../../../pki/path/checks.js';
import { ipVersion, endpointText } from '../../../../../values/ip-address.js';
import type { Case, Place, Rule, ShownChain } from '../../case.js';
import type { WhoActs } from '../../diagnosis.js';
import { coversName, listed, report } from '../../report.js';
import { cdnOf } from '../connection/cdn.js';

export const addressesDiffer: Rule = (c) => {
  const answers = c.places.flatMap((place) => {
    const der = place.baseline.session?.chain[0];
    const chain =
      der && c.shown.find(({ leaf, where }) => Buffer.compare(leaf.der, der) === 0 && where.some((one) => one.address === place.address));
    return chain ? [{ place, chain }] : [];
  });
  const shown = new Set(answers.map(({ chain }) => chain.leaf.fingerprint));
  if (shown.size < 2) return [];
  const bad = answers.filter(({ chain }) => !holds(c, chain));
  const [good] = answers.filter(({ chain }) => holds(c, chain));
  if (good === undefined) return [];
  const odd = (bad.length > 0 ? bad : answers.filter(({ chain }) => chain !== good.chain)).map(({ place }) => place);
  const evidence = {
    which: whichOf(c, odd),
    shown: listed([...new Set(answers.filter(({ place }) => odd.includes(place)).map(({ chain }) => chain.leaf.fingerprint))]),
    elsewhere: good.chain.leaf.fingerprint,
    right: endpointText(good.place),
  };
  return [report(c, 'ADDRESSES_DIFFER', { severity: bad.length > 0 ? 'BROKEN' : 'NOTE', whoActs: whoMends(c, odd), where: odd, evidence })];
};

const holds = (c: Case, { leaf, path }: ShownChain): boolean =>
  path.ok && coversName(c, leaf) && validAt(leaf, c.now) === undefined && !c.revoked.has(leaf.fingerprint);

/** `IPv6` where all odd ones are of one family and none of the others is. */
function whichOf(c: Case, odd: readonly Place[]): string {
  const families = new Set(odd.map(({ address }) => ipVersion(address)));
  const others = c.places.filter(({ address }) => !odd.some((place) => place.address === address));
  const [family] = families;
  const apart = families.size === 1 && others.every(({ address }) => ipVersion(address) !== family);
  return apart ? `the IPv${family} address` : odd.length === 1 ? 'one of the addresses' : 'some of the addresses';
}

/** A CDN's addresses are its own business; a name of ours that also leads to a server of others' is its owner's DNS. */
function whoMends(c: Case, odd: readonly Place[]): WhoActs {
  if (odd.some((place) => cdnOf(c, place) !== undefined)) return 'CDN';
  const { ours } = c;
  if (ours?.installed === undefined) return 'ADMIN';
  const known = new Set([...ours.installed, ...ours.otherTenants, ours.expected, ours.defaultCertificate]);
  const foreign = c.shown.filter(({ where }) => where.some(({ address }) => odd.some((place) => place.address === address)));
  return foreign.every(({ leaf }) => !known.has(leaf.fingerprint)) ? 'CUSTOMER' : 'ADMIN';
}
