#!/bin/sh
# A Docker engine of one's own, apart from any that the machine has: its state, its socket and its mounts belong to one
# directory. Needs root. Bind mounts and published ports are those of the network namespace that it is started in.
#
#   engine.sh install                  unpack the programs into .plumb/docker
#   engine.sh start DIRECTORY [newer|beside]  start it and wait until it answers; says so when it runs already
#   engine.sh stop DIRECTORY           end it with all containers, and leave its images
#   engine.sh status DIRECTORY         0 when it answers, 1 when not
#   engine.sh env DIRECTORY            the variables that a client needs, as assignments for `eval`
#
# An engine that starts removes the rules of networks that it finds, those of another engine included, and makes its own:
# of those that run at the same time one may make any. `beside` is an engine that makes none; ports that it publishes on
# loopback are served all the same, and its containers may speak to each other. `newer` makes none either: it is Debian 13's engine with images kept by containerd,
# there for what is asked of images.
set -u

fail() {
  printf 'docker: %s\n' "$1" >&2
  exit 1
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || fail 'cannot find the checkout'
tools=$root/.plumb/docker
verb=${1:-}
[ "$verb" = install ] && exec "$root/tools/docker/install.sh"
case $verb in start | stop | status | env) ;; *) fail 'usage: engine.sh install | start DIRECTORY [newer|beside] | stop|status|env DIRECTORY' ;; esac
[ -n "${2:-}" ] || fail "$verb needs the engine's directory"
mkdir -p "$2" || fail "cannot write to $2"
directory=$(CDPATH='' cd -- "$2" && pwd -P) || fail "cannot read $2"
socket=$directory/docker.sock
kind=${3:-usual}
case $kind in usual | newer | beside) ;; *) fail "there is no engine named $kind" ;; esac
# A group of its own tells the containers of this engine from all others; its end is the one of cAdvisor's names.
number=$(printf %s "$directory" | cksum | cut -d ' ' -f 1)
group=plumbline-$number
addresses=10.$((number % 128 + 100)).0.0/16
# The kernel allows no longer address of a socket.
[ ${#socket} -le 100 ] || fail "the directory's name is too long for a socket: $directory"

client_path=$directory/bin
answers() {
  [ -S "$socket" ] && DOCKER_HOST=unix://$socket "$client_path/docker" version >/dev/null 2>&1
}

runs() {
  # A number alone may be another process by now.
  pid=$(cat "$directory/$1" 2>/dev/null) && [ -n "$pid" ] &&
    { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "$directory"
}

# What another engine forbids by default, containers of `beside` need among themselves.
filter() {
  LD_LIBRARY_PATH=$(echo "$tools"/engine/usr/lib/*-linux-gnu) XTABLES_LIBDIR=$(echo "$tools"/engine/usr/lib/*-linux-gnu)/xtables \
    "$client_path/iptables" --wait "$1" FORWARD -s "$addresses" -d "$addresses" -j ACCEPT 2>/dev/null
}

# Names for the programs: one folder in PATH, in which iptables is the one that this kernel takes.
link_programs() {
  rm -rf "$client_path"
  mkdir -p "$client_path" "$directory/client/cli-plugins" || fail "cannot write to $directory"
  ln -s "$tools"/engine/usr/bin/* "$client_path/"
  for program in "$tools"/engine/usr/sbin/*; do ln -sf "$program" "$client_path/"; done
  if [ "$kind" = newer ]; then
    for program in "$tools"/newer/usr/bin/* "$tools"/newer/usr/sbin/*; do ln -sf "$program" "$client_path/"; done
  fi
  flavour=nft
  "$client_path/iptables-nft" -t nat -L -n >/dev/null 2>&1 || flavour=legacy
  for name in iptables ip6tables; do
    for end in '' -save -restore; do ln -sf "$tools/engine/usr/sbin/xtables-$flavour-multi" "$client_path/$name$end"; done
  done
  ln -sf "$tools/cli-plugins/docker-compose" "$directory/client/cli-plugins/docker-compose"
}

start() {
  [ "$(id -u)" = 0 ] || fail 'an engine of its own needs root'
  "$root/tools/docker/install.sh" 2>"$directory/install.log" || fail "$(sed -n '$s/^docker: //p' "$directory/install.log")"
  # The engine must not hold the lock for as long as it lives.
  exec 9>"$directory/lock" && flock 9
  if answers; then
    printf 'docker: runs already at %s\n' "$socket" >&2
    return
  fi
  finish
  LD_LIBRARY_PATH=$(echo "$tools"/engine/usr/lib/*-linux-gnu)
  XTABLES_LIBDIR=$LD_LIBRARY_PATH/xtables
  PATH=$client_path:$PATH
  # What the machine's own variables say of another engine or of a proxy is not meant for this one.
  unset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG HTTP_PROXY HTTPS_PROXY http_proxy https_proxy ALL_PROXY all_proxy
  export LD_LIBRARY_PATH XTABLES_LIBDIR PATH
  link_programs
  [ "$kind" != beside ] || filter -C || filter -I || fail 'cannot let its containers speak to each other'
  note_folders
  write_settings
  set -- --config-file "$directory/daemon.json"
  # Mounts of its own: they vanish with it, however it ends. Shared below it, as a container that reads the whole host asks.
  # The key that it writes to /etc/docker is of no use to anyone, and is not left there.
  own_mounts='mount --make-rshared / && mkdir -p /etc/docker && mount -t tmpfs plumbline /etc/docker'
  setsid unshare --mount --propagation slave sh -c "$own_mounts && exec dockerd \"\$@\"" dockerd "$@" \
    </dev/null >"$directory/dockerd.log" 2>&1 9>&- &
  left=300
  until answers; do
    kill -0 $! 2>/dev/null || fail "dockerd ended: $(grep -v 'level=info' "$directory/dockerd.log" | tail -n 3)"
    [ $((left -= 1)) -gt 0 ] || { finish && fail "dockerd does not answer; its log is $directory/dockerd.log"; }
    sleep 0.1
  done
  printf 'docker: answers at %s (%s)\n' "$socket" "$(describe)" >&2
}

# It keeps to itself: it lets nothing through to other networks, and asks nobody about names that it does not know. Of
# such a name this release says nothing at all, so that who asks gives up only after the resolver's own ten seconds.
write_settings() {
  if [ "$kind" = newer ]; then
    own='"features": {"containerd-snapshotter": true}, "iptables": false, "ip6tables": false, "bridge": "none",'
  elif [ "$kind" = beside ]; then
    own='"iptables": false, "ip6tables": false, "bridge": "none",'
  else
    # Without the default bridge two engines of one machine do not meet in its name. Compose makes networks of its own.
    own='"iptables": true, "bridge": "none",'
  fi
  cat >"$directory/daemon.json" <<JSON
{
  $own
  "hosts": ["unix://$socket"],
  "data-root": "$directory/data",
  "exec-root": "$directory/exec",
  "pidfile": "$directory/docker.pid",
  "default-address-pools": [{"base": "$addresses", "size": 24}],
  "cgroup-parent": "/$group/docker",
  "ip-forward": false,
  "dns": ["127.0.0.1"],
  "dns-opts": ["timeout:1", "attempts:2"],
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "log-driver": "json-file",
  "shutdown-timeout": 5
}
JSON
}

describe() {
  DOCKER_HOST=unix://$socket "$client_path/docker" info --format '{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}'
}

# An engine that ends leaves the bridges of its networks to the machine, so they are removed before.
clear_networks() {
  DOCKER_HOST=unix://$socket
  export DOCKER_HOST
  # shellcheck disable=SC2046 # The ids are words.
  "$client_path/docker" rm --force $("$client_path/docker" ps --all --quiet) >/dev/null 2>&1
  "$client_path/docker" network prune --force >/dev/null 2>&1
}

# Ends dockerd by its own id and waits; what it left behind after a kill is found by the directory in its command line.
finish() {
  if runs docker.pid; then
    clear_networks
    kill "$pid"
    left=150
    while runs docker.pid && [ $((left -= 1)) -gt 0 ]; do sleep 0.1; done
  fi
  for signal in TERM KILL; do
    others=$(leftovers)
    [ -n "$others" ] || break
    # shellcheck disable=SC2086 # The ids are words.
    kill -$signal $others 2>/dev/null
    left=50
    while [ -n "$(leftovers)" ] && [ $((left -= 1)) -gt 0 ]; do sleep 0.1; done
  done
  end_group
  # Of an engine that made rules there is none like it.
  [ ! -x "$client_path/iptables" ] || filter -D
  # A number in it that another process has by now would be taken for a containerd that runs.
  rm -rf "$directory/exec"
  rm -f "$directory/docker.pid" "$socket"
  while read -r folder; do rmdir "$folder" 2>/dev/null; done 2>/dev/null <"$directory/folders"
  rm -f "$directory/folders"
}

# What ran in containers whose keeper was killed has another parent by now, and is still in its group.
end_group() {
  for top in /sys/fs/cgroup/"$group" /sys/fs/cgroup/*/"$group"; do
    [ -d "$top" ] || continue
    find "$top" -name cgroup.procs -exec cat {} + 2>/dev/null | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
    left=50
    while [ -d "$top" ] && [ $((left -= 1)) -gt 0 ]; do
      find "$top" -depth -type d -exec rmdir {} + 2>/dev/null
      [ -d "$top" ] && sleep 0.1
    done
  done
}

# Folders that an engine makes outside its own: those that were not there go with it, when they are empty.
note_folders() {
  for folder in /run/containerd/s /run/containerd /run/docker/plugins /run/docker /opt/containerd/bin \
    /opt/containerd/lib /opt/containerd /etc/docker; do
    [ -e "$folder" ] || echo "$folder"
  done >"$directory/folders"
}

leftovers() {
  for entry in /proc/[0-9]*; do
    [ "${entry#/proc/}" != $$ ] || continue
    { tr '\0' '\n' <"$entry/cmdline"; } 2>/dev/null | grep -qF "$directory/exec/" && echo "${entry#/proc/}"
  done
}

case $verb in
  start) start ;;
  stop)
    finish
    printf 'docker: ended\n' >&2
    ;;
  status)
    answers || fail "does not answer at $socket"
    printf 'docker: answers at %s (%s)\n' "$socket" "$(describe)" >&2
    ;;
  env)
    printf 'DOCKER_HOST=unix://%s\nDOCKER_CONFIG=%s/client\nPATH=%s:$PATH\nexport DOCKER_HOST DOCKER_CONFIG PATH\n' "$socket" "$directory" "$client_path"
    ;;
esac
