/** Names with several addresses, of which one is other than the rest. */
import { nginx } from '../programs/nginx.js';
import { openssl } from '../programs/openssl.js';
import { broken, FINE, type LabServer, LOOPBACK, unknown, weak } from '../lab-server.js';
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
    finds: [broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'ipv6-refused',
    what: 'IPv4 is sound, over IPv6 nobody listens',
    at: { [LOOPBACK]: nginx(), [IPV6]: { by: 'NOBODY' } },
    witnesses: [FINE],
    finds: [broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'second-node',
    what: 'two nodes, of which the second has the certificate of before',
    at: { [LOOPBACK]: nginx(), [OTHER]: nginx({}, leaf({ notBefore: inDays(-60), notAfter: inDays(30) })) },
    witnesses: [FINE],
    finds: [weak('ADDRESSES_DIFFER')],
  },
  {
    label: 'second-node-name',
    what: 'two nodes, of which the second shows the certificate of another site',
    at: { [LOOPBACK]: nginx(), [OTHER]: openssl(['-tls1_2'], leaf({ names: ['other.test'] })) },
    witnesses: [FINE],
    finds: [broken('ADDRESSES_DIFFER')],
  },
  {
    label: 'nowhere',
    what: 'a name without an address',
    at: {},
    witnesses: [],
    finds: [broken('NAME_DOES_NOT_RESOLVE', 'CUSTOMER')],
  },
  {
    label: 'private',
    what: 'a name that leads to a private address, which nobody allowed',
    at: { '10.0.0.1': { by: 'NOBODY' } },
    witnesses: [],
    finds: [unknown('COULD_NOT_FIND_OUT')],
  },
];
