/**
 * What the program and the services both know of each workload. The program builds Deployments from
 * this; the services read the same names. Paths reach a process only by environment variable or
 * argument, never as a literal in the service, so that a node may place the files elsewhere.
 */
export const NAMESPACES = {
  platform: "securevpn",
  vpn: "securevpn-vpn",
  /** What watches the region. */
  monitoring: "securevpn-monitoring",
  /** What serves the cluster itself. */
  system: "securevpn-system",
} as const;

export const PORTS = {
  /** API behind the entry. */
  public: 8080,
  /** Probes, metrics and the agents' API; never behind the entry. */
  internal: 9090,
} as const;

/** Mount paths; each reaches the process by the environment variable named in `ENV`. */
export const FILES = {
  bundleDir: "/opt/securevpn/bundle",
  runDir: "/var/run/securevpn/app",
  regionConfig: "/etc/securevpn/region/region.json",
  secretsDir: "/etc/securevpn/secrets",
  agentTokenDir: "/var/run/secrets/securevpn/agent",
  wireguardDir: "/var/run/securevpn/wireguard",
  serviceAccountDir: "/var/run/secrets/kubernetes.io/serviceaccount",
} as const;

export const ENV = {
  podIp: "POD_IP",
  podName: "POD_NAME",
  nodeName: "NODE_NAME",
  regionConfig: "REGION_CONFIG_FILE",
  secretsDir: "SECRETS_DIR",
  publicPort: "PUBLIC_PORT",
  internalPort: "INTERNAL_PORT",
  logLevel: "LOG_LEVEL",
  /** Selector: directory of its own service-account token and CA, for TokenReview. */
  serviceAccountDir: "SERVICE_ACCOUNT_DIR",
  /** Selector: base URL of auth inside the cluster, for JWKS. */
  authUrl: "AUTH_URL",
  /** Agent: base URL of the selector's internal port. */
  selectorUrl: "SELECTOR_URL",
  /** Agent: file of its projected token. */
  agentTokenFile: "AGENT_TOKEN_FILE",
  /** Agent and data plane: directory that they share. */
  wireguardDir: "WIREGUARD_DIR",
  /** Data plane: name of the interface; `wg0` unless a node says otherwise. */
  wireguardInterface: "WIREGUARD_INTERFACE",
} as const;

/** Audience of the token that an agent shows to the selector. */
export const AGENT_TOKEN_AUDIENCE = "selector.securevpn";

/** Names of files in `FILES.secretsDir`. */
export const SECRET_FILES = {
  /** Seeds of token signing keys, one 64-hex-digit line each; the first signs, all verify. */
  tokenSigningSeeds: "token-signing-seeds",
  /** Key of the e-mail directory's hash, 64 hex digits. */
  emailHashKey: "email-hash-key",
  cachePassword: "cache-password",
  /** Password of the role that owns a shard's schema; migrations alone have it. */
  ownerPassword: (shard: string) => `${shard}-owner-password`,
  /** Password of a service's role on a shard. */
  rolePassword: (shard: string, role: DatabaseRole) => `${shard}-${role}-password`,
} as const;

/** The RDS master user, owner of the schema. */
export const DATABASE_OWNER = "securevpn_owner";
export const DATABASE_NAME = "securevpn";
/** Roles of the services, and of the exporter that reads statistics; they own nothing. SQL role name is `securevpn_<role>`. */
export const DATABASE_ROLES = ["auth", "selector", "monitor"] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];
export const roleName = (role: DatabaseRole): string => `securevpn_${role}`;

export interface ServiceManifest {
  readonly name: "auth" | "selector";
  readonly namespace: string;
  /** Entry file of the bundle, from the repository's root. */
  readonly entry: string;
  /** Entry file of the init container's bundle, if it has one. */
  readonly initEntry?: string;
  /** Path patterns of the entry, in the balancer's syntax. */
  readonly paths: readonly string[];
  /** Fixed NodePort of the public port: the entry's target groups point at it. */
  readonly nodePort: number;
  readonly databaseRole: DatabaseRole;
  /** Whether the pod gets a token for the Kubernetes API. */
  readonly kubernetesApi: boolean;
}

export const SERVICES: readonly ServiceManifest[] = [
  {
    name: "auth",
    namespace: NAMESPACES.platform,
    entry: "services/auth/main.ts",
    initEntry: "services/auth/migrate.ts",
    paths: [
      "/v1/accounts*",
      "/v1/account*",
      "/v1/sessions*",
      "/v1/devices*",
      "/v1/plans*",
      "/v1/billing/*",
      "/.well-known/*",
    ],
    nodePort: 30080,
    databaseRole: "auth",
    kubernetesApi: false,
  },
  {
    name: "selector",
    namespace: NAMESPACES.platform,
    entry: "services/selector/main.ts",
    paths: ["/v1/servers*", "/v1/connections*"],
    nodePort: 30081,
    databaseRole: "selector",
    kubernetesApi: true,
  },
];

export const AGENT = {
  name: "vpn-server",
  namespace: NAMESPACES.vpn,
  serviceAccount: "vpn-server",
  entry: "services/agent/main.ts",
  dataPlaneScript: "services/agent/data-plane.sh",
  /** Container names: the agent and the resolver without capabilities, and the one with NET_ADMIN. */
  containers: { agent: "agent", dataPlane: "data-plane", resolver: "resolver" },
  udpPort: 51820,
} as const;

/**
 * The resolver of a VPN server. Clients ask port 53 of the gateway's addresses; the data plane leads
 * that to a port which needs no capability.
 */
export const RESOLVER = {
  port: 1053,
  /** Of the node's address: whether it listens, and its metrics. */
  readyPort: 9154,
  metricsPort: 9153,
} as const;

/** Nightly job of auth that throws away what is past its retention. */
export const MAINTENANCE = {
  name: "auth-maintenance",
  namespace: NAMESPACES.platform,
  entry: "services/auth/maintain.ts",
  databaseRole: "auth",
} as const;

/** In-cluster base URLs. */
export const URLS = {
  auth: `http://auth.${NAMESPACES.platform}.svc.cluster.local:${PORTS.public}`,
  selectorInternal: `http://selector-internal.${NAMESPACES.platform}.svc.cluster.local:${PORTS.internal}`,
} as const;
