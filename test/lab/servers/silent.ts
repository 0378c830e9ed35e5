/** Servers that are not there, speak something else, or come to no end. */
import { nginxBlocks } from '../programs/nginx.js';
import { behind, simulated } from '../programs/node.js';
import * as lawless from '../../simulators/tls-server/lawless.js';
import { broken, type LabServer, on, says } from '../lab-server.js';

const NO_HANDSHAKE = says(/no peer certificate available/);
const SSH = 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n';

export const silent: readonly LabServer[] = [
  {
    label: 'refused',
    what: 'nobody listens',
    at: on({ by: 'NOBODY' }),
    witnesses: [says(/Connection refused/)],
    finds: [broken('CONNECTION_REFUSED')],
  },
  {
    label: 'never-answers',
    what: 'takes the connection, and says nothing',
    at: on(simulated(() => lawless.silent())),
    witnesses: [],
    finds: [broken('CONNECTION_TIMED_OUT')],
  },
  {
    label: 'drips',
    what: 'a byte a second',
    at: on(simulated(() => lawless.drips())),
    witnesses: [],
    finds: [broken('CONNECTION_TIMED_OUT')],
  },
  {
    label: 'resets-at-once',
    what: 'resets each connection as soon as it is there',
    at: on(simulated(() => lawless.resetsAtOnce())),
    witnesses: [says(/reset by peer|errno=104/)],
    finds: [broken('CONNECTION_RESET')],
  },
  {
    label: 'resets-hello',
    what: 'resets each connection when it has read the ClientHello, as a filter does that does not like the name',
    at: on(behind({ answer: () => 'RESET' })),
    witnesses: [says(/errno=104/)],
    finds: [broken('CONNECTION_RESET')],
  },
  {
    label: 'closes-at-once',
    what: 'closes each connection as soon as it is there',
    at: on(simulated(() => lawless.closesAtOnce())),
    witnesses: [NO_HANDSHAKE],
    finds: [broken('CONNECTION_RESET')],
  },
  {
    label: 'closes-midway',
    what: 'closes in the middle of the Server Hello',
    at: on(behind({ answer: () => ({ say: Buffer.from('160303007a0200007603034142', 'hex') }) })),
    witnesses: [NO_HANDSHAKE],
    finds: [broken('CONNECTION_RESET')],
  },
  {
    label: 'plain-http',
    what: 'nginx: HTTP without TLS on the port',
    at: on(nginxBlocks({ listen: 'plain', settings: {}, certificates: [] })),
    witnesses: [says(/wrong version number|packet length too long/)],
    finds: [broken('PLAIN_HTTP_ON_TLS_PORT')],
  },
  {
    label: 'plain-http-old',
    what: 'an HTTP server that answers what it cannot read with a page and no status line but HTTP/1.0',
    at: on(simulated(() => lawless.answersWith('HTTP/1.0 501 Not Implemented\r\nContent-Length: 3\r\n\r\nno\n'))),
    witnesses: [says(/wrong version number|packet length too long/)],
    finds: [broken('PLAIN_HTTP_ON_TLS_PORT')],
  },
  {
    label: 'smtp',
    what: 'a server of mail, which greets first',
    at: on(simulated(() => lawless.greetsWith('220 mail.lab.test ESMTP ready\r\n'))),
    witnesses: [says(/wrong version number|packet length too long/)],
    finds: [broken('OTHER_PROTOCOL')],
  },
  {
    label: 'ssh',
    what: 'a server of SSH, which greets first',
    at: on(simulated(() => lawless.greetsWith(SSH))),
    witnesses: [says(/wrong version number|packet length too long/)],
    finds: [broken('OTHER_PROTOCOL')],
  },
  {
    label: 'garbage',
    what: 'bytes that are nothing',
    at: on(simulated(() => lawless.answersWith(Buffer.alloc(4_096, 0xa5)))),
    witnesses: [says(/wrong version number|packet length too long/)],
    finds: [broken('NOT_TLS')],
  },
  {
    label: 'gigabyte',
    what: 'a message of a gibibyte',
    at: on(simulated(() => lawless.gigabyte())),
    witnesses: [NO_HANDSHAKE],
    finds: [broken('HANDSHAKE_TOO_LONG')],
  },
  {
    label: 'warns-for-ever',
    what: 'warnings without end',
    at: on(simulated(() => lawless.warnsForEver())),
    witnesses: [says(/too many warn alerts/)],
    finds: [broken('NOT_TLS')],
  },
  {
    label: 'empty-records',
    what: 'records of nothing without end',
    at: on(simulated(() => lawless.emptyRecords())),
    witnesses: [NO_HANDSHAKE],
    finds: [broken('NOT_TLS')],
  },
  {
    label: 'internal-error',
    what: 'answers each ClientHello with the alert internal_error',
    at: on(behind({ answer: () => ({ alert: 80 }) })),
    witnesses: [says(/alert internal error/)],
    finds: [broken('HANDSHAKE_REFUSED')],
  },
];
