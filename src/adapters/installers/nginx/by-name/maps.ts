/**
 * From the name of a handshake to the file of its certificate, by nginx's core alone: exact, else the wildcard one label above, else nobody's.
 *
 * nginx's `map` cannot ask whether a file is there, but `$realpath_root` can: it is the resolved path of the `root`, and empty where there is none.
 * The root of our server ends in `$hostseal_place`, and that changes between three looks at it: a named group that has matched
 * (`hostseal_tried`) is what nginx has for a state. The first look is at the folder of the address, which has to succeed: only a variable
 * that once had a value is looked up anew. Each map is worked out when somebody asks for it, so their order here means nothing.
 *
 * A look that fails is a line of the level `crit` in nginx's log, which strangers could fill a disk with: the server that uses these maps
 * logs to nowhere (render-by-name.ts).
 */
import { block } from '../words.js';
import { SHARD } from './name-place.js';

/** The variable that all this is for: a file with key and chain, always. */
export const CERTIFICATE = '$hostseal_certificate';
/** Of a site with two certificates the second; else the same again. */
export const SECOND_CERTIFICATE = '$hostseal_second_certificate';
/** What the root ends in. */
export const PLACE = '$hostseal_place';
/** What is to be done with a request: redirect, content, another (name than the handshake's), unknown, or nothing. */
export const REQUEST = '$hostseal_request';

/** nginx gives the name of a handshake as it came: in any case, with the dot of its root or without, and with anything in it. */
const LABEL = '[A-Za-z0-9_-]{1,63}';

export function renderMaps(tree: string): string {
  return [
    map('$https', '$hostseal_asked', ['default $host;', 'on $ssl_server_name;']),
    map('$hostseal_asked', '$hostseal_plain', ['default "";', `"~^(?<hostseal_bare>(?:${LABEL}\\.)*${LABEL})\\.?$" $hostseal_bare;`]),
    map('$hostseal_plain', '$hostseal_name', ['default $hostseal_plain;', '"~[A-Z]" $hostseal_folded;']),
    ...foldCase('$hostseal_plain', '$hostseal_folded'),
    map('$hostseal_name', '$hostseal_exact', ['default none;', `"~^${SHARD}" exact/$hostseal_shard/$hostseal_name;`]),
    map('$hostseal_name', '$hostseal_above', [
      'default none;',
      `"~^[^.]+\\.(?<hostseal_rest>${SHARD}.*)$" wildcard/$hostseal_shard/$hostseal_rest;`,
    ]),
    map('$hostseal_tried', PLACE, ['volatile;', 'default "";', 'exact $hostseal_exact;', 'wildcard $hostseal_above;']),
    map('exact:$realpath_root', CERTIFICATE, ['"~^(?<hostseal_tried>exact):" $hostseal_by_exact;']),
    map('wildcard:$realpath_root', '$hostseal_by_exact', [FOUND, '"~^(?<hostseal_tried>wildcard):" $hostseal_by_wildcard;']),
    map('neutral:$realpath_root', '$hostseal_by_wildcard', [FOUND, `"~^(?<hostseal_tried>neutral):" ${tree}/neutral.pem;`]),
    map(CERTIFICATE, SECOND_CERTIFICATE, [`default ${CERTIFICATE};`, '"~^(?<hostseal_pair>.+)\\.1\\.pem$" $hostseal_pair.2.pem;']),
    map(`"${CERTIFICATE} $hostseal_tried $https $hostseal_name $host"`, REQUEST, [
      'default nothing;',
      '"~^\\S+ (?:exact|wildcard)  " redirect;',
      '"~^\\S+ neutral on " unknown;',
      // A certificate of a wildcard is good for the names beside the one of the handshake too.
      '"~^\\S+ (?:exact|wildcard) on (\\S+) \\1$" content;',
      '"~^\\S+ wildcard on [a-z0-9_-]+(\\.\\S+) [a-z0-9_-]+\\1$" content;',
      '"~^\\S+ (?:exact|wildcard) on " another;',
    ]),
  ].join('');
}

/** What stands before the path that was looked up is what is tried next, where there is none. */
const FOUND = '"~^[a-z]+:(?<hostseal_found>/.+)$" $hostseal_found;';

const map = (from: string, to: string, lines: readonly string[]): string => block(`map ${from} ${to}`, lines);

/** Names have no case (RFC 4343), files have, and nginx has nothing that makes letters small: a map for each letter, and a line for each number of it. */
function foldCase(from: string, to: string): readonly string[] {
  return [...ALPHABET].map((letter, at) => {
    const next = at === ALPHABET.length - 1 ? to : `$hostseal_folded_${letter.toLowerCase()}`;
    const before = at === 0 ? from : `$hostseal_folded_${ALPHABET[at - 1]!.toLowerCase()}`;
    const lines = Array.from({ length: MOST_OF_A_LETTER }, (_, index) => foldLine(letter, index + 1));
    return map(before, next, [`default ${before};`, ...lines]);
  });
}

function foldLine(letter: string, times: number): string {
  const parts = Array.from({ length: times + 1 }, (_, at) => `hostseal_part${at}`);
  const pattern = parts.map((part) => `(?<${part}>[^${letter}]*)`).join(letter);
  return `"~^${pattern}$" "${parts.map((part) => `\${${part}}`).join(letter.toLowerCase())}";`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Of one capital letter in one name. With more of them it is shown nobody's certificate. */
const MOST_OF_A_LETTER = 16;
