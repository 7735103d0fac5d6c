import { at, isSet, numberAt, objectsAt, textAt } from "../lib/planned.ts";
import { DEPLOYMENT, podOf, type Pod } from "../lib/pods.ts";
import {
  found,
  isLocal,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { namespaceOf, selects } from "../lib/selectors.ts";

const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const ZONE = "topology.kubernetes.io/zone";

/** Pods that must be there: one a zone, where there is more than one machine. */
const minReplicas = (stack: PlannedStack): number => (isLocal(stack) ? 2 : 3);

/** A budget of one at a time is what lets a node be drained without losing a service. */
function allowsOne({ props }: StackResource, replicas: number): boolean {
  const [unavailable, available] = [
    at(props, "spec.maxUnavailable"),
    numberAt(props, "spec.minAvailable"),
  ];
  return (
    unavailable === 1 ||
    unavailable === "1" ||
    (available !== undefined && available === replicas - 1)
  );
}

/** Over zones, by a constraint or an affinity that counts the pod's own kind. */
function isSpread({ spec, labels }: Pod): boolean {
  const constraints = objectsAt(spec, "topologySpreadConstraints");
  const affinity = "affinity.podAntiAffinity";
  const terms = [
    ...objectsAt(spec, `${affinity}.requiredDuringSchedulingIgnoredDuringExecution`),
    ...objectsAt(spec, `${affinity}.preferredDuringSchedulingIgnoredDuringExecution`).map(
      (item) => item["podAffinityTerm"],
    ),
  ];
  return [...constraints, ...terms].some(
    (item) => textAt(item, "topologyKey") === ZONE && selects(at(item, "labelSelector"), labels),
  );
}

function replicasOf(deployment: StackResource, autoscaler: StackResource | undefined): number {
  return autoscaler === undefined
    ? (numberAt(deployment.props, "spec.replicas") ?? 1)
    : (numberAt(autoscaler.props, "spec.minReplicas") ?? 1);
}

function judge(stack: PlannedStack, deployment: StackResource): Finding[] {
  const pod = podOf(deployment);
  if (pod === undefined) return []; // another rule says that it must be known
  const beside = (type: string): StackResource[] =>
    stack.resources.filter(
      (item) => item.type === type && namespaceOf(item) === namespaceOf(deployment),
    );
  const autoscaler = beside(AUTOSCALER).find(
    ({ props }) => textAt(props, "spec.scaleTargetRef.name") === pod.workload,
  );
  const replicas = replicasOf(deployment, autoscaler);
  const min = minReplicas(stack);
  const budgets = beside(BUDGET).filter(({ props }) =>
    selects(at(props, "spec.selector"), pod.labels),
  );
  const fixed =
    isSet(deployment.props, "spec.replicas") && !deployment.ignoreChanges.includes("spec.replicas");
  return found(
    deployment,
    unless(
      [
        replicas >= min,
        `${autoscaler === undefined ? "spec.replicas" : "spec.minReplicas of its autoscaler"} must be at least ${min}`,
      ],
      [
        autoscaler === undefined || !fixed,
        "spec.replicas must be left to the autoscaler: every up would undo its work",
      ],
      [
        budgets.some((budget) => allowsOne(budget, replicas)),
        "a PodDisruptionBudget must select its pods and allow one to leave",
      ],
      [isSpread(pod), `its pods must be spread over ${ZONE}`],
    ),
  );
}

export const availability: Rule = {
  id: "K08",
  name: "k08-availability",
  level: "mandatory",
  description: "A Deployment survives the loss of a pod, a node and a zone",
  source: "kube-score, Polaris",
  stack: (stack) =>
    stack.resources
      .filter(({ type }) => type === DEPLOYMENT)
      .flatMap((deployment) => judge(stack, deployment)),
};
