/**
 * What is said before TLS on a port of mail: SMTP (RFC 3207), IMAP (RFC 9051 6.2.1), POP3 (RFC 2595 4). Bytes in, bytes out, bounded.
 */
import type { StartTls } from './start-tls.js';

/** One thing said, and the answer to it. */
type Exchange = {
  /** Absent: the server begins. */
  readonly say?: string;
  readonly isLast: (line: string) => boolean;
  readonly accepts: (answer: readonly string[]) => boolean;
  /** Where it does not. */
  readonly refusal: string;
};

const smtpReply = (code: string) => ({
  isLast: (line: string) => /^\d{3}(?: |$)/.test(line),
  accepts: (answer: readonly string[]) => answer.every((line) => line.startsWith(code)),
});
const popReply = { isLast: () => true, accepts: ([line]: readonly string[]) => line?.startsWith('+OK') === true };

const DIALOGUES: Readonly<Record<StartTls, readonly Exchange[]>> = {
  smtp: [
    { ...smtpReply('220'), refusal: 'its greeting is not one of SMTP' },
    {
      say: 'EHLO hostseal.invalid',
      ...smtpReply('250'),
      accepts: (answer) => smtpReply('250').accepts(answer) && answer.some((line) => /^250[- ]STARTTLS$/i.test(line)),
      refusal: 'it does not offer STARTTLS',
    },
    { say: 'STARTTLS', ...smtpReply('220'), refusal: 'it refused STARTTLS' },
  ],
  imap: [
    { isLast: () => true, accepts: ([line]) => /^\* OK\b/i.test(line ?? ''), refusal: 'its greeting is not one of IMAP' },
    {
      say: 'a1 STARTTLS',
      isLast: (line) => line.startsWith('a1 '),
      accepts: (answer) => /^a1 OK\b/i.test(answer.at(-1) ?? ''),
      refusal: 'it refused STARTTLS',
    },
  ],
  pop3: [
    { ...popReply, refusal: 'its greeting is not one of POP3' },
    { say: 'STLS', ...popReply, refusal: 'it refused STLS' },
  ],
};

/** Of all that it says; a real one says a few hundred bytes. */
const MAX_BYTES = 8_192;

export type Turn =
  | { readonly kind: 'SAY'; readonly bytes: Uint8Array }
  /** Nothing to say: more has to come. */
  | { readonly kind: 'LISTEN' }
  /** The next byte is TLS. */
  | { readonly kind: 'READY' }
  | { readonly kind: 'REFUSED'; readonly detail: string };

export class StartTlsDialogue {
  readonly #exchanges: Exchange[];
  #answer: string[] = [];
  #pending = '';
  #size = 0;

  constructor(protocol: StartTls) {
    this.#exchanges = [...DIALOGUES[protocol]];
  }

  receive(bytes: Uint8Array): Turn {
    this.#size += bytes.length;
    if (this.#size > MAX_BYTES) return { kind: 'REFUSED', detail: `it says more than ${MAX_BYTES} bytes` };
    const lines = (this.#pending + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const [i, line] of lines.entries()) {
      const [exchange] = this.#exchanges;
      if (exchange === undefined) break;
      this.#answer.push(line.replace(/\r$/, ''));
      if (!exchange.isLast(this.#answer.at(-1)!)) continue;
      if (!exchange.accepts(this.#answer)) return { kind: 'REFUSED', detail: `${exchange.refusal}: ${quote(this.#answer.at(-1)!)}` };
      this.#answer = [];
      this.#exchanges.shift();
      const turn = this.#next();
      // Whatever stands behind an answer was said before we asked, and would be taken for TLS (CVE-2011-0411).
      const goesOn = i < lines.length - 1 || this.#pending !== '';
      return goesOn ? { kind: 'REFUSED', detail: 'it goes on talking before it is asked' } : turn;
    }
    return { kind: 'LISTEN' };
  }

  #next(): Turn {
    const [exchange] = this.#exchanges;
    if (exchange === undefined) return { kind: 'READY' };
    return { kind: 'SAY', bytes: Buffer.from(`${exchange.say}\r\n`, 'latin1') };
  }
}

/** A stranger's line: short, printable. */
const quote = (line: string): string => `"${line.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)}"`;
