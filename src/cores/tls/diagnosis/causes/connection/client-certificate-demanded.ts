/** The server asks visitors for a certificate of their own (RFC 8446 4.3.2). Where it insists, nobody gets in without one. */
import { alertOf } from '../../failure.js';
import type { Rule } from '../../case.js';
import { reportPlaces } from '../../report.js';

export const clientCertificateDemanded: Rule = (c) => [
  ...reportPlaces(c, 'CLIENT_CERTIFICATE_DEMANDED', { severity: 'BROKEN', whoActs: 'CUSTOMER' }, (place) => {
    const { clientCertificate } = place;
    const demanded = clientCertificate?.ok ? clientCertificate.value === 'REQUIRED' : alertOf(place) === 'certificate_required';
    return demanded ? { how: 'turns away whoever has none' } : undefined;
  }),
  ...reportPlaces(c, 'CLIENT_CERTIFICATE_DEMANDED', { severity: 'NOTE', whoActs: 'CUSTOMER' }, ({ clientCertificate }) =>
    clientCertificate?.ok && clientCertificate.value === 'OPTIONAL' ? { how: 'lets in whoever has none' } : undefined,
  ),
];
