/**
 * Sites of a server of mail. It finds a certificate by the name of the handshake alone, whatever address and port the client came to: a name that is
 * bound at several of them is one entry of its map, and can have one certificate only.
 */
import { createHash } from 'node:crypto';
import { isWildcard } from '../../../../values/hostname.js';
import { bindingKeyText, type BindingKey, type MailListener } from '../../installer.js';
import type { Site } from '../site.js';

export const mailAnswersAt = ({ address, port }: BindingKey, mail: readonly MailListener[]): boolean =>
  mail.some((each) => each.address === address && each.ports.some((at) => at.port === port));

/** By name, so that all sites of a name stand in one shard. Wildcards come after all exact names, for a server that takes the first that fits. */
export function mailShardOf({ name }: BindingKey): string {
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 2);
  return isWildcard(name) ? `ff00${digits}` : digits;
}

/** In words, the first name that would need two certificates, and the first with more certificates than `most`. */
export function mailDisagreement(sites: readonly Site[], most: number, title: string): string | undefined {
  const first = new Map<string, Site>();
  for (const site of sites) {
    const text = bindingKeyText(site.key).slice(0, 300);
    if (site.certificates.length > most) return `${text} has more than ${most} certificates, which ${title} cannot choose from`;
    const other = first.get(site.key.name) ?? site;
    first.set(site.key.name, other);
    if (sameText(other) !== sameText(site)) {
      return `${text} has another certificate than ${bindingKeyText(other.key).slice(0, 300)}: ${title} has one for each name, at all addresses and ports`;
    }
  }
  return undefined;
}

const sameText = ({ certificates }: Site): string => [...certificates].sort().join();

/** One for each name, which the others agree with. */
export const oneOfEachName = (sites: readonly Site[]): readonly Site[] => [...new Map(sites.map((site) => [site.key.name, site])).values()];
