/** Servers where nothing may be found, though some are peculiar. */
import { apache } from '../programs/apache.js';
import { haproxy } from '../programs/haproxy.js';
import { nginx } from '../programs/nginx.js';
import { node } from '../programs/node.js';
import { FINE, type LabServer, on, says } from '../lab-server.js';
import { chained, leaf, ofNames, stapled } from '../recipes.js';

export const sound: readonly LabServer[] = [
  { label: 'intermediate', what: "nginx: Mozilla's intermediate policy", at: on(nginx()), witnesses: [FINE], finds: [] },
  {
    label: 'dual',
    what: 'nginx: a certificate for ECDSA and one for RSA',
    at: on(nginx({}, leaf(), leaf({ algorithm: 'RSA' }))),
    witnesses: [FINE, says(/Server public key is 2048 bit/, '-sigalgs', 'RSA-PSS+SHA256')],
    finds: [],
  },
  {
    label: 'staple',
    what: 'nginx: with an OCSP staple',
    at: on(nginx({}, stapled())),
    witnesses: [says(/Cert Status: good/, '-status')],
    finds: [],
  },
  { label: 'apache', what: 'Apache httpd: intermediate policy', at: on(apache()), witnesses: [FINE], finds: [] },
  { label: 'haproxy', what: 'HAProxy: intermediate policy', at: on(haproxy()), witnesses: [FINE], finds: [] },
  {
    label: 'modern',
    what: 'Node: TLS 1.3 alone, with the hybrid group first',
    at: on(node({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768:X25519:P-256' })),
    witnesses: [FINE, says(/alert protocol version/, '-tls1_2')],
    finds: [],
  },
  {
    label: 'root-sent',
    what: 'nginx: its root is sent too, which is no fault (RFC 8446 4.4.2)',
    at: on(
      nginx(
        {},
        chained(({ trusted }) => [trusted.intermediatePem, trusted.rootPem]),
      ),
    ),
    witnesses: [FINE],
    finds: [],
  },
  {
    label: 'thousand-names',
    what: 'nginx: a certificate of a thousand names',
    at: on(nginx({}, ofNames(1_000))),
    witnesses: [FINE],
    finds: [],
  },
];
