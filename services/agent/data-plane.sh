#!/bin/sh
# Data plane of a VPN server: makes the WireGuard interface, keeps the firewall, applies the peers that
# the agent writes to desired.conf, and writes back what the interface does to show.txt and the kernel's
# bounds to kernel.txt.
#
# It runs as uid 0 with NET_ADMIN alone, so it reads and writes only by the group that it shares with
# the agent. Nothing that names a key or a client's address is printed: `wg` prints keys in its errors,
# so those go to /dev/null and a sentence of ours stands for them.
set -u

directory=${WIREGUARD_DIR:?WIREGUARD_DIR is not set}
interface=${WIREGUARD_INTERFACE:-wg0}
addresses=${GATEWAY_ADDRESSES:?GATEWAY_ADDRESSES is not set}
routes=${TUNNEL_ROUTES:?TUNNEL_ROUTES is not set}
mtu=${WIREGUARD_MTU:-1420}
# Where the resolver listens on the gateway's addresses: a port that needs no capability.
resolver_port=${RESOLVER_PORT:-1053}
# One client's share of the resolver, which all clients of the server ask: a page asks some dozen names.
# Without it a name whose servers never answer, asked 6,000 times a second, took the resolver from all.
asks_per_second=50
asks_burst=200
connections_per_client=32
# A peer without a handshake for this long is reset: the kernel then forgets where its client was.
# 180 s is when WireGuard itself throws the session's keys away (REJECT_AFTER_TIME).
idle_seconds=${PEER_IDLE_SECONDS:-180}
tick=0.25
ticks_per_show=4
ticks_per_reset=40
# A node that ends what a killed run left knows wireguard-go by this variable.
export WIREGUARD_INTERFACE="$interface"

table=securevpn_$(printf %s "$interface" | tr -c 'A-Za-z0-9_' _)
daemon=
applied=
refused=
firewall=

say() { printf 'data plane: %s\n' "$*"; }

# The interface goes first: without its rules clients would reach each other and the node.
clean_up() {
  trap - TERM INT
  ip link delete dev "$interface" 2>/dev/null
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
  fi
  remove_firewall
  rm -f "$directory/show.txt" "$directory/.show.txt" "$directory/kernel.txt" "$directory/.kernel.txt" "$directory/.half-open" "$directory/.half-open.new"
}

fail() {
  say "$*"
  clean_up
  exit 1
}

has_interface() { ip link show dev "$interface" >/dev/null 2>&1; }

# The kernel's WireGuard; where the kernel has none, wireguard-go. A kernel interface outlives a crash
# of this container together with its tunnels, and is taken over as it is.
create_interface() {
  if has_interface; then
    say "taking over $interface"
    return
  fi
  ip link add dev "$interface" type wireguard 2>/dev/null && return
  command -v wireguard-go >/dev/null || fail "this kernel has no WireGuard, and there is no wireguard-go"
  say "this kernel has no WireGuard: using wireguard-go"
  LOG_LEVEL=error WG_PROCESS_FOREGROUND=1 wireguard-go -f "$interface" >/dev/null 2>&1 &
  daemon=$!
  tries=0
  until has_interface && wg show "$interface" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] && kill -0 "$daemon" 2>/dev/null || fail "wireguard-go made no interface $interface"
    sleep 0.1
  done
}

family() { case $1 in *:*) echo -6 ;; *) echo -4 ;; esac; }

configure_interface() {
  for address in $addresses; do
    ip "$(family "$address")" address replace "$address" dev "$interface" || fail "cannot set the gateway's addresses"
  done
  ip link set dev "$interface" mtu "$mtu" up || fail "cannot bring $interface up"
  for route in $routes; do
    ip "$(family "$route")" route replace "$route" dev "$interface" || fail "cannot set the tunnel's routes"
  done
  # One queue caps near 180,000 packets a second until polling has threads of its own. A container
  # without privileges sees /sys read-only: then the node has to set it, and the agent's figure tells.
  { echo 1 >"/sys/class/net/$interface/threaded"; } 2>/dev/null
  [ "$(cat "/sys/class/net/$interface/threaded" 2>/dev/null)" = 1 ] ||
    say "$interface is not threaded and cannot be made so from here: the node has to"
}


