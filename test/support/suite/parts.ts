/** The real parts that test/parts.sh lays down. One that is missing makes the tests that need it red, by name. */
import fs from 'node:fs';
import path from 'node:path';

const PEBBLE = path.resolve('test/.parts/usr/bin');
const PLACES = {
  apache2: ['/usr/sbin/apache2', '/usr/sbin/httpd', '/usr/local/sbin/httpd'],
  dovecot: ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot'],
  haproxy: ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/usr/bin/haproxy'],
  nginx: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'],
  nmap: ['/usr/bin/nmap', '/usr/local/bin/nmap'],
  openssl: ['/usr/bin/openssl', '/usr/local/bin/openssl'],
  pebble: [path.join(PEBBLE, 'pebble'), '/usr/bin/pebble'],
  postfix: ['/usr/sbin/postfix'],
  ssh: ['/usr/bin/ssh', '/usr/local/bin/ssh'],
  sshd: ['/usr/sbin/sshd', '/usr/local/sbin/sshd'],
  sslscan: ['/usr/bin/sslscan', '/usr/local/bin/sslscan'],
  testssl: ['/usr/bin/testssl', '/usr/local/bin/testssl.sh'],
} as const;

/** Where its program is. */
export function part(name: keyof typeof PLACES): string {
  const place = PLACES[name].find((file) => fs.existsSync(file));
  if (place === undefined) throw new Error(`${name} is missing: run test/parts.sh`);
  return place;
}
