/** The few directives that render.ts uses, with values of their forms, and files of ours only. */
import type { Admit } from '../../hosts/host.js';
import { err, ok, type Result } from '../../../values/result.js';
import { admitTree, PART_FILE, PEM_FILE } from '../generations/admit.js';
import { NEEDED_MODULES } from './apache-build.js';
import type { ApachePlace } from './apache-place.js';

type Place = Pick<ApachePlace, 'tree' | 'modules'>;

export const admit = (place: Place): Admit => admitTree((text) => admitConfiguration(text, place));

/** Line by line: ours are written so. A line that would go on on the next one is none of ours. */
function admitConfiguration(text: string, place: Place): Result<void, string> {
  const open: Section[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || (line.startsWith('#') && !line.endsWith('\\'))) continue;
    const within = open.at(-1);
    if (within && line === `</${within.name}>`) {
      open.pop();
      continue;
    }
    const section = SECTIONS.find(({ in: parent, head }) => parent === within?.context && head(line, place));
    if (section) open.push(section);
    else if (!(RULES[within?.context ?? 'server'] ?? []).some((rule) => rule(line, place)))
      return err(`the line ${line.slice(0, 60)} is not ours`);
  }
  return open.length === 0 ? ok(undefined) : err('a section does not end');
}

type Context = 'host' | 'directory' | 'location' | 'header' | 'module';
type Rule = (line: string, place: Place) => boolean;
type Section = { readonly name: string; readonly in: Context | undefined; readonly context: Context; readonly head: Rule };

const ENDPOINT = String.raw`(?:[0-9.]+|\[[0-9a-f:]+\]):\d{1,5}`;
const HOST = String.raw`[a-z0-9_-]+(?:\.[a-z0-9_-]+)*`;
const matches =
  (source: string): Rule =>
  (line) =>
    new RegExp(`^${source}$`).test(line);
const exactly =
  (...lines: readonly string[]): Rule =>
  (line) =>
    lines.includes(line);
/** A directive whose one argument is a file of ours. */
const names =
  (directive: string, file: RegExp): Rule =>
  (line, { tree }) =>
    line.startsWith(`${directive} ${tree}/`) && file.test(line.slice(`${directive} ${tree}/`.length));

const SECTIONS: readonly Section[] = [
  { name: 'VirtualHost', in: undefined, context: 'host', head: matches(`<VirtualHost ${ENDPOINT}>`) },
  { name: 'IfModule', in: undefined, context: 'module', head: exactly(...NEEDED_MODULES.map((name) => `<IfModule !${name}_module>`)) },
  { name: 'Directory', in: 'host', context: 'directory', head: (line, { tree }) => line === `<Directory ${tree}/challenges>` },
  { name: 'Location', in: 'host', context: 'location', head: exactly('<Location />') },
  { name: 'IfModule', in: 'directory', context: 'header', head: exactly('<IfModule headers_module>') },
];

const challengeRule: Rule = (line, { tree }) =>
  ['acme-challenge', 'pki-validation'].some((kind) => {
    const [head, tail] = [`RewriteRule "^/\\.well-known/${kind}/([A-Za-z0-9_-]+)$" "${tree}/challenges/${kind}/`, '/$1" [END]'];
    const folder = line.slice(head.length, -tail.length);
    return (
      line.startsWith(head) && line.endsWith(tail) && (folder === '${lower:%{SERVER_NAME}}' || matches(HOST)(folder, { tree, modules: '' }))
    );
  });

const RULES: Readonly<Record<'server' | Context, readonly Rule[]>> = {
  server: [matches(`Listen ${ENDPOINT}`), names('Include', PART_FILE)],
  module: [(line, { modules }) => NEEDED_MODULES.some((name) => line === `LoadModule ${name}_module ${modules}/mod_${name}.so`)],
  directory: [exactly('AllowOverride None', 'Options None', 'ForceType text/plain')],
  location: [exactly('AuthMerging Off', 'Require all granted')],
  header: [exactly('Header set Cache-Control no-store')],
  host: [
    matches(`ServerName ${HOST}`),
    matches(String.raw`ServerAlias (?:\*\.){0,2}${HOST}`),
    exactly(
      'SSLEngine on',
      'SSLProtocol -all +TLSv1.2 +TLSv1.3',
      'SSLHonorCipherOrder off',
      'SSLSessionTickets off',
      'SSLVerifyClient none',
    ),
    exactly(
      'SSLUseStapling off',
      'Protocols h2 http/1.1',
      'Protocols http/1.1',
      'UseCanonicalName Off',
      'AllowEncodedSlashes NoDecode',
      'RewriteEngine on',
    ),
    matches('SSLCipherSuite [A-Z0-9:-]+'),
    matches('SSLOpenSSLConfCmd Groups [A-Za-z0-9:-]+'),
    names('SSLCertificateFile', PEM_FILE),
    exactly('RewriteMap lower int:tolower', 'RewriteRule "^" "-" [R=421,L]', 'RewriteRule "^" "-" [R=404,L]'),
    exactly(String.raw`RewriteCond "%{THE_REQUEST}" "^\S+ (/[^?\s]*)"`),
    matches(String.raw`RewriteRule "\^" "https://%\{SERVER_NAME\}(?::\d{1,5})?%1" \[R=308,NE,L\]`),
    matches(String.raw`RewriteCond "%\{SSL:SSL_TLS_SNI\}" "!\^(?:\[a-z0-9_-\]\+\\\.)?[a-z0-9_-]+(?:\\\.[a-z0-9_-]+)*(?:\\\.\?)?\$" \[NC\]`),
    challengeRule,
    matches(String.raw`ErrorDocument (?:404|421) "[A-Za-z0-9 ._-]+"`),
  ],
};
