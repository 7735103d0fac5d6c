import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ENV, FILES, PORTS } from "../../services/contract/index.ts";
import { IMAGES } from "../versions.ts";
import { LOADER } from "./bundle.ts";

type EnvVar = kubernetes.types.input.core.v1.EnvVar;
type Container = kubernetes.types.input.core.v1.Container;

/** `nobody` of the stock images. */
export const NON_ROOT_UID = 65534;

/** Recommended labels (kubernetes.io "Recommended Labels"). */
export function labelsOf(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": "securevpn",
  };
}

export const selectorOf = (name: string): Record<string, string> => ({
  "app.kubernetes.io/name": name,
});

/** What the "restricted" Pod Security level asks for, and a read-only root. */
export const RESTRICTED: kubernetes.types.input.core.v1.SecurityContext = {
  runAsNonRoot: true,
  runAsUser: NON_ROOT_UID,
  runAsGroup: NON_ROOT_UID,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const fieldRef = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

export const podAddress = fieldRef(ENV.podIp, "status.podIP");

/** Variables that every Node container gets. */
export function commonEnvironment(): EnvVar[] {
  return [
    podAddress,
    fieldRef(ENV.podName, "metadata.name"),
    fieldRef(ENV.nodeName, "spec.nodeName"),
    { name: ENV.publicPort, value: String(PORTS.public) },
    { name: ENV.internalPort, value: String(PORTS.internal) },
  ];
}

/** A Node container that boots a brotli bundle from a mounted ConfigMap. */
export function nodeContainer(
  name: string,
  bundleFile: string,
  settings: Pick<Container, "env" | "volumeMounts" | "resources"> & Partial<Container>,
): Container {
  return {
    name,
    image: IMAGES.node,
    command: [
      "node",
      "--enable-source-maps",
      "-e",
      LOADER,
      `${FILES.bundleDir}/${bundleFile}`,
      FILES.runDir,
    ],
    securityContext: RESTRICTED,
    ...settings,
    env: [...commonEnvironment(), ...((settings.env as EnvVar[] | undefined) ?? [])],
  };
}

export const probe = (
  path: string,
  port: number,
  periodSeconds: number,
  failureThreshold: number,
) => ({
  httpGet: { path, port },
  periodSeconds,
  failureThreshold,
  timeoutSeconds: 2,
});

/** Probes of a service: liveness asks no dependency, or one outage would restart every pod. */
export function probes(port: number = PORTS.internal) {
  return {
    startupProbe: probe("/livez", port, 1, 60),
    readinessProbe: probe("/readyz", port, 2, 2),
    livenessProbe: probe("/livez", port, 10, 3),
  };
}

/**
 * Spread over zones, then nodes. Preferred and not required: when a zone is lost the pods must fit
 * into the others.
 */
export function spread(
  name: string,
  topologyKeys = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
): kubernetes.types.input.core.v1.TopologySpreadConstraint[] {
  return topologyKeys.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorOf(name) },
  }));
}

/** Part of the pod template of what mounts generated secrets: a new version rolls the pods. */
export const secretsAnnotation = (version: number): Record<string, string> => ({
  "securevpn.example/secrets-version": String(version),
});

/** A Secret of files: name to content. */
export function opaqueSecret(
  parent: pulumi.Resource,
  name: string,
  namespace: pulumi.Input<string>,
  files: Readonly<Record<string, pulumi.Input<string>>>,
): kubernetes.core.v1.Secret {
  return new kubernetes.core.v1.Secret(
    name,
    { metadata: { name, namespace }, type: "Opaque", stringData: { ...files } },
    { parent },
  );
}

/** Volume of some files of a Secret, readable by the container's group alone. */
export function secretVolume(
  name: string,
  secretName: pulumi.Input<string>,
): kubernetes.types.input.core.v1.Volume {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}
