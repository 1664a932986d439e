# shellcheck shell=sh
# Sourced by the scripts that need programs of Debian: brings packages by name from the archive that this machine's apt
# is configured for, and unpacks them. Nothing is installed, no service is started and apt's own state is left alone.
# Wants: `fail` (one argument, does not return) and `work`, a directory that exists.

# unpack_packages INTO PACKAGE…  unpacks what this machine's own release has.
unpack_packages() {
  into=$1
  shift
  for tool in apt-get apt-cache dpkg; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is not here: this needs Debian or a relative of it"
  done
  # The lists of packages are fetched only where the system has none that name these.
  if ! packages_known "$@"; then
    if [ "$(id -u)" = 0 ]; then
      apt-get update >"$work/log" 2>&1 || fail "apt-get update failed: $(tail -n 1 "$work/log")"
    else
      sudo -n apt-get update >"$work/log" 2>&1 || fail 'the packages are unknown: run apt-get update as root first'
    fi
    packages_known "$@" || fail "apt knows no package by one of these names: $*"
  fi
  if ! download_packages "$@"; then
    # The lists may name a version that the mirror has replaced since.
    [ "$(id -u)" = 0 ] && apt-get update >/dev/null 2>&1
    download_packages "$@" || fail "apt-get download failed: $(grep -v '^W:' "$work/log" | tail -n 1)"
  fi
  unpack_downloads "$into"
}

# unpack_packages_of SUITE INTO PACKAGE…  unpacks what another release has, from the same archives: the entries of this
# machine's sources that name its own release, read with the other name, into lists of their own.
unpack_packages_of() {
  suite=$1
  into=$2
  shift 2
  own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
  [ -n "$own" ] || fail 'this system does not name its release'
  mkdir -p "$work/apt/sources" "$work/apt/lists/partial" "$work/apt/cache/archives/partial" || fail "cannot write to $work"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    awk -v own="$own" -v suite="$suite" '
      BEGIN { RS = ""; ORS = "\n\n"; FS = "\n" }
      { for (i = 1; i <= NF; i++) if ($i ~ "^Suites:" && $i ~ "[ \t]" own "(-updates|-security|/updates)?([ \t]|$)") { gsub(own, suite); print; next } }
    ' "$file"
  done >"$work/apt/sources/$suite.sources"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    awk -v own="$own" -v suite="$suite" '
      /^deb / && $0 ~ "[ \t]" own "(-updates|-security|/updates)?([ \t]|$)" { gsub(own, suite); print }
    ' "$file"
  done >"$work/apt/sources/$suite.list"
  in_suite apt-get update >"$work/log" 2>&1 || fail "apt-get update for $suite failed: $(tail -n 1 "$work/log")"
  download_packages_with in_suite "$@" ||
    fail "apt-get download from $suite failed: $(grep -v '^W:' "$work/log" | tail -n 1)"
  unpack_downloads "$into"
}

in_suite() {
  command=$1
  shift
  "$command" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt/sources" \
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::Languages=none \
    -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" "$@"
}

packages_known() {
  for package in "$@"; do
    [ -n "$(apt-cache show --no-all-versions "$package" 2>/dev/null)" ] || return 1
  done
}

download_packages() {
  download_packages_with env "$@"
}

# apt warns as root that it cannot drop its rights in this directory; its words are shown only when it fails.
download_packages_with() {
  runner=$1
  shift
  mkdir -p "$work/packages" && (cd "$work/packages" && "$runner" apt-get download "$@") >"$work/log" 2>&1
}

unpack_downloads() {
  mkdir -p "$1" || fail "cannot write to $1"
  for file in "$work/packages"/*.deb; do
    dpkg -x "$file" "$1" || fail "cannot unpack $(basename "$file")"
  done
  rm -rf "$work/packages"
}
