/** Which orders a list shows. */
import { parseCertificateName, type CertificateName } from '../../values/hostname.js';
import { parseId, type Id } from '../../values/id.js';
import { allFields, ok, type Result } from '../../values/result.js';
import type { OrderState } from './order.js';

export type OrderFilterInput = { states?: readonly OrderState[] | null; siteId?: string | null; name?: string | null };
/** Absent: any. */
export type OrderFilter = { readonly states?: readonly OrderState[]; readonly siteId?: Id<'site'>; readonly name?: CertificateName };

export const parseOrderFilter = ({ states, siteId, name }: OrderFilterInput): Result<OrderFilter> =>
  allFields({
    states: ok(states ?? undefined),
    siteId: siteId ? parseId('site', siteId) : ok(undefined),
    name: name ? parseCertificateName(name) : ok(undefined),
  });
