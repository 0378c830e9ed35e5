/** Servers that go to the end of a handshake, and lie on the way. */
import { type Lie, makeLyingTls12 } from '../../simulators/tls-server/lying-tls12.js';
import { type Lie13, makeLyingTls13 } from '../../simulators/tls-server/lying-tls13.js';
import { makeFront } from '../../simulators/tls-server/front.js';
import { broken, FINE, type LabServer, on, says, type Serving, unknown } from '../lab-server.js';
import { chainAndKey, simulated, sound } from '../programs/node.js';

const tls12 = (lie: Lie): Serving => simulated(({ certificates: [one] }) => makeLyingTls12({ lie, ...chainAndKey(one!) }));
const tls13 = (lie: Lie13): Serving => simulated(({ certificates: [one] }) => makeLyingTls13({ lie, ...chainAndKey(one!) }));

/** Sound in TLS 1.3, which browsers come to; whoever has TLS 1.2 alone meets the liar. */
const tls12Alone = (lie: Lie): Serving =>
  simulated(async (site) => {
    const host = '127.0.0.1';
    const port = await site.listeners.listen(sound(site, {}));
    const liar = await site.listeners.listen(makeLyingTls12({ lie, ...chainAndKey(site.certificates[0]!) }));
    const answer: Parameters<typeof makeFront>[0]['answer'] = ({ versions }) =>
      versions.includes(TLS13) ? 'PASS' : { passTo: { port: liar, host } };
    return makeFront({ upstream: { port, host }, answer });
  });
const TLS13 = 0x0304;

export const lies: readonly LabServer[] = [
  {
    label: 'forged-signature-tls12',
    what: "TLS 1.2: its key is not the certificate's",
    at: on(tls12('SIGNATURE')),
    witnesses: [says(/bad signature/)],
    finds: [broken('KEY_MISMATCH')],
  },
  {
    label: 'forged-signature',
    what: "TLS 1.3: its key is not the certificate's",
    at: on(tls13('SIGNATURE')),
    witnesses: [says(/bad signature/)],
    finds: [broken('KEY_MISMATCH')],
  },
  {
    label: 'forged-signature-tls12-alone',
    what: "its key is not the certificate's for whoever speaks TLS 1.2 alone, and is for browsers",
    at: on(tls12Alone('SIGNATURE')),
    witnesses: [FINE, says(/bad signature/, '-tls1_2')],
    finds: [broken('KEY_MISMATCH'), unknown('COULD_NOT_FIND_OUT')],
  },
  {
    label: 'broken-record-tls12-alone',
    what: 'it garbles what it says to whoever speaks TLS 1.2 alone',
    at: on(tls12Alone('RECORD')),
    witnesses: [FINE, says(/bad record mac/, '-tls1_2')],
    finds: [broken('HANDSHAKE_ALTERED'), unknown('COULD_NOT_FIND_OUT')],
  },
  {
    label: 'forged-finished-tls12',
    what: 'TLS 1.2: its Finished is of another handshake',
    at: on(tls12('FINISHED')),
    witnesses: [says(/digest check failed/)],
    finds: [broken('HANDSHAKE_ALTERED')],
  },
  {
    label: 'forged-finished',
    what: 'TLS 1.3: its Finished is of another handshake',
    at: on(tls13('FINISHED')),
    witnesses: [says(/digest check failed/)],
    finds: [broken('HANDSHAKE_ALTERED')],
  },
  {
    label: 'broken-record-tls12',
    what: 'TLS 1.2: a bit of an encrypted record is turned on the way',
    at: on(tls12('RECORD')),
    witnesses: [says(/bad record mac/)],
    finds: [broken('HANDSHAKE_ALTERED')],
  },
  {
    label: 'broken-record',
    what: 'TLS 1.3: a bit of an encrypted record is turned on the way',
    at: on(tls13('RECORD')),
    witnesses: [says(/bad record mac/)],
    finds: [broken('HANDSHAKE_ALTERED')],
  },
  {
    label: 'suite-not-offered',
    what: 'TLS 1.3: a suite that was not offered',
    at: on(tls13('SUITE')),
    witnesses: [says(/unknown cipher returned|wrong cipher returned/)],
    finds: [broken('NOT_TLS')],
  },
  {
    label: 'retries-for-ever',
    what: 'TLS 1.3: a HelloRetryRequest to each ClientHello',
    at: on(tls13('RETRIES')),
    witnesses: [says(/unexpected message|bad key share/)],
    finds: [broken('NOT_TLS')],
  },
];
