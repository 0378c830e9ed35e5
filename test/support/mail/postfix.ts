/**
 * A real Postfix for a test: Debian's programs with a configuration and a queue of their own, on free ports of two loopback addresses. It needs
 * root: its master starts for nobody else. It delivers to nobody.
 */
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { POSTFIX } from '../../../src/adapters/installers/postfix/manifest.js';
import { runCommand } from '../../../src/adapters/hosts/local/run-command.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa } from '../pki/certificates.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';
import { childrenOf, endAll, hostOf, installerOf, listenersOf, mailPlace, type TestMailServer } from './mail-server.js';

export type TestPostfix = TestMailServer & {
  readonly places: Readonly<Record<'submission' | 'submissions' | 'submissionElsewhere', TestMailServer['places'][string]>>;
  /** The fingerprint of the certificate that it has of its own. */
  readonly own: string;
};

/** `tree`: below its directory where absent. `more`: lines of its administrator. */
export async function startTestPostfix({
  tree: elsewhere,
  more,
}: { tree?: string; more?: (directory: string) => string } = {}): Promise<TestPostfix> {
  const directory = await mkdtemp(join(tmpdir(), 'postfix-'));
  // Its processes are of other users.
  await chmod(directory, 0o711);
  const [configuration, tree] = [join(directory, 'etc'), elsewhere ?? join(directory, 'tree')];
  const main = join(configuration, 'main.cf');
  const places = {
    submission: await mailPlace('127.0.0.1', 'smtp'),
    submissions: await mailPlace('127.0.0.1'),
    submissionElsewhere: await mailPlace('127.0.0.2', 'smtp'),
  };
  const own = await (await makeCa()).issue({ names: ['mail.host.example'] });
  await writeFile(join(directory, 'own.pem'), own.keyPem + own.chainPem, { mode: 0o600 });
  for (const folder of ['etc', 'queue', 'data']) await mkdir(join(directory, folder));
  const [, uid] = /^postfix:[^:]*:(\d+):/m.exec(await readFile('/etc/passwd', 'utf8')) ?? [];
  await chown(join(directory, 'data'), Number(uid), -1);
  await cp('/etc/postfix/dynamicmaps.cf', join(configuration, 'dynamicmaps.cf'));
  await writeFile(main, foreignConfiguration(directory, more?.(directory) ?? ''));
  await writeFile(join(configuration, 'master.cf'), services(places));
  const postfix = part('postfix');
  const placed = unwrap(POSTFIX.place({ commands: dirname(postfix), configuration, tree }));
  const [host, mail] = [hostOf(placed), listenersOf(places)];
  const pid = async () => Number((await readFile(join(directory, 'queue/pid/master.pid'), 'utf8').catch(() => '0')).trim());
  const start = async () => {
    const args = ['-c', configuration, 'start'];
    const ended = unwrap(await runCommand({ program: postfix, args, timeoutMs: 60_000, maxOutputBytes: 1024 * 1024 }));
    if (ended.code !== 0) throw new Error(`postfix does not start: ${ended.stderr}`);
    await waitFor('postfix to start', async () => (await childrenOf(await pid())).length > 0);
  };
  await start();
  return {
    ...{ directory, main, tree, places, mail, host, pid, start, own: own.fingerprint, installer: installerOf(placed, host, mail) },
    kill: async () => endAll(await pid(), 'SIGKILL'),
    stop: async () => {
      await endAll(await pid(), 'SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What an administrator wrote. */
const foreignConfiguration = (directory: string, more: string): string => `# The administrator's own.
compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.host.example
mydestination =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = ${directory}/log
maillog_file_prefixes = ${directory}
smtpd_tls_security_level = may
smtpd_tls_chain_files =
	${directory}/own.pem
${more}`;

const services = ({ submission, submissions, submissionElsewhere }: TestPostfix['places']): string => `
${submission.address}:${submission.port} inet n - n - - smtpd
${submissionElsewhere.address}:${submissionElsewhere.port} inet n - n - - smtpd
${submissions.address}:${submissions.port} inet n - n - - smtpd
 -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
