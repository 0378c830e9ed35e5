#!/bin/sh
# The peers that `npm run bench -- issue` runs beside us: certbot and Apache's mod_md from this machine's Debian, lego and Caddy from Debian sid.
# The Caddy of Debian 12 (2.6.2) takes no Retry-After that is a date, which Pebble sends; sid's programs need nothing but libc, so they are
# unpacked into bench/.parts, from a list of sources of its own. As root on Debian it installs what is missing; elsewhere it says what is
# missing, and how to have it. Exit code 1 while something is missing.
set -eu

parts="$(cd "$(dirname "$0")" && pwd)/.parts"

has_certbot() { [ -x /usr/bin/certbot ]; }
has_apache() { [ -x /usr/sbin/apache2 ]; }
has_unpacked() { [ -x "$parts/usr/bin/caddy" ] && [ -x "$parts/usr/bin/lego" ]; }
has_all() { has_certbot && has_apache && has_unpacked; }

say_missing() {
  has_certbot || echo "missing peer: certbot. Debian: apt-get install certbot"
  has_apache || echo "missing peer: Apache mod_md. Debian: apt-get install apache2-bin"
  has_unpacked || echo "missing peers: Caddy, lego. Debian sid: apt-get download caddy lego, then dpkg -x each into bench/.parts"
}

unpack_programs() {
  download_from sid caddy lego
  for package in *.deb; do dpkg -x "$package" "$parts"; done
}

if has_all; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  say_missing
  exit 1
fi

mkdir -p "$parts"
# shellcheck source=scripts/debian-packages.sh
. "$parts/../../scripts/debian-packages.sh"
{ has_certbot && has_apache; } || { echo 'installing certbot and Apache'; install_packages certbot apache2-bin >"$parts/packages.log" 2>&1 || cat "$parts/packages.log"; }
has_unpacked || { echo 'unpacking Caddy and lego'; in_work unpack_programs >"$parts/unpack.log" 2>&1; has_unpacked || cat "$parts/unpack.log"; }
say_missing
has_all || exit 1
