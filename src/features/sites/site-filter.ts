/** Which sites a list shows. */
import { parseCertificateName, type CertificateName } from '../../values/hostname.js';
import { parseNamePart, type NamePart } from '../../values/name-part.js';
import { allFields, ok, type Result } from '../../values/result.js';

export type SiteFilterInput = { name?: string | null; nameContains?: string | null };
/** Absent: any. */
export type SiteFilter = { readonly name?: CertificateName; readonly nameContains?: NamePart };

export const parseSiteFilter = ({ name, nameContains }: SiteFilterInput): Result<SiteFilter> =>
  allFields({
    name: name ? parseCertificateName(name) : ok(undefined),
    nameContains: nameContains ? parseNamePart(nameContains) : ok(undefined),
  });
