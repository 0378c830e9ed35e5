/** Which certificates a list shows. */
import { parseCertificateName, type CertificateName } from '../../values/hostname.js';
import { fromDate, type Instant } from '../../values/instant.js';
import { parseNamePart, type NamePart } from '../../values/name-part.js';
import { allFields, ok, type Result } from '../../values/result.js';

export type CertificateFilterInput = { name?: string | null; nameContains?: string | null; expiresBefore?: Date | null };
/** Absent: any. */
export type CertificateFilter = { readonly name?: CertificateName; readonly nameContains?: NamePart; readonly expiresBefore?: Instant };

export const parseCertificateFilter = ({ name, nameContains, expiresBefore }: CertificateFilterInput): Result<CertificateFilter> =>
  allFields({
    name: name ? parseCertificateName(name) : ok(undefined),
    nameContains: nameContains ? parseNamePart(nameContains) : ok(undefined),
    expiresBefore: ok(expiresBefore ? fromDate(expiresBefore) : undefined),
  });
