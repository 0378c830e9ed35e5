/** All Apache rows in one Apache httpd: a virtual host for each, on a port of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { part } from '../../support/suite/parts.js';
import type { Recipe, Serving } from '../lab-server.js';
import { leaf } from '../recipes.js';
import { type Started, startProgram } from './program.js';

const MODULES = '/usr/lib/apache2/modules';
const NEEDED = ['mpm_event', 'authz_core', 'headers', 'http2', 'socache_shmcb', 'ssl', 'alias'];

/** Lines of its virtual host, after the sound ones. */
export const apache = (settings: readonly string[] = [], ...certificates: readonly Recipe[]): Serving => ({
  by: 'APACHE',
  settings,
  certificates: certificates.length > 0 ? certificates : [leaf()],
});

export type VirtualHost = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly settings: readonly string[];
  readonly files: readonly { readonly certificate: string; readonly key: string }[];
};

export async function startLabApache(hosts: readonly VirtualHost[], directory: string): Promise<Started> {
  await mkdir(path.join(directory, 'htdocs'), { recursive: true });
  await writeFile(path.join(directory, 'htdocs/index.html'), 'fine\n');
  const configuration = path.join(directory, 'apache.conf');
  await writeFile(configuration, spell(hosts, directory));
  const [first] = hosts;
  return startProgram(part('apache2'), ['-DFOREGROUND', '-d', directory, '-f', configuration], { host: first!.address, port: first!.port });
}

const spell = (hosts: readonly VirtualHost[], directory: string): string => `
ServerRoot ${directory}
ServerName lab.test
PidFile ${directory}/apache.pid
ErrorLog ${directory}/apache.log
${NEEDED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
<IfModule !unixd_module>
	LoadModule unixd_module ${MODULES}/mod_unixd.so
</IfModule>
Mutex file:${directory} default
DocumentRoot ${directory}/htdocs
<Directory ${directory}/htdocs>
	Require all granted
</Directory>
SSLSessionCache shmcb:${directory}/sessions(512000)
${hosts.map(spellHost).join('\n')}
`;

const spellHost = ({ name, address, port, settings, files }: VirtualHost): string => `
Listen ${address}:${port} https
<VirtualHost ${address}:${port}>
	ServerName ${name}
	Protocols h2 http/1.1
	SSLEngine on
	SSLProtocol -all +TLSv1.2 +TLSv1.3
	SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384
	SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1
	Header always set Strict-Transport-Security "max-age=63072000"
${files.map(({ certificate, key }) => `	SSLCertificateFile ${certificate}\n	SSLCertificateKeyFile ${key}`).join('\n')}
${settings.map((line) => `	${line}`).join('\n')}
</VirtualHost>
`;