# Addresses that clients must not reach through a server: other clients, the region's own network, the
# instance's metadata, everything private.
private4='0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/4, 240.0.0.0/4'
private6='::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48, fc00::/7, fe80::/10, ff00::/8'

masquerade() {
  for route in $routes; do
    case $route in *:*) protocol=ip6 ;; *) protocol=ip ;; esac
    echo "    oifname != \"$interface\" $protocol saddr $route masquerade"
  done
}

# To the resolver, whatever else has the port 53: by its address, since `redirect` takes any of the
# interface's, which has a link-local one too. Only what asks the gateway: a client's own choice of
# another resolver is its own.
lead_to_resolver() {
  for address in $addresses; do
    address=${address%/*}
    case $address in
      *:*) echo "    iifname \"$interface\" ip6 daddr $address meta l4proto { tcp, udp } th dport 53 dnat ip6 to [$address]:$resolver_port" ;;
      *) echo "    iifname \"$interface\" ip daddr $address meta l4proto { tcp, udp } th dport 53 dnat ip to $address:$resolver_port" ;;
    esac
  done
}

# Each family's counts by client, and what drops beyond them: before `established`, which a second
# question from the same port is.
client_sets() {
  for family in 4 6; do
    echo "  set asks$family { type ipv${family}_addr; size 65535; flags dynamic, timeout; timeout 10s; }"
    echo "  set connections$family { type ipv${family}_addr; size 65535; flags dynamic; }"
  done
}

client_shares() {
  for family in 4 6; do
    [ "$family" = 4 ] && protocol=ip || protocol=ip6
    echo "    udp dport $resolver_port update @asks$family { $protocol saddr limit rate over $asks_per_second/second burst $asks_burst packets } drop"
    echo "    tcp dport $resolver_port ct state new add @connections$family { $protocol saddr ct count over $connections_per_client } drop"
  done
}

# The server itself answers pings and DNS inside the tunnel; its other ports (agent, kubelet) do not.
# `add` and `delete` first make the load one transaction that works whether or not the table was there.
write_firewall() {
  nft -f - <<RULES
add table inet $table
delete table inet $table
table inet $table {
$(client_sets)
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "$interface" accept
$(client_shares)
    ct state established,related accept
    icmp type echo-request limit rate 1000/second accept
    icmpv6 type echo-request limit rate 1000/second accept
    ct status dnat meta l4proto { tcp, udp } th dport $resolver_port accept
    drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "$interface" oifname "$interface" drop
    iifname "$interface" ip daddr { $private4 } drop
    iifname "$interface" ip6 daddr { $private6 } drop
    iifname "$interface" tcp flags syn tcp option maxseg size set rt mtu
    oifname "$interface" tcp flags syn tcp option maxseg size set rt mtu
    iifname "$interface" accept
    oifname "$interface" ct state established,related accept
    oifname "$interface" drop
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
$(lead_to_resolver)
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
$(masquerade)
  }
}
RULES
}

chain=SVPN-$interface

# The same rules where there is no nft. A chain is full before anything jumps to it.
write_iptables() {
  protocol=-4
  for xt in iptables ip6tables; do
    remove_iptables "$xt"
    case $xt in
      iptables) private=$private4 icmp='icmp --icmp-type echo-request' ;;
      ip6tables) private=$private6 icmp='icmpv6 --icmpv6-type echo-request' protocol=-6 ;;
    esac
    "$xt" -w 5 -N "$chain-i" && "$xt" -w 5 -N "$chain-f" && "$xt" -w 5 -t nat -N "$chain-n" || return 1
    "$xt" -w 5 -t nat -N "$chain-d" || return 1
    "$xt" -w 5 -A "$chain-i" -p udp --dport "$resolver_port" -m hashlimit --hashlimit-name "dns-$interface" --hashlimit-mode srcip \
      --hashlimit-above "$asks_per_second/second" --hashlimit-burst "$asks_burst" -j DROP || return 1
    "$xt" -w 5 -A "$chain-i" -p tcp --syn --dport "$resolver_port" -m connlimit --connlimit-above "$connections_per_client" -j DROP || return 1
    "$xt" -w 5 -A "$chain-i" -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT || return 1
    # shellcheck disable=SC2086 # two words on purpose
    "$xt" -w 5 -A "$chain-i" -p $icmp -m limit --limit 1000/second --limit-burst 1000 -j ACCEPT || return 1
    for transport in tcp udp; do
      "$xt" -w 5 -A "$chain-i" -p "$transport" -m conntrack --ctstate DNAT --dport "$resolver_port" -j ACCEPT || return 1
      for address in $addresses; do
        [ "$(family "$address")" = "$protocol" ] || continue
        address=${address%/*}
        case $address in *:*) to="[$address]:$resolver_port" ;; *) to="$address:$resolver_port" ;; esac
        "$xt" -w 5 -t nat -A "$chain-d" -p "$transport" -d "$address" --dport 53 -j DNAT --to-destination "$to" || return 1
      done
    done
    "$xt" -w 5 -A "$chain-i" -j DROP || return 1
    "$xt" -w 5 -A "$chain-f" -i "$interface" -o "$interface" -j DROP || return 1
    for range in $(printf %s "$private" | tr -d ,); do
      "$xt" -w 5 -A "$chain-f" -i "$interface" -d "$range" -j DROP || return 1
    done
    "$xt" -w 5 -A "$chain-f" -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu || return 1
    "$xt" -w 5 -A "$chain-f" -i "$interface" -j ACCEPT || return 1
    "$xt" -w 5 -A "$chain-f" -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT || return 1
    "$xt" -w 5 -A "$chain-f" -j DROP || return 1
    for route in $routes; do
      [ "$(family "$route")" = "$protocol" ] || continue
      "$xt" -w 5 -t nat -A "$chain-n" -s "$route" ! -o "$interface" -j MASQUERADE || return 1
    done
    "$xt" -w 5 -I INPUT -i "$interface" -j "$chain-i" || return 1
    "$xt" -w 5 -I FORWARD -i "$interface" -j "$chain-f" || return 1
    "$xt" -w 5 -I FORWARD -o "$interface" -j "$chain-f" || return 1
    "$xt" -w 5 -t nat -I POSTROUTING -j "$chain-n" || return 1
    "$xt" -w 5 -t nat -I PREROUTING -i "$interface" -j "$chain-d" || return 1
  done
}

remove_iptables() {
  "$1" -w 5 -D INPUT -i "$interface" -j "$chain-i"
  "$1" -w 5 -D FORWARD -i "$interface" -j "$chain-f"
  "$1" -w 5 -D FORWARD -o "$interface" -j "$chain-f"
  "$1" -w 5 -t nat -D POSTROUTING -j "$chain-n"
  "$1" -w 5 -t nat -D PREROUTING -i "$interface" -j "$chain-d"
  for rest in "filter $chain-i" "filter $chain-f" "nat $chain-n" "nat $chain-d"; do
    "$1" -w 5 -t "${rest% *}" -F "${rest#* }"
    "$1" -w 5 -t "${rest% *}" -X "${rest#* }"
  done
} 2>/dev/null

set_firewall() {
  if command -v nft >/dev/null; then
    firewall=nft
    write_firewall
  elif command -v iptables >/dev/null && command -v ip6tables >/dev/null; then
    firewall=iptables
    write_iptables
  else
    return 1
  fi
}

remove_firewall() {
  case $firewall in
    nft) nft delete table inet "$table" 2>/dev/null ;;
    iptables) remove_iptables iptables; remove_iptables ip6tables ;;
  esac
}

# Every version of desired.conf has another first line, so looking costs no process. What `wg` refuses
# changes nothing; it is tried again once a second, since the reason may pass without a new file.
apply_desired() {
  head=
  [ -r "$directory/desired.conf" ] && IFS= read -r head <"$directory/desired.conf"
  [ -n "$head" ] && [ "$head" != "$applied" ] || return 0
  [ "$head" != "$refused" ] || [ $((count % ticks_per_show)) -eq 0 ] || return 0
  if wg syncconf "$interface" "$directory/desired.conf" 2>/dev/null; then
    applied=$head
    refused=
    return
  fi
  [ "$head" = "$refused" ] || say "a configuration was refused; the old one stays, and it is tried again"
  refused=$head
}

# The private key and clients' endpoints stay here: nobody who reads the file needs them.
write_show() {
  wg show "$interface" dump 2>/dev/null | awk -F '\t' -v OFS='\t' '
    NR == 1 { $1 = "(hidden)" }
    NR > 1 { $2 = "(hidden)"; $3 = "(hidden)" }
    { print }
    END { exit NR == 0 }
  ' >"$directory/.show.txt" && mv -f "$directory/.show.txt" "$directory/show.txt"
}

# How near the kernel is to its bounds, for the agent's metrics; a line that cannot be read is left
# out. By `cat`: the shell's `read` takes a byte at a time, and these files answer once.
write_kernel() {
  for name in nf_conntrack_count nf_conntrack_max; do
    value=$(cat "/proc/sys/net/netfilter/$name" 2>/dev/null)
    [ -z "$value" ] || echo "$name $value"
  done >"$directory/.kernel.txt"
  value=$(cat "/sys/class/net/$interface/threaded" 2>/dev/null)
  [ -z "$value" ] || echo "threaded $value" >>"$directory/.kernel.txt"
  mv -f "$directory/.kernel.txt" "$directory/kernel.txt"
}

# Idle: the last handshake is old, or there is an endpoint but never was a handshake (a client that
# gave up half way; since when is kept in .half-open). Removed and added again, a peer is as new.
reset_idle() {
  touch "$directory/.half-open"
  idle=$(wg show "$interface" dump 2>/dev/null | awk -F '\t' -v now="$(date +%s)" -v most="$idle_seconds" -v state="$directory/.half-open" '
    BEGIN { while ((getline line < state) > 0) { split(line, part, " "); since[part[1]] = part[2] } }
    NR == 1 || $3 == "(none)" { next }
    $5 > 0 { if (now - $5 > most) print "peer", $1, "remove"; next }
    { from = ($1 in since) ? since[$1] : now
      if (now - from > most) print "peer", $1, "remove"
      else print $1, from > (state ".new") }
  ')
  if [ -e "$directory/.half-open.new" ]; then mv -f "$directory/.half-open.new" "$directory/.half-open"; else : >"$directory/.half-open"; fi
  [ -n "$idle" ] || return 0
  # Three words a peer; 150 words a command stay far below the limit of an argument list.
  printf '%s\n' "$idle" | xargs -n 150 wg set "$interface" 2>/dev/null
  applied=
  apply_desired
}

trap 'say "stopping"; clean_up; exit 0' TERM INT
umask 022
mkdir -p "$directory"
set_firewall || fail "the firewall cannot be set: not serving without one"
create_interface
configure_interface
say "$interface is up"

count=0
while :; do
  apply_desired
  if [ $((count % ticks_per_show)) -eq 0 ]; then
    write_show || { has_interface || fail "$interface is gone"; }
  fi
  [ $((count % ticks_per_reset)) -eq 0 ] && write_kernel
  [ $((count % ticks_per_reset)) -eq $((ticks_per_reset - 1)) ] && reset_idle
  count=$((count + 1))
  sleep "$tick" &
  wait $!
done
