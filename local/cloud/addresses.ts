/**
 * Where everything of one embedded cloud listens. Linux answers on all of 127.0.0.0/8 without
 * set-up, so parts get addresses of their own and ports that no ordinary server on a developer's
 * machine uses. A slot (0 to 9) moves the whole plan, so that a test's cloud runs beside a
 * developer's.
 */
export interface AddressPlan {
  readonly slot: number;
  /** Entry: HTTPS balancer, `https://localhost:<port>`. */
  readonly balancer: { readonly host: string; readonly port: number };
  readonly apiServer: { readonly host: string; readonly port: number };
  readonly etcd: { readonly host: string; readonly clientPort: number; readonly peerPort: number };
  readonly controllerManagerPort: number;
  readonly schedulerPort: number;
  readonly postgresPort: number;
  readonly redisPort: number;
  /** Prefix of part addresses: `${partPrefix}.<n>`, n from 1. */
  readonly partPrefix: string;
  /** Prefix of pod and node addresses: `${podPrefix}.<node>.<pod>`. */
  readonly podPrefix: string;
  readonly serviceCidr: string;
  /** Underlay on which VPN nodes and clients meet; it lives in a namespace of its own. */
  readonly underlayPrefix: string;
}

export function addressPlan(slot: number): AddressPlan {
  if (!Number.isInteger(slot) || slot < 0 || slot > 9) {
    throw new RangeError(`SECUREVPN_SLOT is ${slot}; allowed: a whole number from 0 to 9`);
  }
  const part = `127.${50 + slot}.0`;
  return {
    slot,
    balancer: { host: "127.0.0.1", port: 8443 + slot },
    apiServer: { host: "127.0.0.1", port: 16443 + slot },
    etcd: { host: `${part}.1`, clientPort: 12379, peerPort: 12380 },
    controllerManagerPort: 20257 + slot,
    schedulerPort: 20357 + slot,
    postgresPort: 15432,
    redisPort: 16379,
    partPrefix: part,
    podPrefix: `127.${77 + slot}`,
    serviceCidr: `127.${96 + slot}.0.0/16`,
    underlayPrefix: `10.213.${slot}`,
  };
}
