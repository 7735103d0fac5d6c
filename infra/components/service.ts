import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENV, FILES, PORTS, URLS, type ServiceManifest } from "../../services/contract/index.ts";
import type { Artifacts } from "../lib/bundle.ts";
import { labelsOf, nodeContainer, NON_ROOT_UID, probes, secretVolume, selectorOf } from "../lib/pod.ts";
import { DRAIN_SECONDS } from "./entry.ts";
import { ROLE_LABEL } from "./node-groups.ts";
import { hashedConfigMap } from "./region-map.ts";
import { WorkloadPolicies, type FlowBlocks } from "./workload-policies.ts";

export interface ServiceArgs {
  readonly manifest: ServiceManifest;
  readonly artifacts: Artifacts;
  readonly namespace: pulumi.Input<string>;
  readonly regionMapName: pulumi.Input<string>;
  /** Files of the service's secret volume: name to content. */
  readonly secretFiles: Readonly<Record<string, pulumi.Input<string>>>;
  /** Files of the init container's secret volume, when the manifest has one. */
  readonly initSecretFiles?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly blocks: FlowBlocks;
  readonly replicas: number;
}

const PRE_STOP_SECONDS = 15;
/** The load balancer keeps sending while it drains: stop taking requests only after it has noticed. */
const GRACE_SECONDS = PRE_STOP_SECONDS + DRAIN_SECONDS + 5;
const RESOURCES = { requests: { cpu: "100m", memory: "160Mi" }, limits: { memory: "512Mi" } };
const INIT_RESOURCES = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
const BUNDLE_FILE = "main.mjs.br";
const INIT_BUNDLE_FILE = "migrate.mjs.br";

/**
 * One HTTP service from its manifest: bundle, secrets, Deployment spread over zones, Services,
 * disruption budget and the listed network flows. A new bundle rolls pod by pod.
 */
export class HttpService extends pulumi.ComponentResource {
  readonly deployment: kubernetes.apps.v1.Deployment;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:HttpService", name, {}, opts);
    const { manifest, namespace } = args;
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata: { name: manifest.name, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const bundles = hashedConfigMap(this, `${name}-bundle`, namespace, {}, bundleFiles(args));
    const secrets = this.#secret(`${name}-secrets`, namespace, args.secretFiles);
    const initSecrets = args.initSecretFiles === undefined ? undefined : this.#secret(`${name}-init-secrets`, namespace, args.initSecretFiles);
    this.deployment = this.#deployment(name, args, { account, bundles, secrets, initSecrets });
    this.#services(name, args);
    new WorkloadPolicies(name, { manifest, namespace, blocks: args.blocks }, { parent: this });
    this.registerOutputs({});
  }

  #secret(name: string, namespace: pulumi.Input<string>, files: Readonly<Record<string, pulumi.Input<string>>>): kubernetes.core.v1.Secret {
    return new kubernetes.core.v1.Secret(name, { metadata: { name, namespace }, type: "Opaque", stringData: { ...files } }, { parent: this });
  }

  #deployment(name: string, args: ServiceArgs, parts: Parts): kubernetes.apps.v1.Deployment {
    const { manifest } = args;
    const labels = labelsOf(manifest.name, "service");
    return new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: { name: manifest.name, namespace: args.namespace, labels },
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selectorOf(manifest.name) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: { metadata: { labels }, spec: podSpec(args, parts) },
        },
      },
      { parent: this },
    );
  }

  #services(name: string, { manifest, namespace }: ServiceArgs): void {
    const selector = selectorOf(manifest.name);
    new kubernetes.core.v1.Service(
      name,
      {
        metadata: { name: manifest.name, namespace },
        spec: { type: "NodePort", selector, ports: [{ name: "http", port: PORTS.public, targetPort: "http", nodePort: manifest.nodePort }] },
      },
      { parent: this },
    );
    new kubernetes.core.v1.Service(
      `${name}-internal`,
      { metadata: { name: `${manifest.name}-internal`, namespace }, spec: { type: "ClusterIP", selector, ports: [{ name: "internal", port: PORTS.internal, targetPort: "internal" }] } },
      { parent: this },
    );
  }
}

interface Parts {
  readonly account: kubernetes.core.v1.ServiceAccount;
  readonly bundles: kubernetes.core.v1.ConfigMap;
  readonly secrets: kubernetes.core.v1.Secret;
  readonly initSecrets: kubernetes.core.v1.Secret | undefined;
}

function bundleFiles({ manifest, artifacts }: ServiceArgs): Record<string, string> {
  return {
    [BUNDLE_FILE]: artifacts.bundle(manifest.entry).base64,
    ...(manifest.initEntry === undefined ? {} : { [INIT_BUNDLE_FILE]: artifacts.bundle(manifest.initEntry).base64 }),
  };
}

function podSpec(args: ServiceArgs, parts: Parts): kubernetes.types.input.core.v1.PodSpec {
  const { manifest } = args;
  return {
    serviceAccountName: parts.account.metadata.name,
    automountServiceAccountToken: manifest.kubernetesApi,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: { fsGroup: NON_ROOT_UID },
    nodeSelector: { [ROLE_LABEL]: "system" },
    // Preferred and not required: when a zone is lost the pods must fit into the others.
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: selectorOf(manifest.name) },
    })),
    ...(parts.initSecrets === undefined ? {} : { initContainers: [initContainer()] }),
    containers: [serviceContainer(manifest)],
    volumes: [
      { name: "bundle", configMap: { name: parts.bundles.metadata.name } },
      { name: "region", configMap: { name: args.regionMapName } },
      { name: "run", emptyDir: { sizeLimit: "32Mi" } },
      secretVolume("secrets", parts.secrets.metadata.name),
      ...(parts.initSecrets === undefined ? [] : [secretVolume("init-secrets", parts.initSecrets.metadata.name), { name: "init-run", emptyDir: { sizeLimit: "32Mi" } }]),
    ],
  };
}

const REGION_DIRECTORY = FILES.regionConfig.slice(0, FILES.regionConfig.lastIndexOf("/"));

function mounts(secrets: string, run: string): kubernetes.types.input.core.v1.VolumeMount[] {
  return [
    { name: "bundle", mountPath: FILES.bundleDir, readOnly: true },
    { name: "region", mountPath: REGION_DIRECTORY, readOnly: true },
    { name: secrets, mountPath: FILES.secretsDir, readOnly: true },
    { name: run, mountPath: FILES.runDir },
  ];
}

const FILE_VARIABLES = [
  { name: ENV.regionConfig, value: FILES.regionConfig },
  { name: ENV.secretsDir, value: FILES.secretsDir },
];

function initContainer(): kubernetes.types.input.core.v1.Container {
  return nodeContainer("migrate", INIT_BUNDLE_FILE, { env: FILE_VARIABLES, volumeMounts: mounts("init-secrets", "init-run"), resources: INIT_RESOURCES });
}

function serviceContainer(manifest: ServiceManifest): kubernetes.types.input.core.v1.Container {
  return nodeContainer(manifest.name, BUNDLE_FILE, {
    env: [
      ...FILE_VARIABLES,
      { name: ENV.authUrl, value: URLS.auth },
      ...(manifest.kubernetesApi ? [{ name: ENV.serviceAccountDir, value: FILES.serviceAccountDir }] : []),
    ],
    volumeMounts: mounts("secrets", "run"),
    resources: RESOURCES,
    ports: [
      { name: "http", containerPort: PORTS.public },
      { name: "internal", containerPort: PORTS.internal },
    ],
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    ...probes(),
  });
}
