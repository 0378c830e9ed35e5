/**
 * The files of a tree, as text and back. All but generations are content-addressed: written once under the hash of what is in them,
 * and never changed. So what was changed by hand is seen, and what is served is never overwritten.
 *
 *     current.conf                     a link to the generation that is served; what the server reads
 *     generations/<n>.conf             which shards make up a generation
 *     shards/<shard>.<digest>.conf     some of the sites: as data in comments, and as the server reads them
 *     shards/<shard>.<digest>.names    the names of these sites, for servers that want them apart
 *     foundations/base.<digest>.conf   what answers where no site does
 *     certificates/<id>.pem            key and chain of a certificate; neutral.pem is nobody's
 *     pairs/<digest>.<1|2>.pem         the same, of two that are served side by side where names are looked up (name-links.ts)
 *     challenges/<kind>/<name>/<token> what CAs ask for
 *     loaded                           a link to the generation that the server is known to have taken up
 */
import { createHash } from 'node:crypto';
import { hostPath, type HostPath } from '../../../hosts/host-path.js';
import { parseJson, readShape } from '../../../../values/json-shape.js';
import { problem } from '../../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../../values/result.js';
import { Secret } from '../../../../values/secret.js';
import type { CertificateFiles, Generation } from '../../installer.js';
import type { Spelling } from '../dialect.js';
import { certificateId, fingerprintOf, readSite, type CertificateId, type Site } from '../site.js';

declare const brand: unique symbol;
/** Half of a SHA-256, hex. */
export type Digest = string & { readonly [brand]: 'Digest' };

export type GenerationContent = { readonly foundation: Digest; readonly shards: ReadonlyMap<string, Digest> };

export const CURRENT = hostPath('current.conf');
export const LOADED = hostPath('loaded');
export const NEUTRAL = hostPath('neutral.pem');
export const generationPath = (generation: Generation): HostPath => hostPath('generations', `${generation}.conf`);
export const generationOf = (path: string): Generation | undefined => {
  const [, number] = /^(?:generations\/)?(\d{1,15})\.conf$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
};
export const shardPath = (shard: string, digest: Digest): HostPath => hostPath('shards', `${shard}.${digest}.conf`);
export const namesPath = (shard: string, digest: Digest): HostPath => hostPath('shards', `${shard}.${digest}.names`);
export const foundationPath = (digest: Digest): HostPath => hostPath('foundations', `base.${digest}.conf`);
export const certificatePath = (id: CertificateId): HostPath => hostPath('certificates', `${id}.pem`);

/** Of the first or the second of two. */
export const pairPath = (ids: readonly CertificateId[], which: 1 | 2): HostPath =>
  hostPath('pairs', `${digestOf(ids.join('\n'))}.${which}.pem`);
/** Where the link of a site leads. */
export const linkedPath = ({ certificates }: Site): HostPath =>
  certificates.length > 1 ? pairPath(certificates, 1) : certificatePath(certificates[0]!);

export const digestOf = (text: string): Digest => createHash('sha256').update(text).digest('hex').slice(0, 32) as Digest;

/** `texts`: of `partsOf`, for a spelling without an include; the foundation's alone for one that composes. */
export function spellGeneration(
  generation: Generation,
  content: GenerationContent,
  tree: string,
  spelling: Spelling,
  texts: readonly string[] = [],
): string {
  const [foundation = ''] = texts;
  const text = spelling.compose ? spelling.compose(foundation, shardPaths(content, tree)) : texts.map(withoutData).join('');
  const body = named(content, tree, spelling) + text;
  return `${header(generation, body, spelling)}${body}`;
}

/** In the order in which they are read: what answers where no site does comes first. */
export function partsOf({ foundation, shards }: GenerationContent): readonly HostPath[] {
  const sorted = [...shards].sort(([a], [b]) => (a < b ? -1 : 1));
  return [foundationPath(foundation), ...sorted.map(([shard, digest]) => shardPath(shard, digest))];
}

