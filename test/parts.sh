#!/bin/sh
# The real parts that the tests run against: nginx and Pebble (with pebble-challtestsrv, its DNS), as Debian ships them.
# As root on Debian it installs what is missing; elsewhere it says what is missing, and how to have it. Exit code 1 while something is missing:
# the tests that need it are red then, by name (test/support/parts.ts).
set -eu

parts="$(cd "$(dirname "$0")" && pwd)/.parts"
PATH="$PATH:/usr/sbin"
policy=/usr/sbin/policy-rc.d

has_nginx() { command -v nginx >/dev/null; }
has_pebble() { [ -x "$parts/usr/bin/pebble" ] && [ -x "$parts/usr/bin/pebble-challtestsrv" ]; }
has_all() { has_nginx && has_pebble; }

say_missing() {
  has_nginx || echo "missing part: nginx. Debian: apt-get install nginx"
  has_pebble || echo "missing part: pebble. Debian: apt-get download pebble && dpkg -x pebble_*.deb test/.parts"
}

# Packages start their daemons when they are installed; a machine that is tested on gets none.
# shellcheck disable=SC2317 # called by the trap
allow_starts() { if [ -n "$ours" ]; then rm -f "$policy"; fi; }
deny_starts() {
  if [ -e "$policy" ]; then return; fi
  ours=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

install_nginx() {
  deny_starts
  set -- -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install nginx
  DEBIAN_FRONTEND=noninteractive apt-get "$@" || { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get "$@"; }
}

# Trixie's Pebble knows ARI, Debian 12's does not. It needs nothing but libc, so it is unpacked here and not installed, from a list of sources
# of its own: the machine's sources stay as they are.
unpack_pebble() {
  work=$(mktemp -d "$parts/work.XXXXXX")
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' >"$work/trixie.list"
  (
    cd "$work"
    set -- -qq -o APT::Sandbox::User=root -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache"
    set -- "$@" -o Dir::Etc::SourceList="$work/trixie.list" -o Dir::Etc::SourceParts=-
    { apt-get "$@" update && apt-get "$@" download pebble && runs_here; } || older_pebble
    dpkg -x pebble_*.deb "$parts"
  ) || true
  rm -rf "$work"
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
ours=''
trap allow_starts EXIT
has_nginx || { echo 'installing nginx'; install_nginx >"$parts/nginx.log" 2>&1 || cat "$parts/nginx.log"; }
has_pebble || { echo 'unpacking Pebble'; unpack_pebble >"$parts/pebble.log" 2>&1; has_pebble || cat "$parts/pebble.log"; }
say_missing
has_all || exit 1
