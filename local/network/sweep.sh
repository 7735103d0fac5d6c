#!/bin/sh
# Keeper of one slot's network namespaces: sweep.sh PREFIX LOCK_FILE OWNER IP_PROGRAM
#
# It takes the slot, removes what a killed run left, prints "ready", and then waits for the end of
# its standard input: that end comes when the cloud closes the underlay and also when the cloud is
# killed with -9, so in both cases nothing is left. A process in a namespace is ended only if it
# carries WIREGUARD_INTERFACE with our prefix: a shell that a person opened there is not ours.
set -u
prefix=$1
lock=$2
owner=$3
ip=$4

sweep() {
  for path in /run/netns/"$prefix"-*; do
    [ -e "$path" ] || continue
    name=${path##*/}
    for pid in $("$ip" netns pids "$name" 2>/dev/null); do
      if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -q "^WIREGUARD_INTERFACE=$prefix"; then
        kill -KILL "$pid" 2>/dev/null
      fi
    done
    "$ip" netns delete "$name"
  done
  rm -f /run/wireguard/"$prefix"*.sock
}

# Deleting a lock file races with who waits for it, so the name is compared after the lock is held.
while :; do
  exec 9>>"$lock"
  if ! flock -w 5 9; then
    echo "busy $(cat "$lock")"
    exit 1
  fi
  [ "$lock" -ef /proc/self/fd/9 ] && break
done
echo "$owner" >"$lock"
sweep
echo ready
cat >/dev/null
sweep
rm -f "$lock"
