/** All that was seen of one address, in short lines. */
import { readCertificate } from '../../cores/pki/certificate.js';
import type { AddressCheck, ShownCertificate, VersionSupport } from '../../cores/tls/check/site-check.js';
import { timestampsWith } from '../../cores/tls/timestamps/shown-timestamps.js';
import { TLS13, versionName } from '../../cores/tls/registry/versions.js';
import { toText } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import type { Result } from '../../values/result.js';
import { harmless, type Page } from '../terminal.js';
import { wrap } from '../wrap.js';

const LABEL = 22;
type Fact = readonly [label: string, text: string];
const fact = (label: string, text: string): Fact => [label, text];
/** Wherever something was asked and not answered. */
const UNKNOWN = '? (not found out)';

export function factLines(place: AddressCheck, { paint, width }: Page): string[] {
  const facts = [
    ...(place.brief ? [fact('Looked at briefly', 'the budget of connections was not enough for all of every address')] : []),
    ...place.versions.map(versionLine),
    ...answer('Groups', place.groups, (groups) => groups.join(', ')),
    ...(place.signatureAlgorithms ?? []).flatMap(({ version, names }) =>
      answer(`Signatures, ${versionName(version)}`, names, (all) => all.join(', ')),
    ),
    ...place.certificates.flatMap(certificateLines),
    ...answer('ALPN', place.alpn, (protocols) => protocols.join(', ') || 'none'),
    ...featureLines(place),
    ...webLines(place),
  ];
  return facts.length === 0 ? [] : [paint('bold', `Seen at ${endpointText(place)}`), ...facts.flatMap((one) => lines(one, width))];
}

const lines = ([label, text]: Fact, width: number): string[] =>
  wrap(harmless(text), width - 2 - LABEL).map((line, i) => `  ${(i === 0 ? label : '').padEnd(LABEL)}${line}`);

function answer<T>(label: string, result: Result<T> | undefined, text: (value: T) => string): Fact[] {
  if (result === undefined) return [];
  return [fact(label, result.ok ? text(result.value) : UNKNOWN)];
}

function versionLine({ version, supported, suites }: VersionSupport): Fact {
  if (!supported.ok) return fact(versionName(version), UNKNOWN);
  if (!supported.value) return fact(versionName(version), 'no');
  if (suites === undefined) return fact(versionName(version), 'yes');
  if (!suites.ok) return fact(versionName(version), `yes; cipher suites ${UNKNOWN}`);
  const { names, preference, finiteFieldBits } = suites.value;
  const order = { SERVER: "in the server's order", CLIENT: "in the client's order", ONLY_ONE: 'no other' }[preference];
  // In TLS 1.3 they are named groups, and among the others.
  const bits = finiteFieldBits === undefined || version >= TLS13 ? '' : `; Diffie-Hellman of ${finiteFieldBits} bits`;
  return fact(versionName(version), `${names.join(', ')}; ${order}${bits}`);
}

function certificateLines(shown: ShownCertificate): Fact[] {
  const [leaf, ...others] = shown.chain;
  const read = leaf && readCertificate(leaf);
  if (!read?.ok) return [fact('Certificate', 'cannot be read')];
  const { names, issuer, notBefore, notAfter, keyAlgorithm, signatureAlgorithm, fingerprint } = read.value;
  const more = names.length > 6 ? ` and ${names.length - 6} more` : '';
  return [
    fact('Certificate', `${names.slice(0, 6).join(', ') || 'no host name'}${more}`),
    fact('  issued by', `${issuer} (${others.length === 0 ? 'sent alone' : `sent with ${others.length} more`})`),
    fact('  valid', `${toText(notBefore)} to ${toText(notAfter)}`),
    fact('  key, signature', `${keyAlgorithm}, ${signatureAlgorithm}`),
    fact('  SHA-256', fingerprint),
    ...logLines(shown),
  ];
}

function logLines(shown: ShownCertificate): Fact[] {
  const lists = timestampsWith(shown);
  if (lists.length === 0) return [];
  const logs = new Set(lists.flatMap(({ list }) => (list.ok ? list.value.timestamps.map(({ logId }) => logId) : [])));
  const malformed = lists.some(({ list }) => !list.ok) ? '; a list is malformed' : '';
  return [fact('  in logs', `timestamps of ${logs.size} (Certificate Transparency), whose signatures are not verified${malformed}`)];
}

function featureLines(place: AddressCheck): Fact[] {
  const { resumption } = place;
  const flags: readonly (readonly [string, Result<boolean> | undefined])[] = [
    ['session ID', resumption.sessionId],
    ['ticket', resumption.ticket],
    ['TLS 1.3 ticket', resumption.psk],
    ['early data', place.earlyData],
    ['extended master secret', place.extendedMasterSecret],
    ['encrypt-then-MAC', place.encryptThenMac],
    ['secure renegotiation', place.secureRenegotiation],
    ['refuses fallback', place.fallbackScsv],
    ['compression', place.compression],
  ];
  const asked = flags.flatMap(([name, result]) => (result ? `${name} ${result.ok ? (result.value ? 'yes' : 'no') : '?'}` : []));
  const wanted = { NOT_ASKED: 'not asked for', OPTIONAL: 'asked for', REQUIRED: 'demanded' } as const;
  return [
    ...(asked.length > 0 ? [fact('Features', asked.join(', '))] : []),
    ...answer('Client certificate', place.clientCertificate, (value) => wanted[value]),
  ];
}

function webLines({ http }: AddressCheck): Fact[] {
  const text = ({ status, location, server }: { status: number; location?: string; server?: string }) =>
    `${status}${location === undefined ? '' : ` to ${location}`}${server === undefined ? '' : ` (${server})`}`;
  return [
    ...answer('HTTPS', http?.overTls, text),
    ...answer('HSTS', http?.overTls, ({ hsts }) => hsts.join(' | ') || 'none'),
    ...answer('HTTP on port 80', http?.plain, text),
  ];
}
