#!/bin/sh
# The data plane of a VPN server: the one container with NET_ADMIN. Applies the agent's desired peers
# to WireGuard, keeps the firewall, and writes back what the kernel knows. POSIX sh: it runs in a stock
# image with wireguard-tools, nftables and iproute2. Keys and addresses are never printed.
set -u

dir=${WIREGUARD_DIR:?WIREGUARD_DIR is missing}
if=${WIREGUARD_INTERFACE:-wg0}
port=${WIREGUARD_PORT:-51820}
mtu=${WIREGUARD_MTU:-1420}
addresses=${GATEWAY_ADDRESSES:?GATEWAY_ADDRESSES is missing}
routes=${TUNNEL_ROUTES:?TUNNEL_ROUTES is missing}
table="securevpn_$if"
# A peer idle for so long is made anew, so that the kernel forgets the client's address.
idle_seconds=180
userspace=

say() { printf '%s data-plane: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"; }

stop() {
  trap - TERM INT
  nft delete table inet "$table" 2>/dev/null
  ip link delete dev "$if" 2>/dev/null
  [ -n "$userspace" ] && kill "$userspace" 2>/dev/null
  say "stopped"
  exit 0
}
trap stop TERM INT

make_interface() {
  ip link delete dev "$if" 2>/dev/null
  if ! ip link add dev "$if" type wireguard 2>/dev/null; then
    # Without the kernel module: in user space, started here because the device must not change its namespace.
    wireguard-go -f "$if" &
    userspace=$!
    tries=0
    while ! wg show "$if" >/dev/null 2>&1; do
      tries=$((tries + 1))
      [ $tries -gt 50 ] && { say "the interface did not come up"; exit 1; }
      sleep 0.1
    done
  fi
  for address in $addresses; do ip address add "$address" dev "$if"; done
  ip link set dev "$if" mtu "$mtu" up
  for route in $routes; do ip route replace "$route" dev "$if"; done
  # One kernel queue caps near 180,000 packets a second until the interface is threaded.
  [ -w "/sys/class/net/$if/threaded" ] && echo 1 2>/dev/null >"/sys/class/net/$if/threaded"
  return 0
}

# Clients may reach the world and the gateway; not one another, and not the node's metadata service.
make_firewall() {
  nft -f - <<END
table inet $table
delete table inet $table
table inet $table {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "$if" oifname "$if" drop
    iifname "$if" ip daddr { 169.254.0.0/16, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } drop
    iifname "$if" ip6 daddr { fe80::/10, fc00::/7 } drop
    iifname "$if" accept
    oifname "$if" ct state established,related accept
    oifname "$if" drop
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "$if" meta l4proto { icmp, ipv6-icmp } accept
    iifname "$if" udp dport 53 accept
    iifname "$if" tcp dport 53 accept
    iifname "$if" drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "$if" oifname != "$if" masquerade
  }
}
END
}

# Applies the agent's file when it has changed. A failure is tried again: the peers stay as they are.
applied=
apply() {
  [ -f "$dir/desired.conf" ] || return 0
  sum=$(cksum <"$dir/desired.conf")
  [ "$sum" = "$applied" ] && return 0
  if wg syncconf "$if" "$dir/desired.conf" 2>/dev/null; then
    applied=$sum
  else
    say "the desired peers could not be applied; trying again"
  fi
}

report() {
  if (umask 022 && wg show "$if" dump >"$dir/.show.tmp") 2>/dev/null; then mv "$dir/.show.tmp" "$dir/show.txt"; fi
}

# Removes and adds again every peer whose last handshake is old: endpoint and time are forgotten.
forget_idle() {
  now=$(date +%s)
  wg show "$if" dump 2>/dev/null | tail -n +2 | while IFS="$(printf '\t')" read -r key _ endpoint ips seen _; do
    [ "$endpoint" = "(none)" ] && continue
    [ $((now - seen)) -lt $idle_seconds ] && continue
    wg set "$if" peer "$key" remove
    wg set "$if" peer "$key" allowed-ips "$ips"
  done
}

while [ ! -f "$dir/desired.conf" ]; do sleep 0.2; done
make_interface
make_firewall || say "the firewall could not be set"
say "interface is up on port $port"
beat=0
while :; do
  apply
  report
  beat=$((beat + 1))
  [ $((beat % 60)) -eq 0 ] && forget_idle
  # In the background, so that TERM is handled at once.
  sleep 0.5 &
  wait $!
done
