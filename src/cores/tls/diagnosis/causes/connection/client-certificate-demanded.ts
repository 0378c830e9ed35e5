/** The server asks visitors for a certificate of their own (RFC 8446 4.3.2). Where it insists, in TLS or in HTTP, nobody gets in without one. */
import type { AddressCheck } from '../../../check/site-check.js';
import type { Rule } from '../../case.js';
import { alertOf } from '../../failure.js';
import { reportPlaces } from '../../report.js';

export const clientCertificateDemanded: Rule = (c) => [
  ...reportPlaces(c, 'CLIENT_CERTIFICATE_DEMANDED', { severity: 'BROKEN', whoActs: 'CUSTOMER' }, (place) =>
    isDemanded(place) ? { how: 'turns away whoever has none' } : undefined,
  ),
  ...reportPlaces(c, 'CLIENT_CERTIFICATE_DEMANDED', { severity: 'NOTE', whoActs: 'CUSTOMER' }, (place) =>
    isAskedFor(place) && !isDemanded(place) ? { how: 'lets in whoever has none' } : undefined,
  ),
];

const isAskedFor = ({ clientCertificate }: AddressCheck): boolean =>
  clientCertificate?.ok === true && clientCertificate.value === 'OPTIONAL';

function isDemanded(place: AddressCheck): boolean {
  const { clientCertificate, http } = place;
  if (clientCertificate?.ok && clientCertificate.value === 'REQUIRED') return true;
  // nginx completes the handshake, and says no in HTTP.
  if (isAskedFor(place)) return http?.overTls?.ok === true && REFUSALS.includes(http.overTls.value.status);
  return alertOf(place) === 'certificate_required';
}
const REFUSALS: readonly number[] = [400, 403];
