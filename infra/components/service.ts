import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENV, FILES, PORTS, URLS, type ServiceManifest } from "../../services/contract/index.ts";
import type { Artifacts } from "../lib/bundle.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import {
  labelsOf,
  nodeContainer,
  NON_ROOT_UID,
  opaqueSecret,
  probes,
  secretsAnnotation,
  secretVolume,
  selectorOf,
  spread,
} from "../lib/pod.ts";
import { Autoscaling } from "./autoscaling.ts";
import { DRAIN_SECONDS } from "./entry.ts";
import { ROLE_LABEL } from "./node-groups.ts";
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
  /** Version of the secrets; a new one rolls the pods. */
  readonly secretsVersion: number;
  readonly blocks: FlowBlocks;
  readonly priorityClassName: pulumi.Input<string>;
  /** Least pods; under load they grow to SERVICE_GROWTH times as many. */
  readonly replicas: number;
}

const PRE_STOP_SECONDS = 15;
/** The load balancer keeps sending while it drains: stop taking requests only after it has noticed. */
const GRACE_SECONDS = PRE_STOP_SECONDS + DRAIN_SECONDS + 5;
/** A quarter of a core is a calm pod; the autoscaler adds one when the average passes 60 % of it. */
const RESOURCES = { requests: { cpu: "250m", memory: "160Mi" }, limits: { memory: "512Mi" } };
/** The least is the size for the target; the databases' connections bound the most (policy A30). */
export const SERVICE_GROWTH = 2;
const INIT_RESOURCES = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
const BUNDLE_FILE = "main.mjs.br";
const INIT_BUNDLE_FILE = "migrate.mjs.br";

/**
 * One HTTP service from its manifest: bundle, secrets, Deployment spread over zones, Services,
 * autoscaler, disruption budget and the listed network flows. A new bundle rolls pod by pod.
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
    const bundle = this.#bundle(`${name}-bundle`, args, BUNDLE_FILE, manifest.entry);
    const initBundle =
      manifest.initEntry === undefined
        ? undefined
        : this.#bundle(`${name}-init-bundle`, args, INIT_BUNDLE_FILE, manifest.initEntry);
    const secrets = opaqueSecret(this, `${name}-secrets`, namespace, args.secretFiles);
    const initSecrets =
      args.initSecretFiles === undefined
        ? undefined
        : opaqueSecret(this, `${name}-init-secrets`, namespace, args.initSecretFiles);
    this.deployment = this.#deployment(name, args, {
      account,
      bundle,
      initBundle,
      secrets,
      initSecrets,
    });
    this.#services(name, args);
    new Autoscaling(
      name,
      {
        namespace,
        deployment: manifest.name,
        minReplicas: args.replicas,
        maxReplicas: args.replicas * SERVICE_GROWTH,
      },
      { parent: this, dependsOn: [this.deployment] },
    );
    new WorkloadPolicies(name, { manifest, namespace, blocks: args.blocks }, { parent: this });
    this.registerOutputs({});
  }

  /** One object a bundle: both of auth would pass what one may hold. */
  #bundle(
    name: string,
    { artifacts, namespace }: ServiceArgs,
    file: string,
    entry: string,
  ): kubernetes.core.v1.ConfigMap {
    return hashedConfigMap(this, name, namespace, {}, { [file]: artifacts.bundle(entry).base64 });
  }

  #deployment(name: string, args: ServiceArgs, parts: Parts): kubernetes.apps.v1.Deployment {
    const { manifest } = args;
    const labels = labelsOf(manifest.name, "service");
    return new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: { name: manifest.name, namespace: args.namespace, labels },
        spec: {
          // No replicas: the number is the autoscaler's, and every `up` would undo its work.
          selector: { matchLabels: selectorOf(manifest.name) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels, annotations: secretsAnnotation(args.secretsVersion) },
            spec: podSpec(args, parts),
          },
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
        spec: {
          type: "NodePort",
          selector,
          ports: [
            { name: "http", port: PORTS.public, targetPort: "http", nodePort: manifest.nodePort },
          ],
        },
      },
      { parent: this },
    );
    new kubernetes.core.v1.Service(
      `${name}-internal`,
      {
        metadata: { name: `${manifest.name}-internal`, namespace },
        spec: {
          type: "ClusterIP",
          selector,
          ports: [{ name: "internal", port: PORTS.internal, targetPort: "internal" }],
        },
      },
      { parent: this },
    );
  }
}

interface Parts {
  readonly account: kubernetes.core.v1.ServiceAccount;
  readonly bundle: kubernetes.core.v1.ConfigMap;
  readonly initBundle: kubernetes.core.v1.ConfigMap | undefined;
  readonly secrets: kubernetes.core.v1.Secret;
  readonly initSecrets: kubernetes.core.v1.Secret | undefined;
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
    priorityClassName: args.priorityClassName,
    topologySpreadConstraints: spread(manifest.name),
    ...(parts.initBundle === undefined ? {} : { initContainers: [initContainer()] }),
    containers: [serviceContainer(manifest)],
    volumes: [
      { name: "bundle", configMap: { name: parts.bundle.metadata.name } },
      { name: "region", configMap: { name: args.regionMapName } },
      { name: "run", emptyDir: { sizeLimit: "32Mi" } },
      secretVolume("secrets", parts.secrets.metadata.name),
      ...initVolumes(parts),
    ],
  };
}

function initVolumes({ initBundle, initSecrets }: Parts): kubernetes.types.input.core.v1.Volume[] {
  return [
    ...(initBundle === undefined
      ? []
      : [
          { name: "init-bundle", configMap: { name: initBundle.metadata.name } },
          { name: "init-run", emptyDir: { sizeLimit: "32Mi" } },
        ]),
    ...(initSecrets === undefined ? [] : [secretVolume("init-secrets", initSecrets.metadata.name)]),
  ];
}

const REGION_DIRECTORY = FILES.regionConfig.slice(0, FILES.regionConfig.lastIndexOf("/"));

/** The same places in both containers, each with its own bundle, secrets and scratch space. */
function mounts(prefix: "" | "init-"): kubernetes.types.input.core.v1.VolumeMount[] {
  return [
    { name: `${prefix}bundle`, mountPath: FILES.bundleDir, readOnly: true },
    { name: "region", mountPath: REGION_DIRECTORY, readOnly: true },
    { name: `${prefix}secrets`, mountPath: FILES.secretsDir, readOnly: true },
    { name: `${prefix}run`, mountPath: FILES.runDir },
  ];
}

const FILE_VARIABLES = [
  { name: ENV.regionConfig, value: FILES.regionConfig },
  { name: ENV.secretsDir, value: FILES.secretsDir },
];

function initContainer(): kubernetes.types.input.core.v1.Container {
  return nodeContainer("migrate", INIT_BUNDLE_FILE, {
    env: FILE_VARIABLES,
    volumeMounts: mounts("init-"),
    resources: INIT_RESOURCES,
  });
}

function serviceContainer(manifest: ServiceManifest): kubernetes.types.input.core.v1.Container {
  return nodeContainer(manifest.name, BUNDLE_FILE, {
    env: [
      ...FILE_VARIABLES,
      { name: ENV.authUrl, value: URLS.auth },
      ...(manifest.kubernetesApi
        ? [{ name: ENV.serviceAccountDir, value: FILES.serviceAccountDir }]
        : []),
    ],
    volumeMounts: mounts(""),
    resources: RESOURCES,
    ports: [
      { name: "http", containerPort: PORTS.public },
      { name: "internal", containerPort: PORTS.internal },
    ],
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    ...probes(),
  });
}
