import { z } from "zod";
import type { Part, Port } from "./parts.ts";
import type { Golden, Labels } from "./plan.ts";

/** Pods that EKS add-ons bring: no rule of ours limits who reaches them, or whom they reach. */
const ADD_ON_PODS: readonly {
  addOn: string;
  namespace: string;
  labels: Labels;
  listens: Port[];
}[] = [
  {
    addOn: "coredns",
    namespace: "kube-system",
    labels: { "k8s-app": "kube-dns" },
    listens: ["udp 53", "tcp 53"],
  },
  { addOn: "metrics-server", namespace: "kube-system", labels: {}, listens: ["tcp 10251"] },
  {
    addOn: "kube-state-metrics",
    namespace: "kube-state-metrics",
    labels: {},
    listens: ["tcp 8080"],
  },
  {
    addOn: "amazon-cloudwatch-observability",
    namespace: "amazon-cloudwatch",
    labels: {},
    listens: ["tcp 9443"],
  },
];

const containerSchema = z.object({
  ports: z
    .array(
      z.object({
        name: z.string().optional(),
        containerPort: z.number(),
        protocol: z.string().default("TCP"),
      }),
    )
    .default([]),
});
const podTemplateSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    hostNetwork: z.boolean().default(false),
    nodeSelector: z.record(z.string(), z.string()).default({}),
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
  }),
});
const workloadSchema = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({ template: podTemplateSchema }),
});
const cronSchema = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    jobTemplate: z.object({ spec: z.object({ template: podTemplateSchema }) }),
  }),
});
const podTemplateKind = z.object({
  metadata: z.object({ namespace: z.string() }),
  template: podTemplateSchema,
});

interface Pod {
  readonly namespace: string;
  readonly template: z.infer<typeof podTemplateSchema>;
}

function podsOf(golden: Golden): Pod[] {
  const workloads = ["Deployment", "StatefulSet", "DaemonSet"].flatMap((kind) =>
    golden.all(`kubernetes:apps/v1:${kind}`, workloadSchema).map(({ inputs }) => ({
      namespace: inputs.metadata.namespace,
      template: inputs.spec.template,
    })),
  );
  const crons = golden.all("kubernetes:batch/v1:CronJob", cronSchema).map(({ inputs }) => ({
    namespace: inputs.metadata.namespace,
    template: inputs.spec.jobTemplate.spec.template,
  }));
  const templates = golden
    .all("kubernetes:core/v1:PodTemplate", podTemplateKind)
    .map(({ inputs }) => ({ namespace: inputs.metadata.namespace, template: inputs.template }));
  return [...workloads, ...crons, ...templates];
}

const portsOf = ({ template: { spec } }: Pod): Port[] =>
  [...spec.containers, ...spec.initContainers].flatMap(({ ports }) =>
    ports.flatMap(({ name, containerPort, protocol }): Port[] => [
      `${protocol.toLowerCase()} ${containerPort}`,
      // Alertmanagers gossip over UDP, too.
      ...(name === "gossip" ? ([`udp ${containerPort}`] as const) : []),
    ]),
  );

/** Names of ports by which a pod says that it speaks Prometheus' format. */
const SCRAPED = /^(internal|web|metrics(-\d+)?)$/;

/** What Prometheus asks of our pods, by the part on whose network they are. */
export function scraped(golden: Golden): { readonly to: string; readonly port: Port }[] {
  return podsOf(golden).flatMap(({ template: { metadata, spec } }) => {
    const [role = ""] = Object.values(spec.nodeSelector);
    const app = metadata.labels["app.kubernetes.io/name"] ?? "";
    const ports = spec.containers.flatMap((container) => container.ports);
    return ports
      .filter(({ name }) => SCRAPED.test(name ?? ""))
      .map(({ containerPort }) => ({
        to: spec.hostNetwork ? `${role} node` : app,
        port: `tcp ${containerPort}` as const,
      }));
  });
}

/** Ports of pods on the network of this role's nodes. */
export const hostPorts = (golden: Golden, role: string): Port[] =>
  podsOf(golden)
    .filter(({ template: { spec } }) => spec.hostNetwork)
    .filter(({ template: { spec } }) => Object.values(spec.nodeSelector).includes(role))
    .flatMap(portsOf);

/** One part an app: its pods have one policy, whatever their number. Gossip is UDP beside TCP. */
export function ownPods(golden: Golden, node: Part): Part[] {
  const apps = new Map<string, Part>();
  for (const pod of podsOf(golden)) {
    const { metadata, spec } = pod.template;
    const name = metadata.labels["app.kubernetes.io/name"];
    if (spec.hostNetwork || name === undefined) continue;
    const known = apps.get(name)?.listens ?? [];
    const listens = [...new Set([...known, ...portsOf(pod)])];
    const { namespace } = pod;
    const labels = metadata.labels;
    apps.set(name, { ...node, name, listens, pod: { namespace, labels } });
  }
  return [...apps.values()];
}

export function addOnPods(golden: Golden, node: Part): Part[] {
  const installed = golden
    .all("aws:eks/addon:Addon", z.object({ addonName: z.string() }))
    .map(({ inputs }) => inputs.addonName);
  const others: Part = {
    ...node,
    name: "add-ons",
    listens: [],
    pod: { namespace: "kube-system", labels: {} },
  };
  return [
    others,
    ...ADD_ON_PODS.filter(({ addOn }) => installed.includes(addOn)).map(
      ({ addOn, namespace, labels, listens }): Part => ({
        ...node,
        name: addOn,
        listens,
        sends: false, // the add-ons speak for it
        pod: { namespace, labels },
      }),
    ),
  ];
}
