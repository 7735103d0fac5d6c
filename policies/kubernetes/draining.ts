import { listAt, numberAt, textAt, type Planned, type PlannedObject } from "../lib/planned.ts";
import { podOf } from "../lib/pods.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { namespaceOf, sendsTo } from "../lib/selectors.ts";

const SERVICE = "kubernetes:core/v1:Service";
const TARGET_GROUPS = ["aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"];
const MIN_PRE_STOP = 15;
const MARGIN = 5;
/** AWS's default of a target group that states none. */
const DEFAULT_DRAIN = 300;
const DEFAULT_GRACE = 30;

const SHELL = /^(\/bin\/|\/usr\/bin\/)?(sh|bash|ash|dash)$/;
const SLEEP = /^(\/bin\/|\/usr\/bin\/)?sleep$/;

/**
 * Seconds that a command waits first of all. One that only looks like a sleep waits 0: in the
 * background (`sleep 15 &`), as a word (`echo sleep 15`), never reached (`true || sleep 15`).
 */
function sleepOf(command: readonly Planned[]): number {
  const words = command.filter((word) => typeof word === "string");
  const [program = "", first = "", script = ""] = words;
  if (words.length !== command.length) return 0;
  if (SLEEP.test(program) && words.length === 2) return Number(/^(\d+)s?$/.exec(first)?.[1] ?? 0);
  if (!SHELL.test(program) || first !== "-c" || words.length !== 3) return 0;
  const [, seconds = "0"] = /^\s*(?:exec )?sleep (\d+)s?\s*(?:$|;|\n|&&)/.exec(script) ?? [];
  return Number(seconds);
}

/** Seconds that a container waits before it is told to stop. */
const preStopOf = (props: PlannedObject): number =>
  numberAt(props, "lifecycle.preStop.sleep.seconds") ??
  sleepOf(listAt(props, "lifecycle.preStop.exec.command"));

const drainSeconds = (stack: PlannedStack): number =>
  Math.max(
    0,
    ...stack.resources
      .filter(({ type }) => TARGET_GROUPS.includes(type))
      .map(({ props }) => numberAt(props, "deregistrationDelay") ?? DEFAULT_DRAIN),
  );

function behindEntry(stack: PlannedStack, workload: StackResource, labels: PlannedObject): boolean {
  return stack.resources.some((service) => {
    return (
      service.type === SERVICE &&
      textAt(service.props, "spec.type") === "NodePort" &&
      namespaceOf(service) === namespaceOf(workload) &&
      sendsTo(service, labels)
    );
  });
}

function judge(stack: PlannedStack, workload: StackResource): Finding[] {
  const pod = podOf(workload);
  if (pod === undefined || !behindEntry(stack, workload, pod.labels)) return [];
  const staying = pod.containers.filter(({ init }) => !init);
  const named = staying.filter(({ props }) => listAt(props, "ports").length > 0);
  // A port that is not stated is served all the same.
  const serving = named.length > 0 ? named : staying;
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
