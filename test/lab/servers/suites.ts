/** Versions and suites that clients of today do not speak, or should not have to. */
import { apache } from '../programs/apache.js';
import { nginx } from '../programs/nginx.js';
import { chainAndKey, simulated, sound } from '../programs/node.js';
import { openssl } from '../programs/openssl.js';
import type { SecureVersion } from 'node:tls';
import type { ClientHello } from '../../simulators/tls-server/client-hello.js';
import { makeFront } from '../../simulators/tls-server/front.js';
import { makeLyingTls12 } from '../../simulators/tls-server/lying-tls12.js';
import * as old from '../../simulators/tls-server/old-server.js';
import { broken, FINE, type LabServer, LOOPBACK, on, says, type Serving, weak } from '../lab-server.js';
import { leaf } from '../recipes.js';

const LEVEL_0 = '@SECLEVEL=0';
const rsa = leaf({ algorithm: 'RSA' });
const oldServer = (settings: Omit<old.OldServer, 'chain' | 'key'>): Serving =>
  simulated(({ certificates: [certificate] }) => old.makeOldServer({ ...settings, ...chainAndKey(certificate!) }), rsa);
/** Node's own server, in whose place an old one answers hellos of a kind. */
const oldBehind = (
  minVersion: SecureVersion,

  settings: Pick<old.OldServer, 'versions' | 'compresses' | 'fallsForDowngrade'>,
  isForOld: (hello: ClientHello) => boolean,
) =>
  simulated(async (site) => {
    const oldSettings = { ...settings, suites: [old.RSA_WITH_AES_128_CBC_SHA], ...chainAndKey(site.certificates[0]!) };
    const server = sound(site, { minVersion, maxVersion: 'TLSv1.2', ciphers: `DEFAULT:${LEVEL_0}` });
    const upstream = { port: await site.listeners.listen(server), host: LOOPBACK };
    return makeFront({ upstream, answer: (hello) => (isForOld(hello) ? { say: old.oldFlight(hello, oldSettings) } : 'PASS') });
  }, rsa);
const TLS12 = [0x0303];
const REFUSED = says(/alert handshake failure/);

