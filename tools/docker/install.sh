#!/bin/sh
# Brings two real Docker engines, a registry and Compose into .plumb/docker, by Debian's names. Nothing is installed on
# the machine: the packages are only unpacked, and no service is started.
#
#   .plumb/docker/engine   this machine's release: dockerd, its containerd and runc, iptables, the registry, and the
#                          busybox that gives images a shell
#   .plumb/docker/newer    dockerd and containerd of Debian 13, which keep images by digest where asked to
set -u

fail() {
  printf 'docker: %s\n' "$1" >&2
  exit 1
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || fail 'cannot find the checkout'
target=$root/.plumb/docker
# shellcheck source=scripts/debian-packages.sh
. "$root/scripts/debian-packages.sh"

libraries='libdevmapper1.02.1 libip4tc2 libip6tc2 libxtables12 libnetfilter-conntrack3 libnfnetlink0 libnftnl11 libmnl0'

# The programs of the machine's own release find their libraries here, and Docker its plugin of Compose.
works() {
  LD_LIBRARY_PATH=$(echo "$1"/engine/usr/lib/*-linux-gnu)
  export LD_LIBRARY_PATH
  for program in engine/usr/sbin/dockerd engine/usr/bin/docker engine/usr/bin/containerd engine/usr/sbin/runc \
    engine/usr/sbin/iptables-nft engine/usr/bin/docker-registry engine/bin/busybox newer/usr/sbin/dockerd newer/usr/bin/containerd \
    cli-plugins/docker-compose; do
    [ "$program" = engine/bin/busybox ] && [ -x "$1/$program" ] && continue
    "$1/$program" --version >/dev/null 2>&1 || { broken=$program && return 1; }
  done
}

mkdir -p "$root/.plumb" || fail "cannot write to $root/.plumb"
exec 8>"$root/.plumb/docker.lock" && flock 8
if works "$target"; then
  printf 'docker: %s is complete\n' "$target" >&2
  exit 0
fi

work=$(mktemp -d "$root/.plumb/docker.XXXXXX") || fail "cannot write to $root/.plumb"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# shellcheck disable=SC2086 # The names are words.
unpack_packages "$work/tree/engine" docker.io containerd runc tini iptables docker-registry busybox-static $libraries
# Debian 13 names the client apart; before it the client is in docker.io.
[ -x "$work/tree/engine/usr/bin/docker" ] || unpack_packages "$work/tree/engine" docker-cli
unpack_packages_of trixie "$work/tree/newer" docker.io docker-cli containerd docker-compose
mkdir -p "$work/tree/cli-plugins"
mv "$work/tree/newer/usr/libexec/docker/cli-plugins/docker-compose" "$work/tree/cli-plugins/" ||
  fail 'docker-compose of Debian 13 is not where it was'
works "$work/tree" || fail "what was unpacked does not run here: $broken"
rm -rf "$target"
mv "$work/tree" "$target" || fail "cannot write $target"
printf 'docker: unpacked into %s\n' "$target" >&2
