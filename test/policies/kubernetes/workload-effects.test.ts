import { describe } from "mocha";
import { availability } from "../../../policies/kubernetes/availability.ts";
import { draining } from "../../../policies/kubernetes/draining.ts";
import { probes } from "../../../policies/kubernetes/probes.ts";
import { serviceExposure } from "../../../policies/kubernetes/service-exposure.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import { broken } from "../support.ts";
import {
  asKind,
  AUTH,
  AUTH_BUDGET,
  AUTH_SERVICE,
  autoscaler,
  CONTAINER,
  INTERNAL_SERVICE,
  PLATFORM,
  PODS,
  TARGET_GROUP,
  VPN,
  VPN_BUDGET,
  VPN_SERVER,
} from "./fixtures.ts";

const preStop = (...command: readonly string[]) => ({
  [`${CONTAINER}.lifecycle.preStop`]: { exec: { command } },
});
const SHORT =
  "lifecycle.preStop must wait at least 15 s: the balancer sends on until it has noticed";
const BUDGET = "a PodDisruptionBudget must select its pods and allow one to leave";
const ROLL = "spec.strategy must be RollingUpdate with a maxUnavailable of at most one pod";
const SELECTOR = "spec.selector must be known: without one somebody writes the addresses by hand";
const budget = (spec: PlannedObject): PlannedObject =>
  Object.fromEntries(Object.entries(spec).map(([key, value]) => [`spec.${key}`, value]));

