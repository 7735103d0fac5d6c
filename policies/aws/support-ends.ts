import { daysOfSupport, STANDARD_SUPPORT_ENDS } from "../../facts/kubernetes-support.ts";
import { textAt } from "../lib/planned.ts";
import { found, unless, type Rule } from "../lib/rule.ts";

const VERSIONED = ["aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"];
/** An upgrade of all regions, one after the other with a fortnight between, and as long again. */
const WARNING_DAYS = 120;

export const supportEnds: Rule = {
  id: "A33",
  name: "a33-support-ends",
  level: "advisory",
  description: "Kubernetes is upgraded 120 days before AWS would do it, or charge for waiting",
  source: "EKS.2",
  stack: ({ resources, today }) =>
    resources
      .filter(({ type }) => VERSIONED.includes(type))
      .flatMap((resource) => {
        const version = textAt(resource.props, "version") ?? "";
        const left = daysOfSupport(version, today);
        return found(
          resource,
          unless([
            left === undefined || left > WARNING_DAYS,
            `version ${version} has ${left} days of standard support left, until ${STANDARD_SUPPORT_ENDS[version]}: plan the upgrade (docs/upgrade-kubernetes.md)`,
          ]),
        );
      }),
};
