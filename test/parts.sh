#!/bin/sh
# The real parts that the tests run against: nginx and Pebble (with pebble-challtestsrv, its DNS), as Debian ships them.
# As root on Debian it installs what is missing; elsewhere it says what is missing, and how to have it. Exit code 1 while something is missing:
# the tests that need it are red then, by name (test/support/parts.ts).
set -eu

parts="$(cd "$(dirname "$0")" && pwd)/.parts"
PATH="$PATH:/usr/sbin"

has_nginx() { command -v nginx >/dev/null; }
has_pebble() { [ -x "$parts/usr/bin/pebble" ] && [ -x "$parts/usr/bin/pebble-challtestsrv" ]; }
has_all() { has_nginx && has_pebble; }

say_missing() {
  has_nginx || echo "missing part: nginx. Debian: apt-get install nginx"
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
has_nginx || { echo 'installing nginx'; install_packages nginx >"$parts/nginx.log" 2>&1 || cat "$parts/nginx.log"; }
has_pebble || { echo 'unpacking Pebble'; in_work unpack_pebble >"$parts/pebble.log" 2>&1; has_pebble || cat "$parts/pebble.log"; }
say_missing
has_all || exit 1