describe("effects of workloads and what is around them", () => {
  describeCases([
    {
      rule: availability,
      compliant: [AUTH, AUTH_BUDGET, VPN_SERVER, VPN_BUDGET, PLATFORM, VPN],
      fine: [
        {
          title: "a third of three, which is one",
          of: "auth-budget",
          change: budget({ maxUnavailable: "33%" }),
        },
        {
          title: "two thirds of three that stay, which are two",
          of: "auth-budget",
          change: budget({ maxUnavailable: undefined, minAvailable: "66%" }),
        },
        {
          title: "a roll of a third of three",
          change: { "spec.strategy": { rollingUpdate: { maxUnavailable: "33%" } } },
        },
      ],
      violating: [
        {
          title: "34 % of three, which are two, rounded up",
          of: "auth-budget",
          change: budget({ maxUnavailable: "34%" }),
          says: [BUDGET],
        },
        {
          title: "67 % of three that stay, which are three, rounded up",
          of: "auth-budget",
          change: budget({ maxUnavailable: undefined, minAvailable: "67%" }),
          says: [BUDGET],
        },
        {
          title: "all at once",
          of: "auth-budget",
          change: budget({ maxUnavailable: "100%" }),
          says: [BUDGET],
        },
        {
          title: "a second budget, by an expression",
          also: [
            {
              ...AUTH_BUDGET,
              name: "second",
              props: {
                ...AUTH_BUDGET.props,
                spec: {
                  maxUnavailable: 1,
                  selector: { matchExpressions: [{ key: "app", operator: "Exists" }] },
                },
              },
            },
          ],
          says: [
            "one PodDisruptionBudget alone must select its pods: of two, Kubernetes obeys none and evicts nothing",
          ],
        },
        ...(
          [
            ["all at once", { type: "Recreate" }],
            ["two thirds at once", { rollingUpdate: { maxUnavailable: "67%" } }],
            ["nobody knows how many at once", { rollingUpdate: { maxUnavailable: UNKNOWN } }],
          ] as const
        ).map(([title, strategy]): Violation => ({
          title: `a roll of ${title}`,
          change: { "spec.strategy": strategy },
          says: [ROLL],
        })),
        {
          title: "an autoscaler of VPN servers",
          also: [
            {
              ...autoscaler(3),
              props: { metadata: {}, spec: { scaleTargetRef: { name: "vpn-server" } } },
            },
          ],
          says: [
            "spec.scaleTargetRef must not be vpn-server: an autoscaler ends tunnels when it scales down",
          ],
        },
      ],
    },
    {
      rule: draining,
      compliant: [AUTH, AUTH_SERVICE, TARGET_GROUP, PLATFORM],
      fine: [
        { title: "a sleep by itself", change: preStop("sleep", "15") },
        { title: "a sleep by its path", change: preStop("/bin/sleep", "15s") },
        { title: "a sleep, then more", change: preStop("sh", "-c", "sleep 15 && nginx -s quit") },
        {
          title: "a sleep in the shell's place",
          change: preStop("/bin/sh", "-c", "exec sleep 15"),
        },
      ],
      violating: [
        ...(
          [
            ["sh", "-c", "sleep 15 &"],
            ["sh", "-c", "(sleep 15) & true"],
            ["sh", "-c", "true || sleep 15"],
            ["sh", "-c", "echo sleep 15"],
            ["sh", "-c", "exit 0; sleep 15"],
            ["sh", "-c", "# sleep 15"],
            ["sh", "sleep 15"],
            ["echo", "sleep 15"],
            ["echo", "sleep", "15"],
            ["sleep", "0.15"],
          ] as const
        ).map((command): Violation => ({
          title: `what only looks like a wait: ${command.join(" ")}`,
          change: preStop(...command),
          says: [SHORT],
        })),
        {
          title: "a call in place of a wait",
          change: {
            [`${CONTAINER}.lifecycle.preStop`]: { httpGet: { path: "/sleep 15", port: 8080 } },
          },
          says: [SHORT],
        },
        {
          title: "a short wait of a container that states no port",
          change: {
            [`${CONTAINER}.ports`]: undefined,
            [`${CONTAINER}.lifecycle.preStop.sleep.seconds`]: 5,
          },
          says: [SHORT],
        },
      ],
    },
    {
      rule: probes,
      compliant: PODS,
      violating: [
        {
          title: "a liveness that asks the node's metadata",
          change: { [`${CONTAINER}.livenessProbe.httpGet.host`]: "169.254.169.254" },
          says: ["container auth: probes and hooks must name no host: the node would ask it"],
        },
        {
          title: "a hook that asks another host",
          change: { [`${CONTAINER}.lifecycle.preStop`]: { httpGet: { host: "203.0.113.1" } } },
          says: ["container auth: probes and hooks must name no host: the node would ask it"],
        },
      ],
    },
    {
      rule: serviceExposure,
      compliant: [AUTH_SERVICE, INTERNAL_SERVICE, PLATFORM, AUTH],
      fine: [
        {
          title: "a port by its name",
          change: { "spec.ports": [{ port: 80, targetPort: "http", nodePort: 30080 }] },
        },
      ],
      violating: [
        {
          title: "a name outside",
          of: "auth-internal",
          change: { "spec.type": "ExternalName", "spec.externalName": "example.com" },
          says: [
            "spec.type must be ClusterIP or NodePort: a balancer made by a controller is orphaned at destroy, and an ExternalName leads past every flow",
          ],
        },
        {
          title: "no selector",
          of: "auth-internal",
          change: { "spec.selector": undefined },
          says: [SELECTOR],
        },
        {
          title: "the internal port behind the entry",
          change: { "spec.ports": [{ port: 8080, targetPort: 9090, nodePort: 30080 }] },
          says: ["spec.ports of a NodePort must lead to the public port 8080"],
        },
        {
          title: "another workload behind the entry",
          also: [
            broken(asKind(AUTH, "apps/v1:StatefulSet", "other"), { "metadata.name": "other" }),
          ],
          says: ["spec.selector of a NodePort must select its own workload alone, not other"],
        },
        {
          title: "the internal port by default",
          change: { "spec.ports": [{ port: 9090, nodePort: 30080 }] },
          says: ["spec.ports of a NodePort must lead to the public port 8080"],
        },
      ],
    },
  ]);
});
