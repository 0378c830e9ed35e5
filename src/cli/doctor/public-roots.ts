/** Which public CAs are believed here, and as of when. */
import { publicRootStore, readPublicRootsFrom } from '../../adapters/network/public-roots.js';
import type { HomeLayout } from '../../platform/config/home-layout.js';
import type { Clock } from '../../values/clock.js';
import { daysUntil, toIso } from '../../values/instant.js';
import { EXIT } from '../exit-codes.js';
import { broken, fine, type Finding } from './finding.js';

/** By then, as a rule, a CA was taken out that is better not believed. */
const OLD_DAYS = 365;

export function examinePublicRoots({ publicRootsFile }: HomeLayout, clock: Clock): Finding {
  readPublicRootsFrom(publicRootsFile);
  const { source, roots, date, refused } = publicRootStore();
  if (refused) return broken('public roots', EXIT.USAGE, refused);
  const of = date === undefined ? '' : ` of ${toIso(date).slice(0, 10)}`;
  const from = source === 'FILE' ? publicRootsFile : `Node ${process.versions.node}`;
  const age = date === undefined ? 0 : -daysUntil(date, clock.now());
  const advice = age > OLD_DAYS ? ` It is old: put a newer one into ${publicRootsFile}.` : '';
  return fine('public roots', `${roots.length} of Mozilla's list${of}, from ${from}.${advice}`);
}
