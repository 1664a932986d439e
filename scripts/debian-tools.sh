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

works() {
  "$1/usr/bin/prometheus" --version >/dev/null 2>&1 &&
    "$1/usr/bin/promtool" --version >/dev/null 2>&1 &&
    "$1/usr/bin/prometheus-node-exporter" --version >/dev/null 2>&1
}

if works "$target"; then
  printf 'debian-tools: %s is complete\n' "$target" >&2
  exit 0
fi
for tool in apt-get apt-cache dpkg; do
  command -v "$tool" >/dev/null 2>&1 || fail "$tool is not here: this needs Debian or a relative of it"
done

mkdir -p "$root/.plumb" || fail "cannot write to $root/.plumb"
work=$(mktemp -d "$root/.plumb/debian.XXXXXX") || fail "cannot write to $root/.plumb"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

known() {
  for package in $packages; do
    [ -n "$(apt-cache show --no-all-versions "$package" 2>/dev/null)" ] || return 1
  done
}

# The lists of packages are fetched only where the system has none that name these.
if ! known; then
  if [ "$(id -u)" = 0 ]; then
    apt-get update >"$work/log" 2>&1 || fail "apt-get update failed: $(tail -n 1 "$work/log")"
  else
    sudo -n apt-get update >"$work/log" 2>&1 || fail 'the packages are unknown: run apt-get update as root first'
  fi
  known || fail "apt knows no package by one of these names: $packages"
fi

download() {
  # apt warns as root that it cannot drop its rights in this directory; its words are shown only when it fails.
  # shellcheck disable=SC2086 # The names are words.
  (cd "$work" && apt-get download $packages) >"$work/log" 2>&1
}

if ! download; then
  # The lists may name a version that the mirror has replaced since.
  [ "$(id -u)" = 0 ] && apt-get update >/dev/null 2>&1
  download || fail "apt-get download failed: $(grep -v '^W:' "$work/log" | tail -n 1)"
fi
for file in "$work"/*.deb; do
  dpkg -x "$file" "$work/tree" || fail "cannot unpack $(basename "$file")"
done
works "$work/tree" || fail "what was unpacked does not run here: $("$work/tree/usr/bin/prometheus" --version 2>&1 | tail -n 1)"
rm -rf "$target"
mv "$work/tree" "$target" || fail "cannot write $target"
printf 'debian-tools: unpacked into %s\n' "$target" >&2
