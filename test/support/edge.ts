/** An embedded edge for a test: a real process from dist/, on free ports of two loopback addresses, in a directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edgeState, stopEdge, type ControlAddress } from '../../src/adapters/installers/embedded-edge/control-client.js';
import { startEdge, type EdgeOptions } from '../../src/adapters/installers/embedded-edge/edge-launcher.js';
import type { EdgeListener } from '../../src/adapters/installers/embedded-edge/listening-sockets.js';
import { EmbeddedEdgeInstaller } from '../../src/adapters/installers/embedded-edge/embedded-edge.installer.js';
import type { Route } from '../../src/adapters/installers/installer.js';
import type { Clock } from '../../src/values/clock.js';
import type { CertificateName } from '../../src/values/hostname.js';
import { instant } from '../../src/values/instant.js';
import type { IpAddress } from '../../src/values/ip-address.js';
import { unwrap } from '../../src/values/result.js';
import { Secret } from '../../src/values/secret.js';
import type { TestCertificate } from './pki/certificates.js';

export const EDGE_PROGRAM = join(import.meta.dirname, '../../dist/adapters/installers/embedded-edge/edge.main.js');

export type TestEdge = {
  readonly installer: EmbeddedEdgeInstaller;
  readonly control: ControlAddress;
  /** What it was started with, less `onExit`: for starting another one by hand. */
  readonly options: Omit<EdgeOptions, 'onExit'>;
  readonly listeners: readonly EdgeListener[];
  readonly directory: string;
  pid(): Promise<number>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Again, on the same data and the same ports. */
  start(): Promise<void>;
  /** Stops it, and removes its directory. */
  stop(): Promise<void>;
};

/** `home`: where its tree is; below the edge's own temporary directory where absent. */
export async function startTestEdge({ home, clock }: { home?: string; clock?: Clock } = {}): Promise<TestEdge> {
  const directory = await mkdtemp(join(tmpdir(), 'edge-'));
  const control = { controlSocket: join(directory, 'run', 'control.sock'), serverName: 'test edge', timeoutMs: 10_000 };
  const addresses = ['127.0.0.1', '127.0.0.2'] as IpAddress[];
  let options: Omit<EdgeOptions, 'onExit'> = {
    node: process.execPath,
    program: EDGE_PROGRAM,
    home: home ?? join(directory, 'home'),
    controlSocket: control.controlSocket,
    rehearsalSocket: join(directory, 'run', 'rehearsal.sock'),
    panelSocket: join(directory, 'run', 'panel.sock'),
    listeners: addresses.map((address) => ({ address, httpPort: 0, httpsPort: 0 })),
  };
  let ended = Promise.resolve();
  const start = async () => {
    let exited: () => void = () => undefined;
    ended = new Promise((resolve) => (exited = resolve));
    const started = unwrap(await startEdge({ ...options, onExit: () => exited() }));
    options = { ...options, listeners: started.listeners };
  };
  await start();
  const pid = async () => unwrap(await edgeState(control)).pid;
  return {
    installer: new EmbeddedEdgeInstaller({ ...control, clock: clock ?? { now: () => instant(Date.now()) } }),
    control,
    options,
    listeners: options.listeners,
    directory,
    pid,
    start,
    kill: async () => {
      process.kill(await pid(), 'SIGKILL');
      await ended;
    },
    stop: async () => {
      unwrap(await stopEdge(control));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type TestSite = { readonly name: string; readonly certificates: readonly TestCertificate[]; readonly route?: Route };

/** Stages, tests and applies sites at the edge's first address. */
export async function installOn({ installer, listeners }: TestEdge, sites: readonly TestSite[]): Promise<void> {
  const { address, httpsPort: port } = listeners[0]!;
  const put = sites.map(({ name, certificates, route = 'NONE' }) => ({
    key: { address, port, name: name as CertificateName },
    certificates: certificates.map(({ fingerprint, chainPem, keyPem }) => ({ fingerprint, chain: chainPem, key: Secret.of(keyPem) })),
    route,
  }));
  const generation = unwrap(await installer.stage({ put, remove: [] }, 1));
  unwrap(await installer.test(generation));
  unwrap(await installer.apply(generation, 1));
}
