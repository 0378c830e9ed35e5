/** Which certificate a name is answered with. */
import { haproxy } from '../programs/haproxy.js';
import { nginx, nginxBlocks } from '../programs/nginx.js';
import { openssl } from '../programs/openssl.js';
import { broken, FINE, type LabServer, on, says, weak } from '../lab-server.js';
import { leaf } from '../recipes.js';

const other = { name: 'other.test', settings: {}, certificates: [leaf({ names: ['other.test'] })] };
const rejects = { name: 'nobody.test', settings: { ssl_reject_handshake: 'on' }, certificates: [] };

export const names: readonly LabServer[] = [
  {
    label: 'sni-needed',
    what: 'nginx: without a name there is no answer, and it is asked by its address',
    at: on(nginxBlocks(rejects, { settings: {}, certificates: [leaf()] })),
    asks: 'ADDRESS_ALONE',
    witnesses: [FINE, says(/unrecognized name/, '-noservername')],
    finds: [broken('SNI_MISSING', 'CUSTOMER')],
  },
  {
    label: 'sni-needed-haproxy',
    what: 'HAProxy with strict-sni: without a name there is no answer, and it is asked by its address',
    at: on(haproxy(['strict-sni'])),
    asks: 'ADDRESS_ALONE',
    witnesses: [FINE, says(/alert|errno/, '-noservername')],
    finds: [broken('SNI_MISSING', 'CUSTOMER')],
  },
  {
    label: 'unknown-name',
    what: 'nginx: refuses names that it does not know, of which this is one',
    at: on(nginxBlocks(rejects, other)),
    witnesses: [says(/unrecognized name/)],
    finds: [broken('NAME_UNKNOWN')],
  },
  {
    label: 'sni-ignored',
    what: 'nginx: shows its default certificate, since nothing is configured for the name',
    at: on(nginxBlocks(other)),
    witnesses: [says(/CN = other\.test/), says(/CN = other\.test/, '-noservername')],
    knowing: ({ certificates: [shown] }) => ({
      ours: { otherTenants: new Set(), expected: 'ab'.repeat(32), defaultCertificate: shown!.fingerprint },
    }),
    finds: [broken('SNI_IGNORED')],
  },
  {
    label: 'another-tenant',
    what: "nginx: shows the certificate of another customer's site",
    at: on(nginxBlocks(other)),
    witnesses: [says(/CN = other\.test/)],
    knowing: ({ certificates: [shown] }) => ({ ours: { otherTenants: new Set([shown!.fingerprint]) } }),
    // To whoever names nobody as well, which has another remedy.
    finds: [broken('ANOTHER_TENANTS_CERTIFICATE'), weak('ANOTHER_TENANTS_CERTIFICATE')],
  },
  {
    label: 'another-tenant-tls12',
    what: "openssl, TLS 1.2 alone: shows the certificate of another customer's site",
    at: on(openssl(['-tls1_2'], leaf({ names: ['other.test'] }))),
    witnesses: [says(/CN = other\.test/)],
    knowing: ({ certificates: [shown] }) => ({ ours: { otherTenants: new Set([shown!.fingerprint]) } }),
    // To whoever names nobody as well, which has another remedy.
    finds: [broken('ANOTHER_TENANTS_CERTIFICATE'), weak('ANOTHER_TENANTS_CERTIFICATE')],
  },
  {
    label: 'wrong-certificate',
    what: 'nginx: a certificate that holds, and is not the one that is bound',
    at: on(nginx()),
    witnesses: [FINE],
    knowing: () => ({ ours: { otherTenants: new Set(), expected: 'ab'.repeat(32) } }),
    finds: [broken('WRONG_CERTIFICATE')],
  },
  {
    label: 'intercepted',
    what: 'seen from elsewhere it has the certificate of a CA that is known, and from here that of one that is not',
    at: on(
      nginx(
        {},
        leaf({}, ({ stranger }) => stranger),
      ),
    ),
    witnesses: [says(/unable to get local issuer certificate/)],
    knowing: ({ authorities }) => ({
      elsewhere: [{ place: 'another network', issuer: authorities.trusted.signer.certificate.subject, fingerprint: 'cd'.repeat(32) }],
    }),
    finds: [broken('INTERCEPTED')],
  },
];
