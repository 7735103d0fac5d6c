import { describe } from "mocha";
import { availability } from "../../../policies/kubernetes/availability.ts";
import { draining } from "../../../policies/kubernetes/draining.ts";
import { namespaceSecurity } from "../../../policies/kubernetes/namespace-security.ts";
import { serviceExposure } from "../../../policies/kubernetes/service-exposure.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import {
  AUTH,
  AUTH_BUDGET,
  AUTH_SERVICE,
  autoscaler,
  CONTAINER,
  INTERNAL_SERVICE,
  namespace,
  PLATFORM,
  POD,
  provider,
  TARGET_GROUP,
  VPN,
  VPN_BUDGET,
  VPN_SERVER,
} from "./fixtures.ts";

const LABELS = "metadata.labels";

describe("policies of workloads and what is around them", () => {
  describeCases([
    {
      rule: namespaceSecurity,
      compliant: [PLATFORM, VPN, AUTH],
      fine: [
        {
          title: "a third namespace that is restricted",
          also: [namespace("monitoring", "restricted")],
        },
      ],
      violating: [
        { title: "no level", change: { [LABELS]: undefined }, says: /must be "restricted"/ },
        {
          title: "labels that are not known",
          change: { [LABELS]: UNKNOWN },
          says: /must be "restricted"/,
        },
        {
          title: "a privileged platform",
          also: [namespace("securevpn-2", "privileged")],
          says: /only namespace securevpn-vpn may be "privileged"/,
        },
        {
          title: "a baseline",
          also: [namespace("monitoring", "baseline")],
          says: /must be "restricted"/,
        },
        {
          title: "the default namespace taken over",
          also: [namespace("default", "restricted")],
          says: /known name of our own/,
        },
        {
          title: "an object without a namespace",
          of: "auth",
          change: { "metadata.namespace": undefined },
          says: /other than `default`/,
        },
        {
          title: "an object in `default`",
          of: "auth",
          change: { "metadata.namespace": "default" },
          says: /other than `default`/,
        },
        {
          title: "a kind that no policy reads",
          also: [{ type: "kubernetes:helm.sh/v3:Release", name: "chart", props: {} }],
          says: /must be one that the policies read/,
        },
      ],
    },
    {
      rule: availability,
      compliant: [AUTH, AUTH_BUDGET, VPN_SERVER, VPN_BUDGET, PLATFORM, VPN],
      fine: [
        {
          title: "two replicas on one machine",
          change: { "spec.replicas": 2 },
          stack: "local",
        },
        {
          title: "an autoscaler that owns the number",
          change: { "spec.replicas": undefined },
          also: [autoscaler(3)],
        },
        {
          title: "a budget by what must stay",
          of: "auth-budget",
          change: { "spec.maxUnavailable": undefined, "spec.minAvailable": 2 },
        },
        {
          title: "spread by anti-affinity",
          change: {
            [`${POD}.topologySpreadConstraints`]: undefined,
            [`${POD}.affinity`]: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 1,
                    podAffinityTerm: {
                      topologyKey: "topology.kubernetes.io/zone",
                      labelSelector: { matchLabels: { app: "auth" } },
                    },
                  },
                ],
              },
            },
          },
        },
      ],
      violating: [
        {
          title: "two replicas in prod",
          change: { "spec.replicas": 2 },
          says: /must be at least 3/,
        },
        {
          title: "two replicas of a stack that only calls itself local",
          change: { "spec.replicas": 2 },
          also: [provider("local")],
          says: /must be at least 3/,
        },
        {
          title: "one replica on one machine",
          change: { "spec.replicas": undefined },
          stack: "local",
          says: /must be at least 2/,
        },
        {
          title: "an autoscaler that goes down to one",
          change: { "spec.replicas": undefined },
          also: [autoscaler(1)],
          says: /minReplicas of its autoscaler must be at least 3/,
        },
        {
          title: "a number under an autoscaler",
          also: [autoscaler(3)],
          says: /must be left to the autoscaler/,
        },
        { title: "no budget", without: ["auth-budget"], says: /PodDisruptionBudget must select/ },
        {
          title: "a budget that allows nobody to leave",
          of: "auth-budget",
          change: { "spec.maxUnavailable": 0 },
          says: /PodDisruptionBudget must select/,
        },
        {
          title: "a budget in another namespace",
          of: "auth-budget",
          options: { from: { metadata: ["securevpn-vpn"] } },
          says: /PodDisruptionBudget must select/,
        },
        {
          title: "a spread that counts the pods of another",
          change: {
            [`${POD}.topologySpreadConstraints.0.labelSelector.matchLabels.app`]: "selector",
          },
          says: /must be spread over topology.kubernetes.io\/zone/,
        },
        {
          title: "VPN servers in one zone, if on a node each",
          of: VPN_SERVER.name,
          change: { [`${POD}.topologySpreadConstraints`]: undefined },
          says: /must be spread over topology.kubernetes.io\/zone/,
        },
        {
          title: "all pods in one zone",
          change: { [`${POD}.topologySpreadConstraints`]: undefined },
          says: /must be spread over topology.kubernetes.io\/zone/,
        },
      ],
    },
    {
      rule: draining,
      compliant: [AUTH, AUTH_SERVICE, TARGET_GROUP, PLATFORM],
      fine: [
        {
          title: "a pod that no entry sends to",
          without: ["auth-service"],
          change: { [`${CONTAINER}.lifecycle`]: undefined },
        },
        {
          title: "a wait by a command",
          change: {
            [`${CONTAINER}.lifecycle`]: {
              preStop: { exec: { command: ["sh", "-c", "sleep 15"] } },
            },
          },
        },
      ],
      violating: [
        {
          title: "no preStop",
          change: { [`${CONTAINER}.lifecycle`]: undefined },
          says: /preStop must wait at least 15 s/,
        },
        {
          title: "a short preStop",
          change: { [`${CONTAINER}.lifecycle.preStop.sleep.seconds`]: 5 },
          says: /preStop must wait at least 15 s/,
        },
        {
          title: "a grace period that ends before the drain",
          change: { [`${POD}.terminationGracePeriodSeconds`]: 39 },
          says: /must be at least 40/,
        },
        {
          title: "a drain that grew",
          of: "entry-auth",
          change: { deregistrationDelay: 60 },
          says: /must be at least 80/,
        },
        {
          title: "a drain left to AWS, which takes 300 s",
          of: "entry-auth",
          change: { deregistrationDelay: undefined },
          says: /must be at least 320/,
        },
      ],
    },
    {
      rule: serviceExposure,
      compliant: [AUTH_SERVICE, INTERNAL_SERVICE, PLATFORM],
      fine: [
        {
          title: "a Service that states no type",
          of: "auth-internal",
          change: { "spec.type": undefined },
        },
      ],
      violating: [
        {
          title: "a LoadBalancer",
          change: { "spec.type": "LoadBalancer" },
          says: /ClusterIP or NodePort/,
        },
        {
          title: "a type that is not known",
          change: { "spec.type": UNKNOWN },
          says: /ClusterIP or NodePort/,
        },
        {
          title: "a NodePort of a third Service",
          of: "auth-internal",
          change: { "spec.type": "NodePort" },
          says: /NodePort only for auth \(30080\) and selector \(30081\)/,
        },
        {
          title: "another port than the entry's",
          change: { "spec.ports": [{ port: 8080, nodePort: 30090 }] },
          says: /NodePort only for/,
        },
        {
          title: "a port that Kubernetes chooses",
          change: { "spec.ports": [{ port: 8080 }] },
          says: /NodePort only for/,
        },
        {
          title: "addresses of our own",
          of: "auth-internal",
          change: { "spec.externalIPs": ["192.0.2.1"] },
          says: /externalIPs must be empty/,
        },
      ],
    },
  ]);
});
