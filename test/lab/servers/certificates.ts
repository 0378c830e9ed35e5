/** Certificates that are out of time, of another name, of nobody, weak or taken back. */
import { createHash } from 'node:crypto';
import { apache } from '../programs/apache.js';
import { haproxy } from '../programs/haproxy.js';
import { nginx } from '../programs/nginx.js';
import { node } from '../programs/node.js';
import { openssl } from '../programs/openssl.js';
import { timestampList } from '../../support/pki/timestamps.js';
import { broken, FINE, type LabServer, on, says, unknown, weak } from '../lab-server.js';
import { inDays, leaf, ofNames, revoked, selfSigned, stapled } from '../recipes.js';

const WEAK_ALLOWED = { ssl_ciphers: 'DEFAULT:@SECLEVEL=0' };
const ofPublicCa: LabServer['knowing'] = ({ authorities }) => ({
  publicRoots: new Set([createHash('sha256').update(authorities.trusted.rootDer).digest('hex')]),
});
const expired = leaf({ notBefore: inDays(-100), notAfter: inDays(-10) });

export const certificates: readonly LabServer[] = [
  {
    label: 'expired',
    what: 'nginx, TLS 1.2 and 1.3: ended ten days ago',
    at: on(nginx({}, expired)),
    witnesses: [says(/certificate has expired/)],
    finds: [broken('EXPIRED')],
  },
  {
    label: 'expired-tls12',
    what: 'nginx, TLS 1.2 alone: ended a minute ago',
    at: on(nginx({ ssl_protocols: 'TLSv1.2' }, leaf({ notBefore: inDays(-90), notAfter: new Date(Date.now() - 60_000) }))),
    witnesses: [says(/certificate has expired/), says(/alert protocol version/, '-tls1_3')],
    finds: [broken('EXPIRED')],
  },
  {
    label: 'expired-haproxy',
    what: 'HAProxy: ended ten days ago',
    at: on(haproxy([], expired)),
    witnesses: [says(/certificate has expired/)],
    finds: [broken('EXPIRED')],
  },
  {
    label: 'expired-ca',
    what: "its issuer's certificate ended an hour ago; its own goes on",
    at: on(
      nginx(
        {},
        leaf({}, ({ lapsed }) => lapsed),
      ),
    ),
    witnesses: [says(/certificate has expired/)],
    finds: [broken('EXPIRED', 'CA')],
  },
  {
    label: 'expires-soon',
    what: 'ends in three days of ninety',
    at: on(nginx({}, leaf({ notBefore: inDays(-87), notAfter: inDays(3) }))),
    witnesses: [FINE],
    finds: [weak('EXPIRES_SOON')],
  },
  {
    label: 'not-yet-valid',
    what: 'begins in two days',
    at: on(nginx({}, leaf({ notBefore: inDays(2) }))),
    witnesses: [says(/certificate is not yet valid/)],
    finds: [broken('NOT_YET_VALID')],
  },
  {
    label: 'not-yet-valid-tls12',
    what: 'Apache, TLS 1.2 alone: begins in an hour',
    at: on(apache(['SSLProtocol -all +TLSv1.2'], leaf({ notBefore: inDays(1 / 24) }))),
    witnesses: [says(/certificate is not yet valid/)],
    finds: [broken('NOT_YET_VALID')],
  },
  {
    label: 'wrong-name',
    what: 'for another name',
    at: on(nginx({}, leaf({ names: ['other.test'] }))),
    witnesses: [says(/hostname mismatch/i)],
    finds: [broken('HOSTNAME_MISMATCH')],
  },
  {
    label: 'a.wildcard',
    what: 'a wildcard that stands for one label, where there are two (RFC 9525 6.3)',
    at: on(haproxy([], leaf({ names: ['*.lab.test'] }))),
    witnesses: [says(/hostname mismatch/i)],
    finds: [broken('HOSTNAME_MISMATCH')],
  },
  {
    label: 'common-name',
    what: 'its name is in the common name alone, which counts no more (RFC 9525 2)',
    at: on(apache([], (authorities, host) => leaf({ names: [], commonName: host })(authorities, host))),
    witnesses: [says(/CN = common-name\.lab\.test/)],
    finds: [broken('HOSTNAME_MISMATCH')],
  },
  {
    label: 'self-signed',
    what: 'is its own issuer',
    at: on(nginx({}, selfSigned())),
    witnesses: [says(/self-signed certificate/)],
    finds: [broken('SELF_SIGNED')],
  },
  {
    label: 'self-signed-tls12',
    what: 'openssl, TLS 1.2 alone, RSA: is its own issuer',
    at: on(openssl(['-tls1_2'], selfSigned({ algorithm: 'RSA' }))),
    witnesses: [says(/self-signed certificate/)],
    finds: [broken('SELF_SIGNED')],
  },
  {
    label: 'all-wrong',
    what: 'is its own issuer, for another name, and expired: one story',
    at: on(nginx({}, selfSigned({ names: ['localhost'], notBefore: inDays(-900), notAfter: inDays(-500) }))),
    witnesses: [says(/self-signed certificate/), says(/certificate has expired/)],
    finds: [broken('SELF_SIGNED')],
  },
  {
    label: 'untrusted',
    what: 'of a CA that nobody knows',
    at: on(
      nginx(
        {},
        leaf({}, ({ stranger }) => stranger),
      ),
    ),
    witnesses: [says(/unable to get local issuer certificate/)],
    finds: [broken('UNTRUSTED_CA')],
  },
  {
    label: 'untrusted-root-sent',
    what: 'of a CA that nobody knows, whose root is sent too',
    at: on(
      apache([], async (authorities, host) => {
        const made = await authorities.stranger.issue({ names: [host] });
        return { ...made, chainPem: `${made.chainPem}${authorities.stranger.rootPem}\n` };
      }),
    ),
    witnesses: [says(/self-signed certificate in certificate chain/)],
    finds: [broken('UNTRUSTED_CA')],
  },
  {
    label: 'weak-rsa',
    what: 'an RSA key of 1024 bits',
    at: on(nginx(WEAK_ALLOWED, leaf({ algorithm: 'RSA_1024' }))),
    witnesses: [says(/Server public key is 1024 bit/)],
    finds: [broken('WEAK_KEY'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'weak-rsa-tls12',
    what: 'TLS 1.2 alone, an RSA key of 1024 bits',
    at: on(openssl(['-tls1_2', '-cipher', 'ECDHE+AESGCM:@SECLEVEL=0'], leaf({ algorithm: 'RSA_1024' }))),
    witnesses: [says(/Server public key is 1024 bit/)],
    finds: [broken('WEAK_KEY'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'weak-exponent',
    what: 'an RSA key with the exponent 3 (CA/B BR 6.1.6)',
    at: on(nginx({}, leaf({ algorithm: 'RSA_EXPONENT_3' }))),
    witnesses: [FINE],
    finds: [weak('WEAK_KEY')],
  },
  {
    label: 'sha1',
    what: 'signed with SHA-1',
    at: on(nginx(WEAK_ALLOWED, leaf({ signedWith: 'SHA-1' }))),
    witnesses: [says(/CA signature digest algorithm too weak/)],
    finds: [broken('WEAK_SIGNATURE'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'sha1-issuer',
    what: 'its issuer is signed with SHA-1',
    at: on(
      nginx(
        WEAK_ALLOWED,
        leaf({}, ({ sha1 }) => sha1),
      ),
    ),
    witnesses: [says(/CA signature digest algorithm too weak/)],
    finds: [broken('WEAK_SIGNATURE', 'CA'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'revoked-staple',
    what: 'the stapled OCSP answer says that it is revoked',
    at: on(nginx({}, stapled({ status: 'REVOKED' }))),
    witnesses: [says(/Cert Status: revoked/, '-status')],
    finds: [broken('REVOKED')],
  },
  {
    label: 'revoked-staple-tls12',
    what: 'TLS 1.2 alone; the stapled OCSP answer says that it is revoked',
    at: on(node({ maxVersion: 'TLSv1.2' }, {}, stapled({ status: 'REVOKED' }))),
    witnesses: [says(/Cert Status: revoked/, '-status')],
    finds: [broken('REVOKED')],
  },
  {
    label: 'revoked',
    what: "it is on its issuer's list",
    at: on(nginx({}, revoked)),
    witnesses: [FINE],
    finds: [broken('REVOKED')],
  },
  {
    label: 'list-away',
    what: "its issuer's list is not where it should be",
    at: on(nginx({}, (authorities, host) => leaf({ crlUrl: `${authorities.url}/nothing.crl` })(authorities, host))),
    witnesses: [FINE],
    finds: [unknown('COULD_NOT_FIND_OUT')],
  },
  {
    label: 'stale-staple',
    what: 'the stapled OCSP answer ended a week ago',
    at: on(nginx({}, stapled({ since: inDays(-14), until: inDays(-7) }))),
    witnesses: [says(/OCSP Response Status: successful/, '-status')],
    finds: [weak('STAPLE_WRONG')],
  },
  {
    label: 'foreign-staple',
    what: 'the stapled OCSP answer is about another certificate',
    at: on(node({}, {}, stapled({ ofAnother: true }))),
    witnesses: [says(/OCSP Response Status: successful/, '-status')],
    finds: [weak('STAPLE_WRONG')],
  },
  {
    label: 'ten-thousand-names',
    what: 'ten thousand names, which is more than clients read',
    at: on(nginx({}, ofNames(10_000))),
    witnesses: [says(/excessive message size/)],
    finds: [broken('HANDSHAKE_TOO_LONG')],
  },
  {
    label: 'for-clients',
    what: 'made for clients alone',
    at: on(nginx({}, leaf({ purpose: 'clientAuth' }))),
    witnesses: [says(/unsuitable certificate purpose/)],
    finds: [broken('CERTIFICATE_UNUSABLE')],
  },
  {
    label: 'not-logged',
    what: 'of a public CA, and in no log of Certificate Transparency',
    at: on(nginx()),
    witnesses: [FINE],
    knowing: ofPublicCa,
    finds: [broken('NOT_LOGGED', 'CA')],
  },
  {
    label: 'timestamp-to-come',
    what: 'of a public CA; one of its three logs vouches for it from tomorrow on',
    at: on(
      nginx(
        {},
        leaf({ timestamps: timestampList(...['argon', 'xenon'].map((log) => ({ log, at: inDays(-1) })), { log: 'oak', at: inDays(1) }) }),
      ),
    ),
    witnesses: [FINE],
    knowing: ofPublicCa,
    finds: [weak('TIMESTAMPS_WRONG', 'CA')],
  },
];
