/**
 * What the engine asks of a member: a server that reads its configuration from files. The engine keeps the tree, its generations and the order
 * of things; a dialect says in the server's own words what is served, and speaks with the server.
 */
import type { Problem } from '../../../values/problems/problem.js';
import type { Result } from '../../../values/result.js';
import type { HostFile } from '../../hosts/host.js';
import type { HostPath } from '../../hosts/host-path.js';
import type { BindingKey, CertificateFiles, FoundSite, ServerCapabilities } from '../installer.js';
import type { Challenge } from './challenges.js';
import type { CertificateId, Site } from './site.js';

/** How the file of a generation, which the server reads, names its parts. `#` begins a comment in all of these languages. */
export type Spelling = {
  /** For whoever opens the file: one line, without the `#`. Part of the format: trees that are there have it. */
  readonly notice: string;
  /** The line that includes a file; without it the text of all parts stands in the file of the generation itself. */
  readonly include?: (path: string) => string;
  /** Instead of both, for a server that takes the paths of lists of sites as words of its configuration: the whole text, of the foundation's. */
  readonly compose?: (foundation: string, shards: ReadonlyMap<string, string>) => string;
  /** Shards are data of ours alone, and not included. */
  readonly shardsAreData?: true;
};

/** What is known of the server, and what follows from it for what is written: pure, of what was found. */
export type Survey = {
  readonly capabilities: ServerCapabilities;
  /** It is not needed to stage and to test. */
  readonly runs: boolean;
  /** What answers where no site does. Another text has every site rendered again. */
  readonly foundation: string;
  readonly renderSites: (sites: readonly Site[]) => string;
  /** For a server that cannot tell all sites apart: what speaks against those of one shard, in words. */
  readonly disagreement?: (sites: readonly Site[]) => string | undefined;
  /** For a server that wants the names of a shard's sites in a file of their own, beside the shard. */
  readonly renderNames?: (sites: readonly Site[]) => string;
  /** Shards that are there without a site too. */
  readonly standingShards?: readonly string[];
  /** Files that the server needs, and that change without a generation: as they are where there is none yet. */
  readonly standingFiles?: readonly HostFile[];
  /** The same for a server that has, or once had, sites with two certificates. Absent where it makes no difference. */
  readonly foundationForPairs?: string;
  /** Can sites that stand on this foundation be served on ours by the same links and files? Absent: on every. */
  readonly continues?: (foundation: string) => boolean;
};

/** What is served beside ours. */
export type Neighbours = {
  /** One SERVER_CONFIG_REFUSED for each of their sites that ours would hide. */
  readonly hidden: readonly Problem[];
  /** One SERVER_CONFIG_REFUSED, with the binding as its subject and `file` among the facts, for each that a site of theirs answers already. */
  readonly taken: (keys: readonly BindingKey[]) => readonly Problem[];
};

/** Where the links of sites are (name-links.ts): all in one folder, three folders deep. */
export type NameLinks = { readonly folder: HostPath; readonly linkOf: (key: BindingKey) => HostPath };

export type SiteChange = { readonly key: BindingKey; readonly from: Site | undefined; readonly to: Site | undefined };

/** A staged generation, as far as somebody looks. */
export type Staged = {
  /** By `bindingKeyText`; of these shards, or of all. */
  sites(shards?: ReadonlySet<string>): Promise<Result<ReadonlyMap<string, Site>>>;
  /** CERTIFICATE_UNREADABLE where the file is gone or not what it was. */
  certificate(id: CertificateId): Promise<Result<CertificateFiles>>;
};

export type Dialect = {
  /** What people call the software. */
  readonly title: string;
  readonly spelling: Spelling;
  /** Which of up to a few hundred files a site is in: two or six hexadecimal digits. The server reads them in the order of these. Absent: `shardOf` of site.ts. */
  readonly shardOf?: (key: BindingKey) => string;
  /** For servers that look a certificate up while they run. Their workers read what they show: certificates are for them too. */
  readonly names?: NameLinks;
  /** Does it listen for us there? */
  readonly answersAt: (key: BindingKey) => boolean;
  /** For a server whose own test does not look into certificates: what it would have against one that is right. In words. */
  readonly refusal?: (certificate: CertificateFiles) => string | undefined;
  /**
   * For a server that shows one site's certificate in the place of another's: one SERVER_CONFIG_REFUSED, with the binding as its subject, for each
   * change by which it would.
   */
  confused?(changes: readonly SiteChange[], staged: Staged): Promise<Result<readonly Problem[]>>;
  /** Does this foundation, which `Survey.foundation` was once, show challenges wherever it shall? Absent where the server shows none. */
  readonly showsChallenges?: (foundation: string) => boolean;
  /** For a server that reads no file for each challenge: shows one, and takes it away. Both may come twice. CHALLENGE_LIMIT_REACHED as the port. */
  readonly challenges?: {
    present(challenge: Challenge, body: string): Promise<Result<void>>;
    remove(challenge: Challenge): Promise<Result<void>>;
  };
  /** For a server that can be asked: of the sites that its files say, as the server has them now. Those of files where it does not run. */
  shown?(sites: readonly Site[]): Promise<Result<readonly Site[]>>;
  survey(): Promise<Result<Survey>>;
  /** What it serves beside ours; absent where nobody can tell. */
  found?(): Promise<Result<readonly FoundSite[]>>;
  /** Asked at every challenge: it starts no program. Does the foreign configuration lead to what we serve? */
  adopted(): Promise<Result<boolean>>;
  /** The server's judgement of all that it would serve with a staged generation. SERVER_CONFIG_REFUSED with its first complaint. */
  test(generation: HostPath): Promise<Result<Neighbours>>;
  /** Has the foreign configuration lead to what we serve, and changes nothing else in it. */
  adopt(fence?: number): Promise<Result<void>>;
  /**
   * Resolves when what it serves is what its files say. A problem with the fact `goesOn: true` says that it certainly serves what it served
   * before; with any other nobody knows.
   */
  reload(fence?: number): Promise<Result<void>>;
  /**
   * For servers that change while they run: the same, from one generation that it certainly serves to another on the same foundation.
   * `current.conf` leads to the other one already.
   */
  load?(changes: readonly SiteChange[], fence?: number): Promise<Result<void>>;
  /**
   * For servers that a failed reload ends: starts it again, with what `current.conf` leads to. Asked where `reload` failed with the fact
   * `ended: true`; `current.conf` leads to what was served before by then.
   */
  revive?(fence?: number): Promise<Result<void>>;
};