export const suites: readonly LabServer[] = [
  {
    label: 'old-versions',
    what: 'nginx: TLS 1.0 and 1.1 alone',
    at: on(nginx({ ssl_protocols: 'TLSv1 TLSv1.1', ssl_ciphers: `DEFAULT:${LEVEL_0}` })),
    witnesses: [says(/legacy sigalg disallowed/), says(/Protocol *: TLSv1\.1/, '-tls1_1', '-cipher', `DEFAULT:${LEVEL_0}`)],
    finds: [broken('PROTOCOL_MISMATCH')],
  },
  {
    label: 'tls10-only',
    what: 'openssl: TLS 1.0 alone',
    at: on(openssl(['-tls1', '-cipher', `DEFAULT:${LEVEL_0}`], rsa)),
    witnesses: [says(/legacy sigalg disallowed/), says(/Protocol *: TLSv1$/m, '-tls1', '-cipher', `DEFAULT:${LEVEL_0}`)],
    finds: [broken('PROTOCOL_MISMATCH')],
  },
  {
    label: 'ssl3-only',
    what: 'SSL 3.0 alone',
    at: on(oldServer({ versions: [0x0300], suites: [old.RSA_WITH_3DES_EDE_CBC_SHA, old.RSA_WITH_AES_128_CBC_SHA] })),
    witnesses: [says(/unsupported protocol/)],
    finds: [broken('PROTOCOL_MISMATCH')],
  },
  {
    label: 'old-versions-too',
    what: 'nginx: TLS 1.0 to 1.3',
    at: on(nginx({ ssl_protocols: 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3', ssl_ciphers: `ECDHE+AESGCM:ECDHE+AES:${LEVEL_0}` })),
    witnesses: [says(/Protocol *: TLSv1$/m, '-tls1', '-cipher', `DEFAULT:${LEVEL_0}`), FINE],
    finds: [weak('WEAK_PROTOCOL'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'old-policy',
    what: 'Apache, RSA: the policy of ten years ago, TLS 1.0 to 1.3',
    at: on(
      apache(
        [
          'SSLProtocol -all +TLSv1 +TLSv1.1 +TLSv1.2 +TLSv1.3',
          `SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:DHE+AES:AESGCM:AES:CAMELLIA:${LEVEL_0}`,
          'SSLHonorCipherOrder on',
          'SSLOpenSSLConfCmd Curves X25519:P-256:P-384:P-521',
        ],
        rsa,
      ),
    ),
    witnesses: [says(/Protocol *: TLSv1$/m, '-tls1', '-cipher', `DEFAULT:${LEVEL_0}`), FINE],
    finds: [weak('WEAK_PROTOCOL'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'null-only',
    what: 'TLS 1.2, suites that do not encrypt, and no others',
    at: on(openssl(['-tls1_2', '-cipher', `NULL-SHA256:${LEVEL_0}`], rsa)),
    witnesses: [REFUSED, says(/Cipher *: NULL-SHA256/, '-cipher', `NULL-SHA256:${LEVEL_0}`, '-tls1_2')],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'anonymous-only',
    what: 'TLS 1.2, suites without a certificate, and no others',
    at: on(openssl(['-tls1_2', '-nocert', '-cipher', `ADH-AES128-GCM-SHA256:${LEVEL_0}`])),
    witnesses: [REFUSED, says(/Cipher *: ADH-AES128/, '-cipher', `ADH:${LEVEL_0}`, '-tls1_2')],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'camellia-only',
    what: 'TLS 1.2, Camellia alone: sound, and no browser has it',
    at: on(openssl(['-tls1_2', '-cipher', 'ECDHE-RSA-CAMELLIA256-SHA384'], rsa)),
    witnesses: [says(/Cipher *: ECDHE-RSA-CAMELLIA256-SHA384/, '-cipher', 'ALL', '-tls1_2')],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'ccm-only',
    what: 'TLS 1.3, AES-CCM alone: sound, and no browser has it',
    at: on(openssl(['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256'])),
    witnesses: [REFUSED, says(/Cipher is TLS_AES_128_CCM_8_SHA256/, '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256')],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'rc4-only',
    what: 'TLS 1.2, RC4 alone',
    at: on(oldServer({ versions: TLS12, suites: [old.RSA_WITH_RC4_128_SHA, old.RSA_WITH_RC4_128_MD5, old.ECDHE_RSA_WITH_RC4_128_SHA] })),
    witnesses: [REFUSED],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: '3des-only',
    what: 'TLS 1.0 to 1.2, 3DES and DES alone',
    at: on(oldServer({ versions: [0x0301, 0x0302, 0x0303], suites: [old.RSA_WITH_3DES_EDE_CBC_SHA, old.RSA_WITH_DES_CBC_SHA] })),
    witnesses: [REFUSED],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'export-only',
    what: 'TLS 1.2, export suites with keys of 40 bits alone, and anonymous RC4',
    at: on(
      oldServer({
        versions: TLS12,
        suites: [old.RSA_EXPORT_WITH_RC4_40_MD5, old.RSA_EXPORT_WITH_DES40_CBC_SHA, old.DH_ANON_WITH_RC4_128_MD5],
      }),
    ),
    witnesses: [REFUSED],
    finds: [broken('CIPHER_MISMATCH')],
  },
  {
    label: 'null-too',
    what: 'TLS 1.2, suites that do not encrypt beside good ones',
    at: on(openssl(['-tls1_2', '-cipher', `ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-NULL-SHA:${LEVEL_0}`], rsa)),
    witnesses: [FINE, says(/Cipher *: ECDHE-RSA-NULL-SHA/, '-cipher', `NULL:${LEVEL_0}`, '-tls1_2')],
    finds: [weak('WEAK_CIPHER_SUITE'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'static-rsa',
    what: 'nginx, TLS 1.2, static RSA alone: no forward secrecy',
    at: on(nginx({ ssl_protocols: 'TLSv1.2', ssl_ciphers: 'AES128-GCM-SHA256:AES256-GCM-SHA384' }, rsa)),
    witnesses: [says(/Cipher *: AES\d+-GCM/)],
    finds: [weak('NO_FORWARD_SECRECY')],
  },
  {
    label: 'small-dh',
    what: 'nginx, TLS 1.2: finite-field Diffie-Hellman of 1024 bits',
    at: on(
      nginx(
        {
          ssl_protocols: 'TLSv1.2',
          ssl_ciphers: `ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256:${LEVEL_0}`,
          ssl_dhparam: 'DH_1024',
        },
        rsa,
      ),
    ),
    witnesses: [says(/Server Temp Key: DH, 1024 bits/, '-cipher', `DHE:${LEVEL_0}`, '-tls1_2')],
    finds: [weak('SMALL_DH_GROUP'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'compresses',
    what: 'TLS 1.2: takes DEFLATE (CRIME)',
    at: on(oldBehind('TLSv1.2', { versions: TLS12, compresses: true }, ({ compressionMethods }) => compressionMethods.includes(1))),
    // No library here offers compression any more.
    witnesses: [FINE],
    finds: [weak('COMPRESSION'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'falls-back',
    what: 'TLS 1.1 and 1.2: does not mind that a client fell back (RFC 7507)',
    at: on(oldBehind('TLSv1.1', { versions: [0x0302], fallsForDowngrade: true }, ({ suites: offered }) => offered.includes(0x5600))),
    witnesses: [FINE, says(/Server public key is 2048 bit/, '-tls1_1', '-fallback_scsv', '-cipher', `DEFAULT:${LEVEL_0}`)],
    finds: [weak('WEAK_PROTOCOL'), weak('WEAK_HANDSHAKE_SIGNATURE')],
  },
  {
    label: 'renegotiates',
    what: 'TLS 1.2 without renegotiation_info (RFC 5746)',
    at: on(simulated(({ certificates: [certificate] }) => makeLyingTls12({ lie: 'NO_RENEGOTIATION_INFO', ...chainAndKey(certificate!) }))),
    witnesses: [
      says(/unsafe legacy renegotiation disabled/),
      says(/Secure Renegotiation IS NOT supported/, '-legacy_server_connect', '-tls1_2'),
    ],
    finds: [weak('RENEGOTIATION_INSECURE')],
  },
];
