/** Chains that lack something, or come in the wrong order. */
import { apache } from '../programs/apache.js';
import { haproxy } from '../programs/haproxy.js';
import { nginx } from '../programs/nginx.js';
import { openssl } from '../programs/openssl.js';
import { broken, FINE, type LabServer, on, says, weak } from '../lab-server.js';
import { chained, incomplete, leaf } from '../recipes.js';
import { derOf } from '../pem.js';

const NO_ISSUER = says(/unable to get local issuer certificate|unable to verify the first certificate/);

export const chains: readonly LabServer[] = [
  {
    label: 'incomplete',
    what: 'nginx: without its intermediate, which is to be had at the URL in it',
    at: on(nginx({}, incomplete)),
    witnesses: [NO_ISSUER],
    finds: [broken('CHAIN_INCOMPLETE')],
  },
  {
    label: 'incomplete-tls12',
    what: 'openssl, TLS 1.2 alone: without its intermediate',
    at: on(openssl(['-tls1_2'], incomplete)),
    witnesses: [NO_ISSUER],
    finds: [broken('CHAIN_INCOMPLETE')],
  },
  {
    label: 'incomplete-above',
    what: 'HAProxy: the upper of two intermediates is missing',
    at: on(
      haproxy(
        [],
        chained(
          ({ deep }) => deep.intermediatesPem.slice(0, 1),
          leaf({}, ({ deep }) => deep),
        ),
      ),
    ),
    witnesses: [NO_ISSUER],
    knowing: ({ authorities }) => ({ fetchedIssuers: authorities.deep.intermediatesPem.map(derOf) }),
    finds: [broken('CHAIN_INCOMPLETE')],
  },
  {
    label: 'incomplete-below',
    what: 'the lower of two intermediates is missing, the upper is there',
    at: on(
      apache(
        [],
        chained(
          ({ deep }) => deep.intermediatesPem.slice(1),
          leaf({}, ({ deep }) => deep),
        ),
      ),
    ),
    witnesses: [NO_ISSUER],
    knowing: ({ authorities }) => ({ fetchedIssuers: authorities.deep.intermediatesPem.map(derOf) }),
    finds: [broken('CHAIN_INCOMPLETE')],
  },
  {
    label: 'foreign-intermediate',
    what: "another CA's intermediate in the place of its own",
    at: on(
      nginx(
        {},
        chained(({ stranger }) => stranger.intermediatesPem),
      ),
    ),
    witnesses: [NO_ISSUER],
    knowing: ({ authorities }) => ({ fetchedIssuers: [authorities.trusted.intermediateDer] }),
    finds: [broken('CHAIN_INCOMPLETE')],
  },
  {
    label: 'out-of-order',
    what: 'nginx: two intermediates, the upper first',
    at: on(
      nginx(
        {},
        chained(
          ({ deep }) => deep.intermediatesPem.toReversed(),
          leaf({}, ({ deep }) => deep),
        ),
      ),
    ),
    witnesses: [FINE],
    finds: [weak('CHAIN_OUT_OF_ORDER')],
  },
  {
    label: 'out-of-order-tls12',
    what: 'Apache, TLS 1.2 alone: the root before the intermediate',
    at: on(
      apache(
        ['SSLProtocol -all +TLSv1.2'],
        chained(({ trusted }) => [trusted.rootPem, trusted.intermediatePem]),
      ),
    ),
    witnesses: [FINE],
    finds: [weak('CHAIN_OUT_OF_ORDER')],
  },
  {
    label: 'hundred-intermediates',
    what: 'a path of a hundred intermediates, of which each certifies the next: more than anybody follows',
    at: on(
      nginx(
        {},
        leaf({}, ({ hundred }) => hundred),
      ),
    ),
    witnesses: [says(/certificate chain too long/, '-verify_depth', '10')],
    finds: [broken('CERTIFICATE_UNUSABLE')],
  },
];
