import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ENDPOINT_TAINT } from "../../../infra/components/node-groups.ts";
import { ENDPOINT, endpointNodes } from "../../../policies/kubernetes/endpoint-nodes.ts";
import { provider } from "../../../policies/kubernetes/provider.ts";
import { storage } from "../../../policies/kubernetes/storage.ts";
import { UNKNOWN, type Planned, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import type { Fixture } from "../support.ts";
import { AUTH, object, PLATFORM, POD, values, VPN, VPN_SERVER } from "./fixtures.ts";

const CLASS: Fixture = {
  type: "kubernetes:storage.k8s.io/v1:StorageClass",
  name: "storage",
  props: {
    metadata: { name: "securevpn-gp3" },
    provisioner: "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true" },
  },
};
const claimOf = (storageClassName: Planned): PlannedObject => ({
  spec: { storageClassName, resources: { requests: { storage: "5Gi" } } },
});
const CLAIM = object("core/v1:PersistentVolumeClaim", "grafana", "securevpn", claimOf(UNKNOWN), {
  spec: ["storage"],
});
const CLAIMING = object("apps/v1:StatefulSet", "prometheus", "securevpn", {
  spec: {
    volumeClaimTemplates: [{ metadata: { name: "data" }, ...claimOf("securevpn-gp3") }],
    template: {
      spec: {
        containers: [{ name: "prometheus" }],
        volumes: [
          { name: "scratch", ephemeral: { volumeClaimTemplate: claimOf("securevpn-gp3") } },
        ],
      },
    },
  },
});
const OTHER_CLASS =
  "spec.storageClassName must be a StorageClass of this stack: the cluster's own may not encrypt";

const SUBNET: Fixture = {
  type: "aws:ec2/subnet:Subnet",
  name: "network-endpoint-0",
  props: { tags: { tier: "endpoint" } },
};
const GROUP: Fixture = {
  type: "aws:eks/nodeGroup:NodeGroup",
  name: "nodes-endpoint-0",
  props: {
    subnetIds: UNKNOWN,
    taints: [{ key: "securevpn.example/role", value: "endpoint", effect: "NO_SCHEDULE" }],
  },
  from: { subnetIds: ["network-endpoint-0"] },
};
const PRIORITY: Fixture = {
  type: "kubernetes:scheduling.k8s.io/v1:PriorityClass",
  name: "priority",
  props: { metadata: { name: "securevpn-platform" }, value: 900_000, globalDefault: false },
};
const CLUSTER: Fixture = {
  type: "pulumi:providers:kubernetes",
  name: "kubernetes",
  props: { kubeconfig: UNKNOWN, clusterIdentifier: "svpn-us-east-1-cluster" },
};
const OFF_ENDPOINTS =
  "tolerations and nodeSelector must keep it off nodes of securevpn.example/role=endpoint: VPN servers alone run there";
const key = "securevpn.example/role";

