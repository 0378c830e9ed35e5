/** Servers that want something of their visitors, or tell them something wrong: client certificates, clocks, HTTP. */
import { apache } from '../programs/apache.js';
import { haproxy } from '../programs/haproxy.js';
import { nginx } from '../programs/nginx.js';
import { node } from '../programs/node.js';
import { openssl } from '../programs/openssl.js';
import { broken, FINE, type LabServer, on, says, unknown, weak } from '../lab-server.js';
import { inDays } from '../recipes.js';

const hsts = (value: string) => ({ 'strict-transport-security': value });

export const visitors: readonly LabServer[] = [
  {
    label: 'client-certificate',
    what: 'Apache, TLS 1.3: a client certificate is demanded',
    at: on(apache(['SSLVerifyClient require', 'SSLCACertificateFile CLIENT_CA'])),
    witnesses: [says(/alert certificate required/, '-ign_eof')],
    finds: [broken('CLIENT_CERTIFICATE_DEMANDED', 'CUSTOMER')],
  },
  {
    label: 'client-certificate-tls12',
    what: 'openssl, TLS 1.2 alone: a client certificate is demanded',
    at: on(openssl(['-tls1_2', '-Verify', '1'])),
    witnesses: [says(/alert handshake failure/)],
    finds: [broken('CLIENT_CERTIFICATE_DEMANDED', 'CUSTOMER')],
  },
  {
    label: 'client-certificate-haproxy',
    what: 'HAProxy: a client certificate is demanded',
    at: on(haproxy(['verify required', 'ca-file CLIENT_CA'])),
    witnesses: [says(/alert certificate required/, '-ign_eof')],
    finds: [broken('CLIENT_CERTIFICATE_DEMANDED', 'CUSTOMER')],
  },
  {
    label: 'client-certificate-http',
    what: 'nginx: the handshake is made without a client certificate, and the page is not given',
    at: on(nginx({ ssl_verify_client: 'on', ssl_client_certificate: 'CLIENT_CA' })),
    witnesses: [says(/Acceptable client certificate CA names/)],
    finds: [broken('CLIENT_CERTIFICATE_DEMANDED', 'CUSTOMER')],
  },
  {
    label: 'server-clock',
    what: 'its clock is two days behind',
    at: on(node({}, { date: inDays(-2).toUTCString() })),
    witnesses: [FINE],
    finds: [weak('SERVER_CLOCK_WRONG')],
  },
  {
    label: 'server-clock-ahead',
    what: 'its clock is an hour ahead',
    at: on(node({}, { date: inDays(1 / 24).toUTCString() })),
    witnesses: [FINE],
    finds: [weak('SERVER_CLOCK_WRONG')],
  },
  {
    label: 'our-clock',
    what: 'it is sound, and our own clock is three years behind',
    at: on(nginx()),
    witnesses: [FINE],
    clock: -3 * 365,
    finds: [unknown('OUR_CLOCK_WRONG')],
  },
  {
    label: 'no-hsts',
    what: 'no Strict-Transport-Security',
    at: on(nginx({ add_header: '' })),
    witnesses: [FINE],
    finds: [],
    notes: ['HSTS_MISSING'],
  },
  {
    label: 'short-hsts',
    what: 'Strict-Transport-Security for five minutes',
    at: on(node({}, hsts('max-age=300'))),
    witnesses: [FINE],
    finds: [],
    notes: ['HSTS_SHORT'],
  },
  {
    label: 'broken-hsts',
    what: 'Strict-Transport-Security without a max-age (RFC 6797 6.1.1)',
    at: on(node({}, hsts('includeSubDomains'))),
    witnesses: [FINE],
    finds: [weak('HSTS_MALFORMED', 'CUSTOMER')],
  },
  {
    label: 'no-redirect',
    what: 'plain HTTP serves the site too',
    at: on(nginx()),
    plain: 'SERVES',
    witnesses: [FINE],
    finds: [weak('NO_REDIRECT', 'CUSTOMER')],
  },
  {
    label: 'redirects-to-http',
    what: 'plain HTTP redirects to plain HTTP',
    at: on(nginx()),
    plain: 'REDIRECTS_TO_HTTP',
    witnesses: [FINE],
    finds: [weak('NO_REDIRECT', 'CUSTOMER')],
  },
  {
    label: 'early-data',
    what: 'nginx: takes data in the first flight',
    at: on(nginx({ ssl_early_data: 'on' })),
    witnesses: [FINE],
    finds: [],
    notes: ['EARLY_DATA'],
  },
];
