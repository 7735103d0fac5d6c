import { AGENT } from "../../services/contract/index.ts";
import { at, isSet, numberAt, objectsAt, textAt, type Planned } from "../lib/planned.ts";
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

/** How many of some pods a number or a percentage means; undefined: neither. */
function countOf(
  value: Planned | undefined,
  pods: number,
  round: (count: number) => number,
): number | undefined {
  if (typeof value === "number") return value;
  const [, digits, percent] = (typeof value === "string" && /^(\d+)(%?)$/.exec(value)) || [];
  if (digits === undefined) return undefined;
  return percent === "%" ? round((Number(digits) * pods) / 100) : Number(digits);
}

/**
 * A budget of one at a time is what lets a node be drained without losing a service. The disruption
 * controller rounds both of its percentages up (kubernetes.io, "Specifying a Disruption Budget").
 */
function allowsOne({ props }: StackResource, replicas: number): boolean {
  const unavailable = countOf(at(props, "spec.maxUnavailable"), replicas, Math.ceil);
  if (unavailable !== undefined) return unavailable === 1;
  return countOf(at(props, "spec.minAvailable"), replicas, Math.ceil) === replicas - 1;
}

/** A roll takes away one pod at a time; its percentage is rounded down, and is 25 % when left out. */
function rollsOneByOne({ props }: StackResource, replicas: number): boolean {
  const strategy = "spec.strategy";
  const stated = at(props, `${strategy}.rollingUpdate.maxUnavailable`) ?? "25%";
  return (
    (at(props, `${strategy}.type`) ?? "RollingUpdate") === "RollingUpdate" &&
    (countOf(stated, replicas, Math.floor) ?? Infinity) <= 1
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
      [
        budgets.length <= 1,
        "one PodDisruptionBudget alone must select its pods: of two, Kubernetes obeys none and evicts nothing",
      ],
      [
        rollsOneByOne(deployment, replicas),
        "spec.strategy must be RollingUpdate with a maxUnavailable of at most one pod",
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
    stack.resources.flatMap((resource) => {
      if (resource.type === DEPLOYMENT) return judge(stack, resource);
      if (resource.type !== AUTOSCALER) return [];
      return found(
        resource,
        unless([
          textAt(resource.props, "spec.scaleTargetRef.name") !== AGENT.name,
          `spec.scaleTargetRef must not be ${AGENT.name}: an autoscaler ends tunnels when it scales down`,
        ]),
      );
    }),
};
