import { isDeepStrictEqual } from "node:util";
import { at, isObject, isSet, listAt, textAt, type PlannedObject } from "../lib/planned.ts";
import { containerRule, WORKLOADS, type Container, type Pod } from "../lib/pods.ts";
import { unless, type Rule } from "../lib/rule.ts";

/** Paths that answer as long as the process lives, whatever it depends on. */
const LIVENESS_PATHS = ["/livez", "/healthz", "/-/healthy"];
const HANDLERS = ["httpGet", "tcpSocket", "exec", "grpc"];

/** What a probe asks, without how often. */
function questionOf(container: PlannedObject, probe: string): readonly unknown[] {
  const value = at(container, probe);
  return isObject(value) ? HANDLERS.map((handler) => value[handler]) : [];
}

/** An open socket asks nothing else either; a command could do anything. */
function asksNoDependency(container: PlannedObject): boolean {
  const path = textAt(container, "livenessProbe.httpGet.path");
  if (path !== undefined) return LIVENESS_PATHS.includes(path);
  return isSet(container, "livenessProbe.tcpSocket") || isSet(container, "livenessProbe.grpc");
}

/** A kubelet asks from its node, which reaches what no pod does: the IMDS for one. */
const asksAnother = (container: PlannedObject): boolean =>
  [
    ...["startupProbe", "readinessProbe", "livenessProbe"],
    ...["lifecycle.preStop", "lifecycle.postStart"],
  ].some((hook) =>
    ["httpGet", "tcpSocket"].some((handler) => isSet(container, `${hook}.${handler}.host`)),
  );

/** A container without a port serves nobody, but one of a pod's must say how the pod is. */
const mustAnswer = ({ init, props }: Container, pod: Pod): boolean =>
  !init &&
  (listAt(props, "ports").length > 0 || pod.containers.filter((one) => !one.init).length === 1);

export const probes: Rule = {
  id: "K07",
  name: "k07-probes",
  level: "mandatory",
  description:
    "What serves says when it is ready and when it is dead, by different questions; an outage of a dependency restarts nothing",
  source: "kube-score",
  resource: {
    ...containerRule((container, pod) => {
      const { props } = container;
      const [readiness, liveness] = [isSet(props, "readinessProbe"), isSet(props, "livenessProbe")];
      const ofItself = unless([
        !asksAnother(props),
        "probes and hooks must name no host: the node would ask it",
      ]);
      if (container.init || (!readiness && !liveness && !mustAnswer(container, pod)))
        return ofItself;
      const stated = unless(
        [readiness, "readinessProbe must be stated"],
        [liveness, "livenessProbe must be stated"],
        [
          !readiness ||
            !isDeepStrictEqual(
              questionOf(props, "readinessProbe"),
              questionOf(props, "livenessProbe"),
            ),
          "readinessProbe and livenessProbe must ask different questions",
        ],
        [
          !liveness || asksNoDependency(props),
          `livenessProbe must ask no dependency: ${LIVENESS_PATHS.join(", ")}, or a socket`,
        ],
      );
      return [...stated, ...ofItself];
    }),
    // A job's end is its answer.
    types: WORKLOADS.filter((type) => !type.startsWith("kubernetes:batch/")),
  },
};
