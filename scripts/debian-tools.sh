#!/bin/sh
# Brings the real prometheus, promtool and prometheus-node-exporter of Debian into .plumb/debian, for the test that
# compares the stand-ins with them. Nothing is installed and no service is started: the packages are only unpacked.
set -u

fail() {
  printf 'debian-tools: %s\n' "$1" >&2
  exit 1
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || fail 'cannot find the checkout'
target=$root/.plumb/debian
packages='prometheus prometheus-node-exporter'
# shellcheck source=scripts/debian-packages.sh
. "$root/scripts/debian-packages.sh"

works() {
  "$1/usr/bin/prometheus" --version >/dev/null 2>&1 &&
    "$1/usr/bin/promtool" --version >/dev/null 2>&1 &&
    "$1/usr/bin/prometheus-node-exporter" --version >/dev/null 2>&1
}

if works "$target"; then
  printf 'debian-tools: %s is complete\n' "$target" >&2
  exit 0
fi
mkdir -p "$root/.plumb" || fail "cannot write to $root/.plumb"
work=$(mktemp -d "$root/.plumb/debian.XXXXXX") || fail "cannot write to $root/.plumb"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# shellcheck disable=SC2086 # The names are words.
unpack_packages "$work/tree" $packages
works "$work/tree" || fail "what was unpacked does not run here: $("$work/tree/usr/bin/prometheus" --version 2>&1 | tail -n 1)"
rm -rf "$target"
mv "$work/tree" "$target" || fail "cannot write $target"
printf 'debian-tools: unpacked into %s\n' "$target" >&2