describe("policies of nodes and volumes", () => {
  describeCases([
    {
      rule: storage,
      compliant: [CLASS, CLAIM, CLAIMING, PLATFORM],
      violating: [
        ...values("false", "True", UNKNOWN).map(({ value, shown }): Violation => ({
          title: `encrypted: ${shown}`,
          change: { "parameters.encrypted": value },
          says: ['parameters.encrypted must be "true": the driver does not encrypt by itself'],
        })),
        {
          title: "no word about encryption",
          change: { parameters: { type: "gp3" } },
          says: ['parameters.encrypted must be "true": the driver does not encrypt by itself'],
        },
        {
          title: "the in-tree driver",
          change: { provisioner: "kubernetes.io/aws-ebs" },
          says: ["provisioner must be ebs.csi.aws.com: in-tree drivers do not read our parameters"],
        },
        ...(["gp2", "", undefined] as const).map((name): Violation => ({
          title: `a claim of ${name ?? "no"} class`,
          of: "grafana",
          change: { "spec.storageClassName": name },
          says: [OTHER_CLASS],
        })),
        {
          title: "a claim whose class comes from nowhere",
          of: "grafana",
          options: { from: { metadata: ["securevpn"] } },
          says: [OTHER_CLASS],
        },
        {
          title: "another class by the older annotation",
          of: "grafana",
          change: { "metadata.annotations": { "volume.beta.kubernetes.io/storage-class": "gp2" } },
          says: [OTHER_CLASS],
        },
        {
          title: "a volume that is there already",
          of: "grafana",
          change: { "spec.volumeName": "node" },
          says: ["spec.volumeName must be left out: a volume is made for its claim"],
        },
        {
          title: "a claim of a StatefulSet",
          of: "prometheus",
          change: { "spec.volumeClaimTemplates.0.spec.storageClassName": "gp2" },
          says: [`claim data: ${OTHER_CLASS}`],
        },
        {
          title: "a claim of a pod",
          of: "prometheus",
          change: {
            [`${POD}.volumes.0.ephemeral.volumeClaimTemplate.spec.storageClassName`]: "gp2",
          },
          says: [`volume scratch: ${OTHER_CLASS}`],
        },
      ],
    },
    {
      rule: endpointNodes,
      compliant: [AUTH, VPN_SERVER, SUBNET, GROUP, PRIORITY, PLATFORM, VPN],
      fine: [
        {
          title: "a VPN server that goes where it should",
          of: "vpn-server",
          change: {
            [`${POD}.tolerations`]: [{ key, value: "endpoint", effect: "NoSchedule" }],
            [`${POD}.nodeSelector`]: { [key]: "endpoint" },
          },
        },
        {
          title: "tolerations of other taints",
          change: {
            [`${POD}.tolerations`]: [
              { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
              { key, value: "system" },
              { key, value: "endpoint", effect: "PreferNoSchedule" },
            ],
          },
        },
      ],
      violating: [
        ...values(
          { operator: "Exists" },
          { operator: "Exists", effect: "NoSchedule" },
          { key, operator: "Exists" },
          { key, value: "endpoint" },
          { key: UNKNOWN, value: UNKNOWN },
          UNKNOWN,
        ).map(({ value, shown }): Violation => ({
          title: `the toleration ${shown}`,
          change: { [`${POD}.tolerations`]: [value] },
          says: [OFF_ENDPOINTS],
        })),
        {
          title: "a selector of endpoint nodes",
          change: { [`${POD}.nodeSelector`]: { [key]: "endpoint" } },
          says: [OFF_ENDPOINTS],
        },
        ...(
          [
            ["nodeName", "ip-10-16-128-7", "nodeName must be left out: it goes past every taint"],
            ["schedulerName", "mine", "schedulerName must be left out"],
            [
              "runtimeClassName",
              "mine",
              "runtimeClassName must be left out: the nodes have one runtime",
            ],
            [
              "priorityClassName",
              "system-node-critical",
              "priorityClassName must be a PriorityClass of this stack: system-* pushes out the cluster's own pods",
            ],
          ] as const
        ).map(([field, value, sentence]): Violation => ({
          title: `${field} of its own`,
          change: { [`${POD}.${field}`]: value },
          says: [sentence],
        })),
        {
          title: "a priority for whoever says none",
          of: "priority",
          change: { globalDefault: true },
          says: ["globalDefault must be off: pods say which priority they have"],
        },
        {
          title: "endpoint nodes without their taint",
          of: "nodes-endpoint-0",
          change: { "taints.0.effect": "PREFER_NO_SCHEDULE" },
          says: [
            "taints must have securevpn.example/role=endpoint:NO_SCHEDULE, which keeps all but VPN servers off",
          ],
        },
      ],
    },
    {
      rule: provider,
      compliant: [CLUSTER],
      violating: [
        ...[
          '{"clusters":[{"cluster":{"insecure-skip-tls-verify":true}}]}',
          "clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n",
        ].map((kubeconfig): Violation => ({
          title: `a cluster that need not prove itself: ${kubeconfig.slice(0, 10)}`,
          change: { kubeconfig },
          says: ["kubeconfig must not skip the check of the cluster's certificate"],
        })),
        {
          title: "whatever cluster lies in the home",
          change: { kubeconfig: undefined },
          says: ["kubeconfig must be stated: the default is whatever lies in the home"],
        },
        {
          title: "files in place of a cluster",
          change: { renderYamlToDirectory: "out" },
          says: [
            "renderYamlToDirectory must be left out: it writes Secrets to files and deploys nothing",
          ],
        },
        {
          title: "a state that forgets what it cannot reach",
          change: { deleteUnreachable: "true" },
          says: [
            "deleteUnreachable must be off: a cluster out of reach is no cluster without objects",
          ],
        },
      ],
    },
  ]);

  it("know the taint that the program sets", () => {
    assert.deepEqual({ ...ENDPOINT, effect: "NO_SCHEDULE" }, ENDPOINT_TAINT);
  });
});
