/**
 * The certificate authorities that browsers trust: what public CAs' chains are to end at. Mozilla's list, as the Node that Hostseal comes with has it;
 * a newer one in a file takes its place without a release, while the process runs. One list for the process, as Node's own.
 */
import fs from 'node:fs';
import tls from 'node:tls';
import { MAX_BUNDLE_BYTES, readRootBundle } from '../../cores/pki/root-bundle.js';
import { instant, type Instant } from '../../values/instant.js';
import { parsePem } from '../../values/pem.js';
import { problem, type Problem } from '../../values/problems/problem.js';

export type PublicRoots = {
  readonly source: 'SHIPPED' | 'FILE';
  /** DER. */
  readonly roots: readonly Uint8Array[];
  /** Of the list; undefined where Hostseal runs on a Node of one's own. */
  readonly date?: Instant;
  /** FILE_UNREADABLE: why the file that is there is not used. */
  readonly refused?: Problem;
};

/** The package `node-linux-*` that is in package.json, with the day on which it came out: NSS 3.126. */
const SHIPPED = { node: '24.21.0', date: Date.parse('2026-09-10') as Instant };

let file: string | undefined;
let shipped: PublicRoots | undefined;
let read: { readonly version: string; readonly store: PublicRoots } | undefined;

/** PEM; it need not be there, now or later. */
export function readPublicRootsFrom(path: string): void {
  file = path;
}

/** DER. */
export const publicRoots = (): readonly Uint8Array[] => publicRootStore().roots;

/** Looks whether the file has changed each time that it is asked. */
export function publicRootStore(): PublicRoots {
  const version = file === undefined ? undefined : versionOf(file);
  if (file === undefined || version === undefined) return shippedRoots();
  if (read?.version !== version) read = { version, store: fromFile(file) };
  return read.store;
}

/** What is made of them, once for each list that there is: of a hundred and more certificates that takes tens of milliseconds. */
export function ofPublicRoots<T>(make: (store: PublicRoots) => T): () => T {
  let last: { readonly store: PublicRoots; readonly made: T } | undefined;
  return () => {
    const store = publicRootStore();
    if (last?.store !== store) last = { store, made: make(store) };
    return last.made;
  };
}

function shippedRoots(): PublicRoots {
  shipped ??= {
    source: 'SHIPPED',
    roots: tls.rootCertificates.map((pem) => parsePem('CERTIFICATE', pem)).flatMap((parsed) => (parsed.ok ? parsed.value : [])),
    ...(process.versions.node === SHIPPED.node && { date: SHIPPED.date }),
  };
  return shipped;
}

/** A broken one is worse than an old one. */
function fromFile(path: string): PublicRoots {
  const refuse = (detail: string): PublicRoots => ({ ...shippedRoots(), refused: problem('FILE_UNREADABLE', { file: path, detail }) });
  try {
    const { size, mtimeMs } = fs.statSync(path);
    if (size > MAX_BUNDLE_BYTES) return refuse(`it is larger than ${MAX_BUNDLE_BYTES} bytes`);
    const bundle = readRootBundle(fs.readFileSync(path, 'latin1'));
    if (!bundle.ok) return refuse(bundle.problem);
    return { source: 'FILE', roots: bundle.value.roots, date: bundle.value.date ?? instant(mtimeMs) };
  } catch (error) {
    return refuse((error as NodeJS.ErrnoException).code ?? 'it cannot be read');
  }
}

/** Undefined where there is none. */
function versionOf(path: string): string | undefined {
  try {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    return found && `${found.mtimeMs} ${found.size} ${found.ino}`;
  } catch {
    return 'out of reach';
  }
}
