/**
 * A real Dovecot for a test: Debian's program with a configuration of its own, on free ports of two loopback addresses, in a directory of its own. Its
 * configuration is the foreign one that Hostseal is put into. Anybody may log in with any password.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DOVECOT } from '../../../src/adapters/installers/dovecot/manifest.js';
import { unwrap } from '../../../src/values/result.js';
import { makeCa } from '../pki/certificates.js';
import { part } from '../suite/parts.js';
import { waitFor } from '../suite/wait-for.js';
import { childrenOf, endAll, hostOf, installerOf, listenersOf, mailPlace, type TestMailServer } from './mail-server.js';

export type TestDovecot = TestMailServer & {
  readonly places: Readonly<Record<'imap' | 'imaps' | 'pop3' | 'pop3s' | 'imapsElsewhere', TestMailServer['places'][string]>>;
  /** The fingerprint of the certificate that it has of its own. */
  readonly own: string;
};

/** `tree`: below its directory where absent. `more`: lines of its administrator, above ours. */
export async function startTestDovecot({ tree: elsewhere, more = '' }: { tree?: string; more?: string } = {}): Promise<TestDovecot> {
  const directory = await mkdtemp(join(tmpdir(), 'dovecot-'));
  // Its processes are of other users where this runs as root.
  await chmod(directory, 0o711);
  const [main, tree] = [join(directory, 'dovecot.conf'), elsewhere ?? join(directory, 'tree')];
  const [first, second] = ['127.0.0.1', '127.0.0.2'];
  const places = {
    ...{ imap: await mailPlace(first, 'imap'), imaps: await mailPlace(first), pop3: await mailPlace(first, 'pop3') },
    ...{ pop3s: await mailPlace(first), imapsElsewhere: await mailPlace(second) },
  };
  const own = await (await makeCa()).issue({ names: ['mail.host.example'] });
  await writeFile(join(directory, 'own.pem'), own.chainPem + own.keyPem, { mode: 0o600 });
  await mkdir(join(directory, 'mail'));
  await writeFile(main, foreignConfiguration(directory, places, more));
  const placed = unwrap(DOVECOT.place({ binary: part('dovecot'), mainConfiguration: main, tree }));
  const [host, mail] = [hostOf(placed), listenersOf(places)];
  const pid = async () => Number(await readFile(join(directory, 'run/master.pid'), 'utf8').catch(() => '0'));
  const start = async () => {
    await rm(join(directory, 'run/master.pid'), { force: true });
    const child = spawn(part('dovecot'), ['-F', '-c', main], { stdio: 'ignore', detached: true });
    await waitFor('dovecot to start', async () => {
      if (child.exitCode !== null)
        throw new Error(`dovecot does not start: ${await readFile(join(directory, 'log'), 'utf8').catch(() => '')}`);
      return (await childrenOf(await pid())).length > 0;
    });
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

type Places = TestDovecot['places'];

/** What an administrator wrote. */
function foreignConfiguration(directory: string, places: Places, more: string): string {
  const listener = (name: string, { address, port, startTls }: Places['imap']) =>
    `\tinet_listener ${name} {\n\t\taddress = ${address}\n\t\tport = ${port}\n\t\tssl = ${startTls ? 'no' : 'yes'}\n\t}\n`;
  const user =
    process.getuid?.() === 0 ? '' : `default_internal_user = ${userInfo().username}\ndefault_login_user = ${userInfo().username}\n`;
  return `# The administrator's own.
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
${user}protocols = imap pop3
ssl = yes
ssl_cert = <${directory}/own.pem
ssl_key = <own.pem
service imap-login {
	chroot =
${listener('imap', places.imap)}${listener('imaps', places.imaps)}${listener('imaps2', places.imapsElsewhere)}}
service pop3-login {
	chroot =
${listener('pop3', places.pop3)}${listener('pop3s', places.pop3s)}}
service anvil {
	chroot =
}
passdb {
	driver = static
	args = nopassword=y
}
userdb {
	driver = static
	args = uid=1000 gid=1000 home=${directory}/mail
}
${more}
`;
}
