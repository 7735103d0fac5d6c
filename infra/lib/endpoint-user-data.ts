/** 100 flows a peer at 10,000 peers; kube-proxy sets 131,072 (13 a peer) at each of its starts, and its add-on has no setting for it. */
const CONNTRACK_MAX = 1_048_576;

/**
 * Asserts what others take back: the size of the connection table, and that a WireGuard interface
 * serves more than one core, also one that came when no rule of udev was there. Repeatable. Its
 * argument is another root of the file system, for tests.
 */
export const KEEP_FORWARDING = `#!/bin/sh
root=$1
table="$root/proc/sys/net/netfilter/nf_conntrack_max"
if [ -e "$table" ] && [ "$(cat "$table")" -lt ${CONNTRACK_MAX} ]; then
  echo ${CONNTRACK_MAX} > "$table"
fi
for threaded in "$root"/sys/class/net/wg*/threaded; do
  [ -e "$threaded" ] || continue
  [ "$(cat "$threaded")" = 1 ] || echo 1 > "$threaded"
done
`;

/**
 * What only the node can set (AL2023; a MIME part beside the one that EKS adds): pods on the host
 * network cannot set `net.*`, and `/sys` is read-only in theirs. Boot sets it, and a timer each minute.
 */
export const FORWARDING_USER_DATA = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
cat > /etc/sysctl.d/90-forwarding.conf <<'END'
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.ipv4.ip_nonlocal_bind = 1
net.ipv6.ip_nonlocal_bind = 1
net.core.rmem_max = 7500000
net.core.wmem_max = 7500000
net.netfilter.nf_conntrack_max = ${CONNTRACK_MAX}
END
echo 'ACTION=="add", SUBSYSTEM=="net", KERNEL=="wg*", ATTR{threaded}="1"' > /etc/udev/rules.d/90-wireguard.rules
printf '%s\\n' wireguard nf_conntrack > /etc/modules-load.d/90-wireguard.conf
cat > /usr/local/sbin/keep-forwarding <<'END'
${KEEP_FORWARDING}END
chmod 0755 /usr/local/sbin/keep-forwarding
cat > /etc/systemd/system/keep-forwarding.service <<'END'
[Unit]
Description=Connection table and threaded WireGuard interfaces
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/keep-forwarding
END
cat > /etc/systemd/system/keep-forwarding.timer <<'END'
[Unit]
Description=Asserts the connection table and threaded WireGuard interfaces each minute
[Timer]
OnActiveSec=1s
OnUnitActiveSec=1min
AccuracySec=1s
[Install]
WantedBy=timers.target
END
modprobe -a wireguard nf_conntrack
udevadm control --reload
sysctl --system
systemctl daemon-reload
systemctl enable --now keep-forwarding.timer
--//--
`;
