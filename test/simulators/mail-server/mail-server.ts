/**
 * Servers of mail that begin TLS when they are asked to: SMTP (RFC 3207), IMAP (RFC 9051 6.2.1), POP3 (RFC 2595 4). As strict as the RFCs: a
 * command that they do not know is refused, and so is everything that comes between the command and TLS.
 */
import net from 'node:net';
import tls from 'node:tls';

type MailServer = {
  readonly protocol: 'smtp' | 'imap' | 'pop3';
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Does not know the command. */
  readonly withoutTls?: boolean;
};

export function makeMailServer({ protocol, certificate, key, withoutTls = false }: MailServer): net.Server {
  const secureContext = tls.createSecureContext({ cert: certificate, key });
  const { greeting, answer } = PROTOCOLS[protocol];
  return net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write(greeting);
    let said = '';
    const take = (bytes: Buffer) => {
      said += bytes.toString('latin1');
      for (let end = said.indexOf('\r\n'); end >= 0; end = said.indexOf('\r\n')) {
        const line = said.slice(0, end);
        said = said.slice(end + 2);
        const answered = answer(line, withoutTls);
        socket.write(answered.text);
        if (!answered.beginsTls) continue;
        if (said !== '') return void socket.destroy();
        socket.off('data', take);
        new tls.TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {}).resume();
        return;
      }
    };
    socket.on('data', take);
  });
}

type Answer = { readonly text: string; readonly beginsTls?: true };
type Protocol = { readonly greeting: string; readonly answer: (line: string, withoutTls: boolean) => Answer };

const PROTOCOLS: Readonly<Record<MailServer['protocol'], Protocol>> = {
  smtp: {
    greeting: '220-mail.lab.test ESMTP\r\n220 ready\r\n',
    answer(line, withoutTls) {
      if (/^EHLO \S+$/i.test(line)) return { text: `250-mail.lab.test\r\n${withoutTls ? '' : '250-STARTTLS\r\n'}250 8BITMIME\r\n` };
      if (/^STARTTLS$/i.test(line) && !withoutTls) return { text: '220 go ahead\r\n', beginsTls: true };
      return { text: '502 5.5.1 not known\r\n' };
    },
  },
  imap: {
    greeting: '* OK mail.lab.test ready\r\n',
    answer(line, withoutTls) {
      const [, tag = '*', command = ''] = /^(\S+) (\S+)$/.exec(line) ?? [];
      if (/^CAPABILITY$/i.test(command)) {
        return { text: `* CAPABILITY IMAP4rev1${withoutTls ? '' : ' STARTTLS LOGINDISABLED'}\r\n${tag} OK done\r\n` };
      }
      if (/^STARTTLS$/i.test(command) && !withoutTls) return { text: `* OK one moment\r\n${tag} OK begin\r\n`, beginsTls: true };
      return { text: `${tag} BAD not known\r\n` };
    },
  },
  pop3: {
    greeting: '+OK mail.lab.test ready\r\n',
    answer(line, withoutTls) {
      if (/^CAPA$/i.test(line)) return { text: `+OK\r\n${withoutTls ? '' : 'STLS\r\n'}UIDL\r\n.\r\n` };
      if (/^STLS$/i.test(line) && !withoutTls) return { text: '+OK begin\r\n', beginsTls: true };
      return { text: '-ERR not known\r\n' };
    },
  },
};
