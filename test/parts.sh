#!/bin/sh
# The real parts that the tests run against, as Debian ships them: nginx, Apache httpd, HAProxy, Dovecot, Postfix and OpenSSL as servers; sslscan, nmap and testssl.sh,
# which look at the same servers as we do; Pebble (with pebble-challtestsrv, its DNS); OpenSSH, and a user for its sessions where root tests.
# As root on Debian it installs what is missing; elsewhere it says what is missing, and how to have it. Exit code 1 while something is missing:
# the tests that need it are red then, by name (test/support/suite/parts.ts). With names of programs it looks to those alone, and to Pebble.
set -eu

parts="$(cd "$(dirname "$0")" && pwd)/.parts"
PATH="$PATH:/usr/sbin"

wanted=" $* "
# program:package
packaged='nginx:nginx apache2:apache2-bin haproxy:haproxy openssl:openssl sslscan:sslscan nmap:nmap testssl:testssl.sh ssh:openssh-client sshd:openssh-server dovecot:dovecot-core postfix:postfix'

missing_packages() {
  for each in $packaged; do
    case "$wanted" in *' '"${each%%:*}"' '* | '  ') ;; *) continue ;; esac
    command -v "${each%%:*}" >/dev/null || printf '%s ' "${each#*:}"
  done
  # What Dovecot speaks are packages of their own, and their programs not on the path.
  case "$wanted" in *' dovecot '* | '  ') ;; *) return 0 ;; esac
  for each in imap pop3; do [ -x "/usr/lib/dovecot/$each-login" ] || printf 'dovecot-%sd ' "$each"; done
}
has_pebble() { [ -x "$parts/usr/bin/pebble" ] && [ -x "$parts/usr/bin/pebble-challtestsrv" ]; }
has_all() { [ -z "$(missing_packages)" ] && has_pebble && has_guest; }

# Sessions of SSH are never root's: as root the tests come as this user. It has a shell, which sshd runs commands with, and no password.
guest=hostseal-test
has_guest() { [ "$(id -u)" != 0 ] || id "$guest" >/dev/null 2>&1; }

say_missing() {
  for package in $(missing_packages); do echo "missing part: $package. Debian: apt-get install $package"; done
  has_pebble || echo "missing part: pebble. Debian: apt-get download pebble && dpkg -x pebble_*.deb test/.parts"
}

# Trixie's Pebble knows ARI, Debian 12's does not. It needs nothing but libc, so it is unpacked here and not installed, from a list of sources
# of its own: the machine's sources stay as they are.
unpack_pebble() {
  { download_from trixie pebble && runs_here; } || older_pebble
  dpkg -x pebble_*.deb "$parts"
}
runs_here() {
  dpkg -x pebble_*.deb tried && tried/usr/bin/pebble -version >/dev/null
}
older_pebble() {
  rm -f pebble_*.deb
  apt-get -qq -o APT::Sandbox::User=root download pebble || { apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download pebble; }
}

if has_all; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  say_missing
  exit 1
fi

mkdir -p "$parts"
# Two runs at once would meet at dpkg's lock, and one of them would fail.
exec 9>"$parts/lock"
flock 9
# shellcheck source=scripts/debian-packages.sh
. "$parts/../../scripts/debian-packages.sh"
absent=$(missing_packages)
# Without an answer Postfix would be configured to take this machine's mail.
case "$absent" in *postfix*) echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections ;; esac
# shellcheck disable=SC2086 # names of packages
[ -z "$absent" ] || { echo "installing $absent"; install_packages $absent >"$parts/packages.log" 2>&1 || cat "$parts/packages.log"; }
has_pebble || { echo 'unpacking Pebble'; in_work unpack_pebble >"$parts/pebble.log" 2>&1; has_pebble || cat "$parts/pebble.log"; }
has_guest || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /bin/sh --password '*' "$guest"
say_missing
has_all || exit 1
