import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DNS, HTTPS, networkPolicy, podsOf } from "../lib/flows.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import { selectorOf } from "../lib/pod.ts";
import { serviceAccount, statefulPod, type Placement } from "../lib/stateful-pod.ts";
import { alertmanagerConfig } from "../monitoring/alertmanager-config.ts";
import { WEB_PORT } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";

const NAME = "alertmanager";
const REPLICAS = 2;
const PORT = 9093;
const GOSSIP_PORT = 9094;
const CONFIG_DIRECTORY = "/etc/alertmanager";
const DATA_DIRECTORY = "/alertmanager";
const CONFIG_FILE = "alertmanager.yml";
const RESOURCES = { requests: { cpu: "20m", memory: "48Mi" }, limits: { memory: "128Mi" } };

/**
 * Two Alertmanagers that tell each other what they sent. Silences and the log of notifications live
 * as long as one of the two does: a volume each would be worth less than the wait for its zone.
 */
export class Alertmanager extends pulumi.ComponentResource {
  constructor(name: string, args: Placement, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:Alertmanager", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    const config = hashedConfigMap(this, name, args.namespace, {
      [CONFIG_FILE]: alertmanagerConfig(),
    });
    statefulPod(this, NAME, {
      ...args,
      account,
      app: NAME,
      component: "alerts",
      replicas: REPLICAS,
      containers: [container()],
      volumes: [
        { name: "config", configMap: { name: config.metadata.name } },
        { name: "data", emptyDir: { sizeLimit: "64Mi" } },
      ],
    });
    this.#service(args.namespace);
    new kubernetes.policy.v1.PodDisruptionBudget(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(NAME) } },
      },
      { parent: this },
    );
    this.#flows(args.namespace);
    this.registerOutputs({});
  }

  /** Headless: the two find each other by the names of their pods, ready or not. */
  #service(namespace: pulumi.Input<string>): void {
    new kubernetes.core.v1.Service(
      NAME,
      {
        metadata: { name: NAME, namespace },
        spec: {
          type: "ClusterIP",
          clusterIP: "None",
          publishNotReadyAddresses: true,
          selector: selectorOf(NAME),
          ports: [
            { name: WEB_PORT, port: PORT, targetPort: WEB_PORT },
            { name: "gossip", port: GOSSIP_PORT, targetPort: "gossip" },
          ],
        },
      },
      { parent: this },
    );
  }

  #flows(namespace: pulumi.Input<string>): void {
    const gossip = [
      { port: GOSSIP_PORT, protocol: "TCP" },
      { port: GOSSIP_PORT, protocol: "UDP" },
    ];
    networkPolicy(this, NAME, namespace, {
      ingress: [
        { from: [podsOf("prometheus")], ports: [{ port: PORT }] },
        { from: [podsOf(NAME)], ports: gossip },
      ],
      egress: [DNS, HTTPS, { to: [podsOf(NAME)], ports: gossip }],
    });
  }
}

function container(): kubernetes.types.input.core.v1.Container {
  const peers = Array.from(
    { length: REPLICAS },
    (_, index) => `--cluster.peer=${NAME}-${index}.${NAME}:${GOSSIP_PORT}`,
  );
  return {
    name: NAME,
    image: IMAGES.alertmanager,
    args: [
      `--config.file=${CONFIG_DIRECTORY}/${CONFIG_FILE}`,
      `--storage.path=${DATA_DIRECTORY}`,
      `--web.listen-address=:${PORT}`,
      `--cluster.listen-address=0.0.0.0:${GOSSIP_PORT}`,
      ...peers,
    ],
    ports: [
      { name: WEB_PORT, containerPort: PORT },
      { name: "gossip", containerPort: GOSSIP_PORT },
    ],
    resources: RESOURCES,
    volumeMounts: [
      { name: "config", mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: "data", mountPath: DATA_DIRECTORY },
    ],
    readinessProbe: {
      httpGet: { path: "/-/ready", port: WEB_PORT },
      periodSeconds: 5,
      timeoutSeconds: 3,
    },
    livenessProbe: {
      httpGet: { path: "/-/healthy", port: WEB_PORT },
      periodSeconds: 15,
      failureThreshold: 4,
      timeoutSeconds: 3,
    },
  };
}
