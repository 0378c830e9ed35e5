/** Servers that are sound, behind something that does not like a kind of ClientHello (RFC 8701 1, RFC 7685 1). */
import { isGrease } from '../../simulators/tls-server/client-hello.js';
import { alert } from '../../simulators/tls-server/writer.js';
import { behind } from '../programs/node.js';
import { broken, FINE, type LabServer, on, says, weak } from '../lab-server.js';

const HANGS = /TIMED OUT/;
const RESET = /errno=104/;
const TLS13 = 0x0304;
const MANY = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0';
/** Names that nobody knows, long enough to make the hello that long. */
const protocols = (count: number): string => Array.from({ length: count }, (_, i) => `${'p'.repeat(50)}${i}`).join(',');
const hasUnknown = (extensions: readonly number[]): boolean => extensions.some((type) => type > 100 && type !== 0xff01 && !isGrease(type));

export const intolerant: readonly LabServer[] = [
  {
    label: 'tls13-resets',
    what: 'resets where TLS 1.3 is offered',
    at: on(behind({ answer: ({ versions }) => (versions.includes(TLS13) ? 'RESET' : 'PASS') }, { maxVersion: 'TLSv1.2' })),
    witnesses: [says(RESET), says(/Verification: OK/, '-tls1_2')],
    finds: [broken('VERSION_INTOLERANT')],
  },
  {
    label: 'tls13-hangs',
    what: 'says nothing where TLS 1.3 is offered',
    at: on(behind({ answer: ({ versions }) => (versions.includes(TLS13) ? 'SILENCE' : 'PASS') }, { maxVersion: 'TLSv1.2' })),
    witnesses: [says(HANGS), says(/Verification: OK/, '-tls1_2')],
    finds: [broken('VERSION_INTOLERANT')],
  },
  {
    label: 'newer-refused',
    what: 'refuses who offers a version that it does not know beside those that it knows',
    at: on(
      behind({
        answer: ({ versions }) => (versions.some((version) => version > TLS13 && !isGrease(version)) ? { alert: 70 } : 'PASS'),
      }),
    ),
    witnesses: [FINE],
    finds: [weak('VERSION_INTOLERANT')],
  },
  {
    label: 'extension-refused',
    what: 'refuses an extension that it does not know (decode_error)',
    at: on(behind({ answer: ({ extensions }) => (hasUnknown(extensions) ? { alert: 50 } : 'PASS') })),
    witnesses: [FINE, says(/alert decode error/, '-serverinfo', '65533')],
    finds: [weak('EXTENSION_INTOLERANT')],
  },
  {
    label: 'extension-closes',
    what: 'closes where there is an extension that it does not know',
    at: on(behind({ answer: ({ extensions }) => (hasUnknown(extensions) ? 'CLOSE' : 'PASS') }, { maxVersion: 'TLSv1.2' })),
    witnesses: [FINE, says(/no peer certificate available/, '-serverinfo', '65533')],
    finds: [weak('EXTENSION_INTOLERANT')],
  },
  {
    label: 'grease-refused',
    what: 'refuses GREASE among the extensions (illegal_parameter)',
    at: on(behind({ answer: ({ extensions }) => (extensions.some(isGrease) ? { alert: 47 } : 'PASS') })),
    witnesses: [FINE, says(/alert illegal parameter/, '-serverinfo', '23130')],
    finds: [broken('GREASE_INTOLERANT')],
  },
  {
    label: 'grease-resets',
    what: 'resets where there is GREASE among the suites',
    at: on(behind({ answer: ({ suites }) => (suites.some(isGrease) ? 'RESET' : 'PASS') })),
    witnesses: [FINE],
    finds: [broken('GREASE_INTOLERANT')],
  },
  {
    label: 'long-hello-hangs',
    what: 'reads no more than a packet: a ClientHello above 1,400 bytes is never answered',
    at: on(behind({ answer: ({ length }) => (length > 1_400 ? 'SILENCE' : 'PASS') })),
    witnesses: [FINE, says(HANGS, '-alpn', protocols(30))],
    finds: [broken('LONG_HELLO_INTOLERANT')],
  },
  {
    label: 'long-hello-resets',
    what: 'resets for a ClientHello above 1,400 bytes',
    at: on(behind({ answer: ({ length }) => (length > 1_400 ? 'RESET' : 'PASS') })),
    witnesses: [FINE, says(RESET, '-alpn', protocols(30))],
    finds: [broken('LONG_HELLO_INTOLERANT')],
  },
  {
    label: 'hello-256-511',
    what: 'a ClientHello of 256 to 511 bytes is never answered (RFC 7685 1)',
    at: on(behind({ answer: ({ length }) => (length >= 256 && length <= 511 ? 'SILENCE' : 'PASS') })),
    witnesses: [says(HANGS), says(/Verification: OK/, '-alpn', protocols(10))],
    finds: [weak('LONG_HELLO_INTOLERANT')],
  },
  {
    label: 'many-suites-refused',
    what: 'refuses more than 128 suites',
    at: on(behind({ answer: ({ suites }) => (suites.length > 128 ? { alert: 40 } : 'PASS') })),
    witnesses: [FINE, says(/alert handshake failure/, '-cipher', MANY, '-psk', '00')],
    finds: [weak('LONG_HELLO_INTOLERANT')],
  },
  {
    label: 'fragments-refused',
    what: 'refuses a ClientHello in several records (RFC 8446 5.1)',
    at: on(behind({ answer: ({ records }) => (records > 1 ? { alert: 10 } : 'PASS') })),
    witnesses: [FINE, says(/alert unexpected message/, '-alpn', protocols(20), '-max_send_frag', '512')],
    finds: [weak('LONG_HELLO_INTOLERANT')],
  },
  {
    label: 'alpn-refused',
    what: 'refuses who offers h2, with another alert than the RFC names (RFC 7301 3.2)',
    at: on(behind({ answer: ({ alpn }) => (alpn.includes('h2') ? { alert: 40 } : 'PASS') })),
    witnesses: [FINE, says(/alert handshake failure/, '-alpn', 'h2,http/1.1')],
    finds: [broken('EXTENSION_INTOLERANT')],
  },
  {
    label: 'name-resets',
    what: 'resets where there is a server name',
    at: on(behind({ answer: ({ serverName }) => (serverName === undefined ? 'PASS' : 'RESET') })),
    witnesses: [says(RESET), says(/Verification: OK/, '-noservername')],
    finds: [broken('EXTENSION_INTOLERANT')],
  },
  {
    label: 'name-warned',
    what: 'warns that it does not know the name, and goes on all the same (RFC 6066 3)',
    at: on(behind({ answer: () => ({ passAfter: alert(112, { level: 1 }) }) }, { maxVersion: 'TLSv1.2' })),
    witnesses: [FINE],
    finds: [],
    notes: ['NO_TLS13'],
  },
];
