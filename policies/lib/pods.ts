import { at, isObject, isSet, listAt, objectsAt, textAt, type PlannedObject } from "./planned.ts";
import type { PlannedResource, Rule } from "./rule.ts";

/** Where each kind of workload keeps its pod template. */
const TEMPLATES: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Pod": "",
  "kubernetes:core/v1:PodTemplate": "template.",
  "kubernetes:core/v1:ReplicationController": "spec.template.",
  "kubernetes:apps/v1:Deployment": "spec.template.",
  "kubernetes:apps/v1:StatefulSet": "spec.template.",
  "kubernetes:apps/v1:DaemonSet": "spec.template.",
  "kubernetes:apps/v1:ReplicaSet": "spec.template.",
  "kubernetes:batch/v1:Job": "spec.template.",
  "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.",
};

export const WORKLOADS = Object.keys(TEMPLATES);
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const POD_TEMPLATE = "kubernetes:core/v1:PodTemplate";
export const NAMESPACE = "kubernetes:core/v1:Namespace";

export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly props: PlannedObject;
}

export interface Pod {
  /** Type of what makes it, e.g. a Deployment. */
  readonly type: string;
  /** Name of the workload, e.g. `vpn-server`. */
  readonly workload: string;
  readonly labels: PlannedObject;
  readonly annotations: PlannedObject;
  readonly spec: PlannedObject;
  readonly containers: readonly Container[];
}

/** The pod of a workload; undefined when it is not wholly there in preview. */
export function podOf({ type, props }: PlannedResource): Pod | undefined {
  const prefix = TEMPLATES[type];
  if (prefix === undefined) return undefined;
  const spec = at(props, `${prefix}spec`);
  if (!isObject(spec)) return undefined;
  const lists = [
    ["containers", false],
    ["initContainers", true],
    ["ephemeralContainers", true],
  ] as const;
  const containers = lists.flatMap(([key, init]) =>
    objectsAt(spec, key).map((item) => ({ name: textAt(item, "name") ?? "?", init, props: item })),
  );
  const known = lists.every(
    ([key]) => listAt(spec, key).every(isObject) && isListOrAbsent(spec, key),
  );
  if (!known || objectsAt(spec, "containers").length === 0) return undefined;
  const labels = at(props, `${prefix}metadata.labels`);
  const annotations = at(props, `${prefix}metadata.annotations`);
  return {
    type,
    workload: textAt(props, "metadata.name") ?? "",
    labels: isObject(labels) ? labels : {},
    annotations: isObject(annotations) ? annotations : {},
    spec,
    containers,
  };
}

function isListOrAbsent(spec: PlannedObject, key: string): boolean {
  const value = spec[key];
  return value === undefined || value === null || Array.isArray(value);
}

/** An image that a pod brings to its node, by a container or as a volume. */
export interface Image {
  /** E.g. `container auth`. */
  readonly where: string;
  /** Undefined: not known in preview. */
  readonly reference: string | undefined;
}

export const imagesOf = ({ containers, spec }: Pod): Image[] => [
  ...containers.map(({ name, props }) => ({
    where: `container ${name}`,
    reference: textAt(props, "image"),
  })),
  ...objectsAt(spec, "volumes")
    .filter((volume) => isSet(volume, "image"))
    .map((volume) => ({
      where: `volume ${textAt(volume, "name") ?? "?"}`,
      reference: textAt(volume, "image.reference"),
    })),
];

/** The part of a rule that judges pods, whatever makes them. */
export function podRule(check: (pod: Pod) => readonly string[]): NonNullable<Rule["resource"]> {
  return {
    types: WORKLOADS,
    check: (resource) => {
      const pod = podOf(resource);
      return pod === undefined
        ? ["the pod's spec and its containers must be known in preview"]
        : check(pod);
    },
  };
}

/** The same for every container, each sentence with its name. */
export function containerRule(
  check: (container: Container, pod: Pod) => readonly string[],
): NonNullable<Rule["resource"]> {
  return podRule((pod) =>
    pod.containers.flatMap((container) =>
      check(container, pod).map((sentence) => `container ${container.name}: ${sentence}`),
    ),
  );
}
