/**
 * What may be written into a tree. Servers start as root and do as their configuration says: a log file alone could make a writer of
 * configuration the master of the machine. So the helper, which writes for a service with fewer rights, lets a member read what will be read as
 * configuration, and lets it lead to nothing else.
 */
import { problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import type { Admit, HostFile } from '../../hosts/host.js';
import type { HostPath } from '../../hosts/host-path.js';

/** `nameLink`: of servers that look certificates up by name, the form of the links that lead there. Absent where there are none. */
type Rules = { readonly configuration: (text: string) => Result<void, string>; readonly nameLink?: RegExp };

/** `configuration` says in words why a text would do more than ours does. */
export const admitTree = (configuration: Rules['configuration'], { nameLink }: Omit<Rules, 'configuration'> = {}): Admit => {
  const rules = { configuration, ...(nameLink && { nameLink }) };
  return { file: (file) => admitFile(file, rules), link: (link, to) => admitLink(link, to, rules) };
};

/** Below a tree: what a generation includes, and what a site names. */
export const PART_FILE = /^(?:shards\/[0-9a-f]{2}(?:[0-9a-f]{4})?|foundations\/base)\.[0-9a-f]{32}\.conf$/;
export const PEM_FILE = /^(?:certificates\/[0-9a-f]{64}\.[0-9a-f]{32}|neutral)\.pem$/;

/** What a name leads to: PEM_FILE, but nobody's, and of two certificates side by side. */
export const LINKED_FILE = /^(?:certificates\/[0-9a-f]{64}\.[0-9a-f]{32}|pairs\/[0-9a-f]{32}\.[12])\.pem$/;

/**
 * A name leads to a certificate. `current.conf` leads to what was read as configuration, never to a challenge or a certificate, whose text nobody
 * reads.
 */
const admitLink = (link: HostPath, to: HostPath, { nameLink }: Rules): Result<void> =>
  (/^(current\.conf|loaded)$/.test(link) && /^generations\/\d{1,15}\.conf$/.test(to)) ||
  (nameLink?.test(link) === true && LINKED_FILE.test(to))
    ? ok(undefined)
    : err(problem('INVALID_INPUT', { detail: `${link}: no link of ours, or not to a generation` }));

/** Challenges may be read by everybody, for they are shown to everybody; certificates by the workers, where these look them up. */
function admitFile({ path, content, access }: HostFile, { configuration, nameLink }: Rules): Result<void> {
  const refuse = (detail: string) => err(problem('INVALID_INPUT', { detail: `${path}: ${detail}` }));
  if (/^challenges\/(acme-challenge|pki-validation)\/[a-z0-9_.-]+\/[A-Za-z0-9_-]{1,128}$/.test(path)) return ok(undefined);
  if (access === 'ALL') return refuse('only challenges are for everybody');
  const isPem = PEM_FILE.test(path) || (nameLink !== undefined && LINKED_FILE.test(path));
  if (isPem && (access === 'OWNER' || nameLink)) return ok(undefined);
  if (access !== 'OWNER') return refuse('only certificates are for its workers, where these look them up');
  if (!/^generations\/\d{1,15}\.conf$/.test(path) && !PART_FILE.test(path)) return refuse('no file of ours');
  const admitted = configuration(typeof content === 'string' ? content : content.revealText());
  return admitted.ok ? admitted : refuse(admitted.problem);
}
