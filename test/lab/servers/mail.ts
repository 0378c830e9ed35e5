/** Servers of mail that begin TLS on demand. */
import type { StartTls } from '../../../src/cores/tls/starttls/start-tls.js';
import { makeMailServer } from '../../simulators/mail-server/mail-server.js';
import { broken, type LabServer, on, type Recipe, says, type Serving } from '../lab-server.js';
import { inDays, leaf } from '../recipes.js';
import { simulated } from '../programs/node.js';

const mail = (protocol: StartTls, recipe: Recipe = leaf(), withoutTls = false): Serving =>
  simulated(({ certificates: [one] }) => makeMailServer({ protocol, certificate: one!.chainPem, key: one!.keyPem, withoutTls }), recipe);
const begun = (protocol: StartTls, text: RegExp) => says(text, '-starttls', protocol);

export const mailServers: readonly LabServer[] = [
  {
    label: 'smtp-sound',
    what: 'SMTP with STARTTLS',
    at: on(mail('smtp')),
    startTls: 'smtp',
    witnesses: [begun('smtp', /Verification: OK/)],
    finds: [],
  },
  {
    label: 'smtp-expired',
    what: 'SMTP: its certificate ended ten days ago',
    at: on(mail('smtp', leaf({ notBefore: inDays(-100), notAfter: inDays(-10) }))),
    startTls: 'smtp',
    witnesses: [begun('smtp', /certificate has expired/)],
    finds: [broken('EXPIRED')],
  },
  {
    label: 'imap-other-name',
    what: 'IMAP: its certificate is for another name',
    at: on(mail('imap', leaf({ names: ['mail.other.test'] }))),
    startTls: 'imap',
    witnesses: [begun('imap', /hostname mismatch/i)],
    finds: [broken('HOSTNAME_MISMATCH')],
  },
  {
    label: 'pop3-refused',
    what: 'POP3: it does not know STLS',
    at: on(mail('pop3', leaf(), true)),
    startTls: 'pop3',
    // OpenSSL's client waits for an answer that it likes.
    witnesses: [],
    finds: [broken('STARTTLS_REFUSED')],
  },
];
