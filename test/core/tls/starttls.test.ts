import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StartTls } from '../../../src/cores/tls/starttls/start-tls.js';
import { StartTlsDialogue, type Turn } from '../../../src/cores/tls/starttls/dialogue.js';

/** What is said to each thing that the server says. */
function talk(protocol: StartTls, said: readonly string[]): readonly string[] {
  const dialogue = new StartTlsDialogue(protocol);
  return said.map((text) => told(dialogue.receive(Buffer.from(text, 'latin1'))));
}
const told = (turn: Turn): string => {
  if (turn.kind === 'SAY') return Buffer.from(turn.bytes).toString();
  return turn.kind === 'REFUSED' ? `REFUSED ${turn.detail}` : turn.kind;
};

describe('the dialogue before TLS', () => {
  it.each([
    ['smtp', ['220 hello\r\n', '250-mail\r\n250 STARTTLS\r\n', '220 go\r\n'], ['EHLO hostseal.invalid\r\n', 'STARTTLS\r\n', 'READY']],
    [
      'smtp',
      ['220-one\r\n220', ' two\r\n', '250 starttls\r\n', '220 go\r\n'],
      ['LISTEN', 'EHLO hostseal.invalid\r\n', 'STARTTLS\r\n', 'READY'],
    ],
    ['imap', ['* OK hello\r\n', '* CAPABILITY IMAP4rev1\r\n', 'a1 OK go\r\n'], ['a1 STARTTLS\r\n', 'LISTEN', 'READY']],
    ['pop3', ['+OK hello\r\n', '+OK go\r\n'], ['STLS\r\n', 'READY']],
  ] as const)('of %s goes through %j', (protocol, said, answers) => {
    expect(talk(protocol, said)).toEqual(answers);
  });

  it.each([
    ['smtp', ['554 go away\r\n'], 'its greeting is not one of SMTP: "554 go away"'],
    ['smtp', ['220 hello\r\n', '250-mail\r\n250 SIZE\r\n'], 'it does not offer STARTTLS: "250 SIZE"'],
    ['smtp', ['220 hello\r\n', '250 STARTTLS\r\n', '454 not now\r\n'], 'it refused STARTTLS: "454 not now"'],
    ['imap', ['220 hello\r\n'], 'its greeting is not one of IMAP: "220 hello"'],
    ['imap', ['* OK hello\r\n', 'a1 BAD what?\r\n'], 'it refused STARTTLS: "a1 BAD what?"'],
    ['pop3', ['+OK hello\r\n', '-ERR\u0007 no\r\n'], 'it refused STLS: "-ERR? no"'],
    ['pop3', ['+OK hello\r\n', '+OK go\r\n+OK and this\r\n'], 'it goes on talking before it is asked'],
    ['pop3', ['x'.repeat(9_000)], 'it says more than 8192 bytes'],
  ] as const)('of %s that is answered %j is refused', (protocol, said, detail) => {
    expect(talk(protocol, said).at(-1)).toBe(`REFUSED ${detail}`);
  });

  it('ends in a bounded number of bytes, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<StartTls>('smtp', 'imap', 'pop3'),
        fc.array(fc.uint8Array({ maxLength: 2_000 }), { minLength: 20 }),
        (protocol, parts) => {
          const dialogue = new StartTlsDialogue(protocol);
          const turns = [Buffer.alloc(8_192, 'x'), ...parts].map((part) => dialogue.receive(part).kind);
          expect(turns).toContain(parts.some(({ length }) => length > 0) ? 'REFUSED' : 'LISTEN');
        },
      ),
    );
  });
});