const shardPaths = ({ shards }: GenerationContent, tree: string): ReadonlyMap<string, string> =>
  new Map([...shards].map(([shard, digest]) => [shard, `${tree}/${shardPath(shard, digest)}`]));

/** CHANGED_BY_HAND for anything that was not spelled here. */
export function readGeneration(generation: Generation, text: string, tree: string, spelling: Spelling): Result<GenerationContent> {
  const body = text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1);
  const content = { foundation: '' as Digest, shards: new Map<string, Digest>() };
  for (const line of body.split('\n')) {
    const [part, shard, digest] = /(?:foundations\/base|shards\/([0-9a-f]{2}(?:[0-9a-f]{4})?))\.([0-9a-f]{32})\.conf/.exec(line) ?? [];
    if (part === undefined) break;
    if (shard === undefined) content.foundation = digest as Digest;
    else content.shards.set(shard, digest as Digest);
  }
  const { shardsAreData: _, ...included } = spelling;
  // Of a server that served in another way, too: who may go on with it is judged by its foundation (stage-generation.ts).
  const names = [named(content, tree, included), named(content, tree, { ...spelling, shardsAreData: true })];
  const isWhole = text === header(generation, body, spelling) + body;
  const asSpelled = isWhole && names.some((each) => (spelling.include ? body === each : body.startsWith(each)));
  return asSpelled ? ok(content) : err(changedByHand(generationPath(generation)));
}

const header = (generation: Generation, body: string, { notice }: Spelling): string =>
  `# ${notice}\n# generation ${generation}, ${digestOf(body)}\n`;

const named = (content: GenerationContent, tree: string, { include, shardsAreData }: Spelling): string =>
  partsOf(content)
    .map((path) => `${include && !(shardsAreData && path.startsWith('shards/')) ? include(`${tree}/${path}`) : `# holds ${path}`}\n`)
    .join('');

/**
 * JSON has no line breaks of its own: the data stay in their comments. One comment for each site: nginx takes none that is longer
 * than its buffer of 4,096 octets.
 */
export const spellShard = (sites: readonly Site[], rendered: string): string =>
  `${sites.map((site) => `# ${JSON.stringify(site)}\n`).join('')}${rendered}`;

/** A part as the server reads it. */
const withoutData = (part: string): string => part.replace(/^(# \{.*\n)+/, '');

/** CHANGED_BY_HAND where it is not what its name says. */
export function readShard(shard: string, digest: Digest, text: string): Result<readonly Site[]> {
  if (digestOf(text) !== digest) return err(changedByHand(shardPath(shard, digest)));
  const comments = text.split('\n').filter((line) => line.startsWith('# {'));
  return readShape(() => comments.map((line, at) => readSite(parseJson(line.slice(2)), `sites[${at}]`)));
}

/** Key and chain in one file, so that there is never one of another: PEM readers pass over the text in front (RFC 7468 2). */
export function spellCertificate({ chain, key }: Pick<CertificateFiles, 'chain' | 'key'>): Secret {
  const text = key.revealText();
  return Secret.of(`# The key is ${text.length} characters long, then comes the chain.\n${text}\n${chain}`);
}

/** CERTIFICATE_UNREADABLE where it is not what its name says. */
export function readCertificateFile(id: CertificateId, text: string): Result<CertificateFiles> {
  const [header = '', length] = /^# The key is (\d+) characters long, then comes the chain.\n/.exec(text) ?? [];
  const end = header.length + Number(length);
  const read = { fingerprint: fingerprintOf(id), key: Secret.of(text.slice(header.length, end)), chain: text.slice(end + 1) };
  return certificateId(read) === id ? ok(read) : err(problem('CERTIFICATE_UNREADABLE', { detail: 'the file is gone or damaged' }));
}

export const missing = (path: HostPath) => problem('CHANGED_BY_HAND', { path, detail: 'it is gone' });
const changedByHand = (path: HostPath) => problem('CHANGED_BY_HAND', { path, detail: 'its content is another' });
