/** Names with several addresses, of which one is other than the rest. */
import { nginx } from '../programs/nginx.js';
import { openssl } from '../programs/openssl.js';
import { broken, FINE, type LabServer, LOOPBACK, says } from '../lab-server.js';
import { inDays, leaf } from '../recipes.js';

const IPV6 = '::1';
const OTHER = '127.0.0.2';
const expired = leaf({ notBefore: inDays(-100), notAfter: inDays(-10) });

export const addresses: readonly LabServer[] = [
  {
    label: 'ipv6-expired',
    what: 'IPv4 is sound, over IPv6 an old certificate is shown',
    at: { [LOOPBACK]: nginx(), [IPV6]: nginx({}, expired) },
    witnesses: [FINE],
    finds: [broken('EXPIRED'), broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'ipv6-refused',
    what: 'IPv4 is sound, over IPv6 nobody listens',
    at: { [LOOPBACK]: nginx(), [IPV6]: { by: 'NOBODY' } },
    witnesses: [FINE],
    finds: [broken('CONNECTION_REFUSED'), broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'second-node',
    what: 'two nodes, of which the second has the certificate of before',
    at: { [LOOPBACK]: nginx(), [OTHER]: nginx({}, leaf({ notBefore: inDays(-60), notAfter: inDays(30) })) },
    witnesses: [FINE],
    finds: [broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'second-node-old',
    what: 'two nodes, of which the second speaks TLS 1.2 alone',
    at: { [LOOPBACK]: nginx(), [OTHER]: openssl(['-tls1_2']) },
    witnesses: [FINE],
    finds: [broken('ADDRESSES_DIFFER')],
  },
];
