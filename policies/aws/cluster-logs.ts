import { listAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

const LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

export const clusterLogs: Rule = {
  id: "A03",
  name: "a03-cluster-logs",
  level: "mandatory",
  description: "All five logs of the Kubernetes control plane are on",
  source: "EKS.8, CIS 2.1.1",
  resource: {
    types: ["aws:eks/cluster:Cluster"],
    check: ({ props }) => {
      const missing = LOGS.filter((log) => !listAt(props, "enabledClusterLogTypes").includes(log));
      return unless([
        missing.length === 0,
        `enabledClusterLogTypes must hold all five; it lacks ${missing.join(", ")}`,
      ]);
    },
  },
};
