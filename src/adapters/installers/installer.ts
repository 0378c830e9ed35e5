/**
 * The port to a server that ends TLS. Its comments are the contract; test/contract/installer.contract.ts checks it for every member.
 *
 * A change is staged as a new *generation*, tested by the server itself, swapped in atomically and proven from outside by
 * the caller; the generation before it can be brought back. Rules for every member:
 * - `stage` and `test` change nothing that is served. A full disk in `stage` is SERVER_DISK_FULL and leaves no trace.
 * - `apply` and `undo` are atomic for a client: it sees the old certificate or the new, never a refusal in between, and no
 *   request under way is cut. Connections on which nothing is under way stay open where it `changesWithoutReload`.
 * - Every call may come twice. Applying the generation that is current, or undoing to it, is fine.
 * - Every writing call carries the fencing token of the caller's claim on the server. A token lower than the highest seen is
 *   refused with STALE_FENCE, for good: the late write of a worker that was replaced changes nothing.
 */
import type { Host } from '../hosts/host.js';
import type { CertificateName, Hostname } from '../../values/hostname.js';
import { endpointText, type IpAddress } from '../../values/ip-address.js';
import type { Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';

/** Which certificate answers at an address and port for a name: exact names before wildcards. */
export type BindingKey = { readonly address: IpAddress; readonly port: number; readonly name: CertificateName };
/** `192.0.2.1:443 shop.example`, `[2001:db8::1]:443 *.example`. */
export const bindingKeyText = (key: BindingKey): string => `${endpointText(key)} ${key.name}`;

/** Where a server ends TLS for us, and answers challenges over plain HTTP. */
export type Listener = { readonly address: IpAddress; readonly httpPort: number; readonly httpsPort: number };

export type CertificateFiles = {
  /** SHA-256 of the leaf's DER, hex: the content address. */
  readonly fingerprint: string;
  /** PEM, leaf first, without the root. */
  readonly chain: string;
  /** PKCS #8, PEM. */
  readonly key: Secret;
};

/** What is done with a request after the handshake. */
export type Route = 'PANEL' | 'NONE';

export type DesiredBinding = {
  readonly key: BindingKey;
  /** One, or an RSA and an ECDSA one side by side. */
  readonly certificates: readonly CertificateFiles[];
  readonly route: Route;
};

export type Change = {
  readonly put: readonly DesiredBinding[];
  readonly remove: readonly BindingKey[];
};

/** Counts up by one with each staged change of a server; 0 is the empty beginning. */
export type Generation = number;

export type ServerCapabilities = {
  readonly software: string;
  readonly version: string;
  readonly tlsLibrary: string;
  /** Can one certificate be changed without a reload of everything? */
  readonly changesWithoutReload: boolean;
};

export type InstalledBinding = { readonly key: BindingKey; readonly fingerprints: readonly string[] };

export type Inventory = { readonly generation: Generation; readonly bindings: readonly InstalledBinding[] };

/** Where a handshake can see a staged generation before strangers can: a unix socket on this machine. */
export type Rehearsal = { readonly socketPath: string };

export interface Installer {
  /** Is it there, and what can it do? SERVER_UNREACHABLE where it does not answer. */
  capabilities(): Promise<Result<ServerCapabilities>>;
  /**
   * The generation that is served now, and what it serves: at least what it does of `keys`, at a cost that grows with them and not with
   * all that is served; everything without them.
   */
  inventory(keys?: readonly BindingKey[]): Promise<Result<Inventory>>;
  /** Writes what a change needs, fsynced, next to what is served. */
  stage(change: Change, fence: number): Promise<Result<Generation>>;
  /**
   * The server's own judgement of a staged generation: key and certificate match, files readable. Where single bindings are to
   * blame, `sub` has one problem for each, with its `bindingKeyText` as the subject: the caller goes on without them.
   */
  test(generation: Generation): Promise<Result<void>>;
  /** Swaps to it. Only the successor of the current generation can be applied. */
  apply(generation: Generation, fence: number): Promise<Result<void>>;
  /** Brings back the generation before `generation`, and forgets it. Also for one that was staged only. */
  undo(generation: Generation, fence: number): Promise<Result<void>>;
  /** Deletes what no generation that can still be undone needs. Called after proof. */
  prune(fence: number): Promise<Result<void>>;
}

/** An optional power: show a staged generation to ourselves first. */
export interface Rehearses {
  rehearse(generation: Generation): Promise<Result<Rehearsal>>;
}

/** An optional power, of servers that read their files once: have it read them again. */
export interface Reloads {
  reload(fence: number): Promise<Result<void>>;
}

/** An optional power, of servers whose answer to strangers is a file: lay down anew what is shown to those who name no site of ours. */
export interface RestoresDefault {
  restoreDefault(fence: number): Promise<Result<void>>;
  /** SHA-256 of the one that is laid down now, hex; undefined where what lies there is none of ours. */
  defaultCertificate(): Promise<Result<string | undefined>>;
}

/**
 * An optional power, of a server that stands in front of others: sends one of them no more requests, until it is put back. Both may come twice. A
 * restart of the server forgets it. SERVER_REFUSED where it has no such backend or member to take out; to put back one that it has not is fine.
 */
export interface TakesOut {
  takeOut(backend: string, member: string, fence: number): Promise<Result<void>>;
  putBack(backend: string, member: string, fence: number): Promise<Result<void>>;
}

/** Something that somebody has changed by hand. */
export type Drift = {
  /** In our tree, or what it is of the foreign configuration, in words. */
  readonly path: string;
  readonly detail: string;
  readonly inTree: boolean;
};

/** An optional power, of servers that keep files which others could change. */
export interface SetsRight {
  /** What is not as it was laid down; none where all is. */
  drift(): Promise<Result<readonly Drift[]>>;
  /**
   * Puts what is not ours, or not as it was, into `found-by-hand/`, and lays down again what it can from what is whole. `complete` says whether all is
   * served as before; where not, `inventory` lacks what has to be staged again, and nothing that is served has changed yet.
   */
  setRight(fence: number): Promise<Result<{ complete: boolean }>>;
}

/** A site with TLS that a server has and we did not put there. */
export type FoundSite = {
  readonly names: readonly string[];
  /** `*` and `::`: every address of the machine. */
  readonly listens: readonly { readonly address: string; readonly port: number }[];
  /** Where it is configured, and where its certificate is, on the machine. */
  readonly file: string;
  readonly certificate: string;
  /** PEM, as it is served. */
  readonly chain: string;
  /** Could it be taken in with its key? */
  readonly keyReadable: boolean;
};

/** An optional power: what does it serve beside ours? Reads, and changes nothing. */
export interface Surveys {
  found(): Promise<Result<readonly FoundSite[]>>;
}

/** Serves files under `/.well-known/` over plain HTTP for every name of a server, ahead of redirects and sites. */
export interface ChallengeResponder {
  /** `path` is `/.well-known/acme-challenge/` or `/.well-known/pki-validation/` and a token. Present twice is present. CHALLENGE_LIMIT_REACHED where it has too many just now. */
  presentChallenge(name: Hostname, path: string, body: string): Promise<Result<void>>;
  /** Removing what is not there is fine. */
  removeChallenge(name: Hostname, path: string): Promise<Result<void>>;
}

/** Where a mail server ends TLS for us. */
export type MailListener = {
  readonly address: IpAddress;
  readonly ports: readonly { readonly port: number; readonly startTls?: 'smtp' | 'imap' | 'pop3' }[];
};

/** Which server of which machine: `hostId` is absent for this one. */
export type ServerPlace = { readonly kind: string; readonly hostId?: string; readonly nameOnHost: string };
/**
 * How a server finds a site's certificate: in configuration that it has read, or by the name of each handshake, in files that its workers read.
 * The second is for those alone that can (nginx).
 */
export type Serving = 'FILES' | 'BY_NAME';

/** What is stored about a server. Of a server of web sites `mail` is empty, of a mail server `listeners`. */
export type DrivenServer = ServerPlace & {
  readonly id: string;
  readonly listeners: readonly Listener[];
  readonly mail: readonly MailListener[];
  readonly serving: Serving;
};
export type ServerInstaller = Installer &
  Partial<Rehearses & Reloads & RestoresDefault & SetsRight & Surveys & TakesOut> &
  ChallengeResponder;

/** Finds the installer of a server by what is stored about it. */
export interface Installers {
  /** Has this machine, by its configuration, a server of that kind and name? */
  drives(place: Omit<ServerPlace, 'hostId'>): boolean;
  /** Of this machine. SERVER_UNREACHABLE for one that it has not. */
  of(server: DrivenServer): Result<ServerInstaller>;
  /** Of another machine, through its helper there. SERVER_UNREACHABLE where that answers not, or for another kind of server. */
  through(host: Host, server: DrivenServer): Promise<Result<ServerInstaller>>;
}
/** Nest token. */
export const INSTALLERS = Symbol('Installers');
