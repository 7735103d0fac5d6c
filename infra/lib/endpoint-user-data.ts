/**
 * What only the node can set (AL2023; a MIME part beside the one that EKS adds): pods on the host
 * network cannot set `net.*`, and a WireGuard interface serves one core until it is `threaded`.
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
net.netfilter.nf_conntrack_max = 1048576
END
echo 'ACTION=="add", SUBSYSTEM=="net", KERNEL=="wg*", ATTR{threaded}="1"' > /etc/udev/rules.d/90-wireguard.rules
printf '%s\\n' wireguard nf_conntrack > /etc/modules-load.d/90-wireguard.conf
modprobe -a wireguard nf_conntrack
udevadm control --reload
sysctl --system
--//--
`;
