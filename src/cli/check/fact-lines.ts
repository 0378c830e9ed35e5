/** All that was seen of one address, in short lines. */
import { readCertificate } from '../../cores/pki/certificate.js';
import type { AddressCheck, ShownCertificate, VersionSupport } from '../../cores/tls/check/site-check.js';
import { versionName } from '../../cores/tls/registry/versions.js';
import { toIso } from '../../values/instant.js';
import { endpointText } from '../../values/ip-address.js';
import type { Result } from '../../values/result.js';
import { harmless, type Paint } from '../terminal.js';

const LABEL = 22;
const line = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${harmless(text)}`;
/** Wherever something was asked and not answered. */
const UNKNOWN = '? (not found out)';

export function factLines(place: AddressCheck, paint: Paint): string[] {
  const facts = [
    ...(place.brief ? [line('Looked at briefly', 'the budget of connections was not enough for all of every address')] : []),
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
  return facts.length === 0 ? [] : [paint('bold', `Seen at ${endpointText(place)}`), ...facts];
}

function answer<T>(label: string, result: Result<T> | undefined, text: (value: T) => string): string[] {
  if (result === undefined) return [];
  return [line(label, result.ok ? text(result.value) : UNKNOWN)];
}

function versionLine({ version, supported, suites }: VersionSupport): string {
  if (!supported.ok) return line(versionName(version), UNKNOWN);
  if (!supported.value) return line(versionName(version), 'no');
  if (suites === undefined) return line(versionName(version), 'yes');
  if (!suites.ok) return line(versionName(version), `yes; cipher suites ${UNKNOWN}`);
  const { names, preference, finiteFieldBits } = suites.value;
  const order = { SERVER: ", in the server's order", CLIENT: ', in the order of the client', ONLY_ONE: '' }[preference];
  const bits = finiteFieldBits === undefined ? '' : `; Diffie-Hellman of ${finiteFieldBits} bits`;
  return line(versionName(version), `${names.join(' ')}${order}${bits}`);
}

function certificateLines({ chain }: ShownCertificate): string[] {
  const [leaf, ...others] = chain;
  const read = leaf && readCertificate(leaf);
  if (!read?.ok) return [line('Certificate', 'cannot be read')];
  const { names, issuer, notBefore, notAfter, keyAlgorithm, signatureAlgorithm, fingerprint } = read.value;
  const more = names.length > 6 ? ` and ${names.length - 6} more` : '';
  return [
    line('Certificate', `${names.slice(0, 6).join(', ') || 'no host name'}${more}`),
    line('  issued by', `${issuer} (${others.length} more sent)`),
    line('  valid', `${toIso(notBefore)} to ${toIso(notAfter)}`),
    line('  key, signature', `${keyAlgorithm}, ${signatureAlgorithm}`),
    line('  SHA-256', fingerprint),
  ];
}

function featureLines(place: AddressCheck): string[] {
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
    ...(asked.length > 0 ? [line('Features', asked.join(', '))] : []),
    ...answer('Client certificate', place.clientCertificate, (value) => wanted[value]),
  ];
}

function webLines({ http }: AddressCheck): string[] {
  const text = ({ status, location, server }: { status: number; location?: string; server?: string }) =>
    `${status}${location === undefined ? '' : ` to ${location}`}${server === undefined ? '' : ` (${server})`}`;
  return [
    ...answer('HTTPS', http?.overTls, text),
    ...answer('HSTS', http?.overTls, ({ hsts }) => hsts.join(' | ') || 'none'),
    ...answer('HTTP on port 80', http?.plain, text),
  ];
}
