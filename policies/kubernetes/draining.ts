import { at, isObject, listAt, numberAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { podOf } from "../lib/pods.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { namespaceOf } from "../lib/selectors.ts";

const SERVICE = "kubernetes:core/v1:Service";
const TARGET_GROUPS = ["aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"];
const MIN_PRE_STOP = 15;
const MARGIN = 5;
/** AWS's default of a target group that states none. */
const DEFAULT_DRAIN = 300;
const DEFAULT_GRACE = 30;

/** Seconds that a container waits before it is told to stop. */
function preStopOf(props: PlannedObject): number {
  const sleep = numberAt(props, "lifecycle.preStop.sleep.seconds");
  if (sleep !== undefined) return sleep;
  const command = listAt(props, "lifecycle.preStop.exec.command")
    .filter((word) => typeof word === "string")
    .join(" ");
  return Number(/\bsleep (\d+)/.exec(command)?.[1] ?? 0);
}

const drainSeconds = (stack: PlannedStack): number =>
  Math.max(
    0,
    ...stack.resources
      .filter(({ type }) => TARGET_GROUPS.includes(type))
      .map(({ props }) => numberAt(props, "deregistrationDelay") ?? DEFAULT_DRAIN),
  );

function behindEntry(stack: PlannedStack, workload: StackResource, labels: PlannedObject): boolean {
  return stack.resources.some((service) => {
    const selector = at(service.props, "spec.selector");
    return (
      service.type === SERVICE &&
      textAt(service.props, "spec.type") === "NodePort" &&
      namespaceOf(service) === namespaceOf(workload) &&
      isObject(selector) &&
      Object.entries(selector).every(([key, value]) => labels[key] === value)
    );
  });
}

function judge(stack: PlannedStack, workload: StackResource): Finding[] {
  const pod = podOf(workload);
  if (pod === undefined || !behindEntry(stack, workload, pod.labels)) return [];
  const serving = pod.containers.filter(
    ({ init, props }) => !init && listAt(props, "ports").length > 0,
  );
  const preStop = Math.min(...serving.map(({ props }) => preStopOf(props)));
  const grace = numberAt(pod.spec, "terminationGracePeriodSeconds") ?? DEFAULT_GRACE;
  const needed = preStop + drainSeconds(stack) + MARGIN;
  return found(
    workload,
    unless(
      [
        preStop >= MIN_PRE_STOP,
        `lifecycle.preStop must wait at least ${MIN_PRE_STOP} s: the balancer sends on until it has noticed`,
      ],
      [
        grace >= needed,
        `terminationGracePeriodSeconds must be at least ${needed}: preStop, the balancer's drain and ${MARGIN} s`,
      ],
    ),
  );
}

export const draining: Rule = {
  id: "K09",
  name: "k09-draining",
  level: "mandatory",
  description: "A pod behind the entry leaves only when the balancer has stopped sending to it",
  source: "OWN",
  stack: (stack) => stack.resources.flatMap((resource) => judge(stack, resource)),
};
