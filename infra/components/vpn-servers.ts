import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  AGENT,
  AGENT_TOKEN_AUDIENCE,
  ENV,
  FILES,
  PORTS,
  RESOLVER,
  URLS,
  type RegionConfig,
} from "../../services/contract/index.ts";
import type { Artifacts } from "../lib/bundle.ts";
import { corefile } from "../lib/corefile.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import {
  labelsOf,
  nodeContainer,
  NON_ROOT_UID,
  podAddress,
  probe,
  probes,
  RESTRICTED,
  selectorOf,
  spread,
} from "../lib/pod.ts";
import { METRICS_PORT } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";
import { ENDPOINT_TAINT, ROLE_LABEL } from "./node-groups.ts";

export interface VpnServersArgs {
  readonly artifacts: Artifacts;
  readonly namespace: pulumi.Input<string>;
  /** VPN servers at the start; later the fleet controller owns the number. */
  readonly initialCount: number;
  readonly vpn: RegionConfig["vpn"];
  /** What the resolvers ask, each `address#name of its certificate`. */
  readonly dnsUpstreams: readonly string[];
  /** AWS's name of the region, whose registry has the resolver's image. */
  readonly awsRegion: string;
  readonly priorityClassName: pulumi.Input<string>;
}

/** Of both containers: the agent tells clients the port that the data plane listens on. */
const WIREGUARD_PORT = "WIREGUARD_PORT";
const BUNDLE_FILE = "main.mjs.br";
const SCRIPT_FILE = "data-plane.sh";
const SCRIPT_DIRECTORY = "/opt/securevpn/data-plane";
const COREFILE = "Corefile";
const COREFILE_DIRECTORY = "/etc/securevpn/resolver";
/** A roll ends tunnels a server at a time, for as long as it takes: an `up` does not wait for it. */
const WITHOUT_WAITING = { annotations: { "pulumi.com/skipAwait": "true" } };
/** A server full of tunnels looks idle by CPU, and the autoscaler would evict it to save its node. */
const STAYS = { annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" } };
/** Long enough to hand every client its successor. */
const GRACE_SECONDS = 60;
/** Seconds after which a projected token is made anew; the shortest that Kubernetes allows is 600. */
const TOKEN_SECONDS = 3600;
const TOKEN_DIRECTORY = FILES.agentTokenDir;
/** All tunnel addresses of the platform: any server accepts any device. */
const TUNNEL_ROUTES = "100.64.0.0/10 fd5e:7665:706e::/48";

/**
 * The region's VPN servers: one pod per endpoint node by its host port. The agent and the resolver
 * run without capabilities; the data plane alone has NET_ADMIN. A roll replaces pods one at a time,
 * and cuts their tunnels, so the fleet controller drains first.
 */
export class VpnServers extends pulumi.ComponentResource {
  constructor(name: string, args: VpnServersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:VpnServers", name, {}, opts);
    const { namespace } = args;
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata: { name: AGENT.serviceAccount, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const bundles = hashedConfigMap(
      this,
      `${name}-bundle`,
      namespace,
      {},
      { [BUNDLE_FILE]: args.artifacts.bundle(AGENT.entry).base64 },
    );
    const script = hashedConfigMap(this, `${name}-data-plane`, namespace, {
      [SCRIPT_FILE]: args.artifacts.text(AGENT.dataPlaneScript),
    });
    const resolver = hashedConfigMap(this, `${name}-resolver`, namespace, {
      [COREFILE]: corefile({
        gateways: [args.vpn.gatewayIpv4, args.vpn.gatewayIpv6],
        clients: TUNNEL_ROUTES.split(" "),
        upstreams: args.dnsUpstreams,
      }),
    });
    this.#deployment(name, args, account, { bundles, script, resolver });
    this.#policies(name, namespace);
    this.registerOutputs({});
  }

  #deployment(
    name: string,
    args: VpnServersArgs,
    account: kubernetes.core.v1.ServiceAccount,
    files: Files,
  ): void {
    const labels = labelsOf(AGENT.name, "vpn-server");
    new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: { ...WITHOUT_WAITING, name: AGENT.name, namespace: args.namespace, labels },
        spec: {
          replicas: args.initialCount,
          selector: { matchLabels: selectorOf(AGENT.name) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
          template: {
            metadata: { ...STAYS, labels },
            spec: {
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              hostNetwork: true,
              dnsPolicy: "ClusterFirstWithHostNet",
              terminationGracePeriodSeconds: GRACE_SECONDS,
              securityContext: { fsGroup: NON_ROOT_UID },
              priorityClassName: args.priorityClassName,
              nodeSelector: { [ROLE_LABEL]: "endpoint" },
              // Over zones alone: the host port keeps two off one node.
              topologySpreadConstraints: spread(AGENT.name, ["topology.kubernetes.io/zone"]),
              tolerations: [
                { key: ENDPOINT_TAINT.key, value: ENDPOINT_TAINT.value, effect: "NoSchedule" },
              ],
              containers: [
                agentContainer(args.vpn),
                dataPlaneContainer(args.vpn),
                resolverContainer(args.awsRegion),
              ],
              volumes: volumes(files),
            },
          },
        },
      },
      // From here on the number is the fleet controller's.
      { parent: this, ignoreChanges: ["spec.replicas"] },
    );
  }

  #policies(name: string, namespace: pulumi.Input<string>): void {
    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      {
        metadata: { name: AGENT.name, namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(AGENT.name) } },
      },
      { parent: this },
    );
  }
}

