/** A server of mail that is scripted up to STARTTLS, and has node:tls take over there. */
import net from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export type MailScript = {
  readonly greeting: string;
  /** What is answered to a line that begins so. The first that fits. */
  readonly answers: readonly (readonly [line: string, answer: string])[];
  /** The line after whose answer TLS begins. */
  readonly upgradesAfter: string;
};

export const SMTP: MailScript = {
  greeting: '220-mail.example.test\r\n220 ready\r\n',
  answers: [
    ['EHLO', '250-mail.example.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n'],
    ['STARTTLS', '220 go ahead\r\n'],
  ],
  upgradesAfter: 'STARTTLS',
};
export const IMAP: MailScript = {
  greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n',
  answers: [['a1 STARTTLS', '* BYE-no, only a remark\r\na1 OK begin TLS now\r\n']],
  upgradesAfter: 'a1 STARTTLS',
};
export const POP3: MailScript = { greeting: '+OK ready\r\n', answers: [['STLS', '+OK begin TLS\r\n']], upgradesAfter: 'STLS' };

export function mailServer(script: MailScript, key: { readonly keyPem: string; readonly chainPem: string }): net.Server {
  const secureContext = createSecureContext({ key: key.keyPem, cert: key.chainPem });
  return net.createServer((socket) => {
    socket.write(script.greeting);
    let pending = '';
    const read = (bytes: Buffer) => {
      pending += bytes.toString('latin1');
      for (let end = pending.indexOf('\r\n'); end !== -1; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const answer = script.answers.find(([start]) => line.startsWith(start))?.[1] ?? '500 what?\r\n';
        if (line.startsWith(script.upgradesAfter)) {
          socket.off('data', read);
          socket.write(answer);
          new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {}).resume();
          return;
        }
        socket.write(answer);
      }
    };
    socket.on('data', read);
  });
}
