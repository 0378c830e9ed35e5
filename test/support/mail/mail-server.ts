/** What tests of mail servers have in common: places, changes, and programs that run in the background. */
import { readFile } from 'node:fs/promises';
import { LocalHost } from '../../../src/adapters/hosts/local/local-host.js';
import type { Host } from '../../../src/adapters/hosts/host.js';
import type { Change, MailListener, ServerInstaller } from '../../../src/adapters/installers/installer.js';
import type { PlacedServer } from '../../../src/adapters/installers/member.js';
import { Turns } from '../../../src/adapters/turns.js';
import type { CertificateName } from '../../../src/values/hostname.js';
import { instant } from '../../../src/values/instant.js';
import type { IpAddress } from '../../../src/values/ip-address.js';
import { Secret } from '../../../src/values/secret.js';
import type { TestCertificate } from '../pki/certificates.js';
import { freePort } from '../suite/free-port.js';
import { waitFor } from '../suite/wait-for.js';

export type MailPlace = { readonly address: IpAddress; readonly port: number; readonly startTls?: 'smtp' | 'imap' | 'pop3' };

export type TestMailServer = {
  readonly directory: string;
  /** Its configuration file. */
  readonly main: string;
  readonly tree: string;
  readonly places: Readonly<Record<string, MailPlace>>;
  readonly mail: readonly MailListener[];
  readonly host: Host;
  readonly installer: ServerInstaller;
  pid(): Promise<number>;
  /** SIGKILL of the master and its children; resolves when they are gone. */
  kill(): Promise<void>;
  /** Again, on what is there. */
  start(): Promise<void>;
  /** Ends it, and removes its directory. */
  stop(): Promise<void>;
};

export const mailPlace = async (address: string, startTls?: MailPlace['startTls']): Promise<MailPlace> => ({
  ...{ address: address as IpAddress, port: await freePort(address) },
  ...(startTls && { startTls }),
});

export const listenersOf = (places: Readonly<Record<string, MailPlace>>): readonly MailListener[] =>
  [...Map.groupBy(Object.values(places), ({ address }) => address)].map(([address, ports]) => ({
    address,
    ports: ports.map(({ port, startTls }) => ({ port, ...(startTls && { startTls }) })),
  }));

export const hostOf = ({ tree, verbs, admit }: PlacedServer): Host => new LocalHost({ tree, verbs, admit });

export const installerOf = (placed: PlacedServer, host: Host, mail: readonly MailListener[]): ServerInstaller =>
  placed.installer({
    ...{ serverName: 'test mail', host, listeners: [], mail, serving: 'FILES' as const, turns: new Turns() },
    clock: { now: () => instant(Date.now()) },
  });

/** Sites, each at all of these places. */
export const putAtAll = (places: readonly MailPlace[], sites: Readonly<Record<string, readonly TestCertificate[]>>): Change => ({
  put: Object.entries(sites).flatMap(([name, certificates]) =>
    places.map(({ address, port }) => ({
      key: { address, port, name: name as CertificateName },
      certificates: certificates.map(({ fingerprint, chainPem, keyPem }) => ({ fingerprint, chain: chainPem, key: Secret.of(keyPem) })),
      route: 'NONE' as const,
    })),
  ),
  remove: [],
});

export const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean).map(Number);

/** One that has ended, and whose parent has not heard, has no command line. */
const isThere = async (pid: number): Promise<boolean> => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

/** Resolves when it and all its children are gone. */
export async function endAll(master: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (master === 0 || !(await isThere(master))) return;
  const all = [master, ...(await childrenOf(master))];
  for (const each of signal === 'SIGKILL' ? all : [master]) process.kill(each, signal);
  for (const each of all) await waitFor('a mail server to end', async () => !(await isThere(each)));
}