/** What the containers read that Pulumi wrote. */
interface Files {
  readonly bundles: kubernetes.core.v1.ConfigMap;
  readonly script: kubernetes.core.v1.ConfigMap;
  readonly resolver: kubernetes.core.v1.ConfigMap;
}

function volumes({ bundles, script, resolver }: Files): kubernetes.types.input.core.v1.Volume[] {
  const token = {
    audience: AGENT_TOKEN_AUDIENCE,
    expirationSeconds: TOKEN_SECONDS,
    path: "token",
  };
  return [
    { name: "bundle", configMap: { name: bundles.metadata.name } },
    { name: "script", configMap: { name: script.metadata.name, defaultMode: 0o555 } },
    { name: "corefile", configMap: { name: resolver.metadata.name } },
    { name: "run", emptyDir: { sizeLimit: "32Mi" } },
    // Keys never reach a disk.
    { name: "wireguard", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
    { name: "token", projected: { sources: [{ serviceAccountToken: token }] } },
  ];
}

function agentContainer(vpn: RegionConfig["vpn"]): kubernetes.types.input.core.v1.Container {
  return nodeContainer(AGENT.containers.agent, BUNDLE_FILE, {
    env: [
      { name: ENV.selectorUrl, value: URLS.selectorInternal },
      { name: ENV.agentTokenFile, value: `${TOKEN_DIRECTORY}/token` },
      { name: ENV.wireguardDir, value: FILES.wireguardDir },
      { name: WIREGUARD_PORT, value: String(vpn.udpPort) },
    ],
    resources: { requests: { cpu: "200m", memory: "160Mi" }, limits: { memory: "512Mi" } },
    volumeMounts: [
      { name: "bundle", mountPath: FILES.bundleDir, readOnly: true },
      { name: "run", mountPath: FILES.runDir },
      { name: "wireguard", mountPath: FILES.wireguardDir },
      { name: "token", mountPath: TOKEN_DIRECTORY, readOnly: true },
    ],
    ports: [
      // The host port keeps it to one server a node.
      { name: "wireguard", containerPort: AGENT.udpPort, hostPort: AGENT.udpPort, protocol: "UDP" },
      { name: "internal", containerPort: PORTS.internal, hostPort: PORTS.internal },
    ],
    ...probes(),
  });
}

function dataPlaneContainer(vpn: RegionConfig["vpn"]): kubernetes.types.input.core.v1.Container {
  return {
    name: AGENT.containers.dataPlane,
    image: IMAGES.dataPlane,
    command: ["sh", `${SCRIPT_DIRECTORY}/${SCRIPT_FILE}`],
    env: [
      { name: ENV.wireguardDir, value: FILES.wireguardDir },
      { name: ENV.wireguardInterface, value: "wg0" },
      { name: "GATEWAY_ADDRESSES", value: `${vpn.gatewayIpv4}/32 ${vpn.gatewayIpv6}/128` },
      { name: "TUNNEL_ROUTES", value: TUNNEL_ROUTES },
      { name: "RESOLVER_PORT", value: String(RESOLVER.port) },
      { name: "WIREGUARD_MTU", value: String(vpn.mtu) },
      { name: WIREGUARD_PORT, value: String(vpn.udpPort) },
    ],
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    securityContext: {
      // NET_ADMIN has no effect for a non-root container; everything else is dropped.
      runAsUser: 0,
      runAsGroup: NON_ROOT_UID,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumeMounts: [
      { name: "script", mountPath: SCRIPT_DIRECTORY, readOnly: true },
      { name: "wireguard", mountPath: FILES.wireguardDir },
    ],
  };
}

/**
 * Answers DNS on the gateway's addresses, which are on the interface that the data plane makes. It may
 * start first, since endpoint nodes let a program bind an address that is not there yet
 * (`ip_nonlocal_bind`), and it outlives the interface's going and coming. The losers: a loopback
 * address (to which IPv6 leads nobody from another interface, and IPv4 only with `route_localnet`),
 * and to end and be started again, which shows every new server as one that failed.
 */
function resolverContainer(awsRegion: string): kubernetes.types.input.core.v1.Container {
  const port = (name: string, containerPort: number, protocol = "TCP") => ({
    name,
    containerPort,
    hostPort: containerPort,
    protocol,
  });
  return {
    name: AGENT.containers.resolver,
    image: IMAGES.resolver(awsRegion),
    args: ["-conf", `${COREFILE_DIRECTORY}/${COREFILE}`],
    env: [podAddress],
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    securityContext: RESTRICTED,
    volumeMounts: [{ name: "corefile", mountPath: COREFILE_DIRECTORY, readOnly: true }],
    ports: [
      port("dns", RESOLVER.port, "UDP"),
      port("dns-tcp", RESOLVER.port),
      port(METRICS_PORT, RESOLVER.metricsPort),
      port("ready", RESOLVER.readyPort),
    ],
    readinessProbe: probe("/ready", RESOLVER.readyPort, 10, 2),
    // No path of its says less than /ready; an open socket says that the process lives.
    livenessProbe: {
      tcpSocket: { port: RESOLVER.metricsPort },
      periodSeconds: 10,
      failureThreshold: 3,
      timeoutSeconds: 2,
    },
  };
}
