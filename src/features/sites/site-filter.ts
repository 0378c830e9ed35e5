/** Which sites a list shows. */
import { parseHostname, type Hostname } from '../../values/hostname.js';
import { parseNamePart, type NamePart } from '../../values/name-part.js';
import { allFields, ok, type Result } from '../../values/result.js';

export type SiteFilterInput = { name?: string | null; nameContains?: string | null };
/** Absent: any. */
export type SiteFilter = { readonly name?: Hostname; readonly nameContains?: NamePart };

export const parseSiteFilter = ({ name, nameContains }: SiteFilterInput): Result<SiteFilter> =>
  allFields({
    name: name ? parseHostname(name) : ok(undefined),
    nameContains: nameContains ? parseNamePart(nameContains) : ok(undefined),
  });
