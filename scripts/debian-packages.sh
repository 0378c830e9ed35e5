# shellcheck shell=sh disable=SC2154
# What test/parts.sh and bench/parts.sh share; they source it, as root on Debian, with `parts` set to their folder. Packages are installed without
# their daemons being started, or downloaded from another suite without the machine's sources being changed.

policy=/usr/sbin/policy-rc.d
ours=''

# Packages start their daemons when they are installed; a machine that is tested or measured on gets none.
# shellcheck disable=SC2317 # called by the trap
allow_starts() { if [ -n "$ours" ]; then rm -f "$policy"; fi; }
trap allow_starts EXIT
deny_starts() {
  if [ -e "$policy" ]; then return; fi
  ours=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

# install_packages NAME...
install_packages() {
  deny_starts
  set -- -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "$@"
  DEBIAN_FRONTEND=noninteractive apt-get "$@" || { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get "$@"; }
}

# in_work COMMAND...: in a folder below the parts, which is there no more afterwards.
in_work() {
  work=$(mktemp -d "$parts/work.XXXXXX")
  (cd "$work" && "$@") || true
  rm -rf "$work"
}

# download_from SUITE NAME...: into the folder of in_work, by a list of sources of its own.
download_from() {
  mkdir -p lists/partial cache/archives/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $1 main" >suite.list
  shift
  downloads="$*"
  set -- -qq -o APT::Sandbox::User=root -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache"
  set -- "$@" -o Dir::Etc::SourceList="$PWD/suite.list" -o Dir::Etc::SourceParts=-
  # shellcheck disable=SC2086 # names of packages
  apt-get "$@" update && apt-get "$@" download $downloads
}
