import * as pulumi from "@pulumi/pulumi";
import { FILES } from "../../services/contract/index.ts";
import { blocksOf, DNS, networkPolicy, podsOf } from "../lib/flows.ts";
import { opaqueSecret, secretVolume } from "../lib/pod.ts";
import { serviceAccount, statefulPod, type Placement } from "../lib/stateful-pod.ts";
import { METRICS_PORT } from "../monitoring/prometheus-config.ts";
import { IMAGES } from "../versions.ts";

export interface RedisExporterArgs extends Placement {
  readonly host: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly user: string;
  readonly password: pulumi.Input<string>;
  readonly data: readonly string[];
  readonly secretsVersion: number;
}

const NAME = "redis-exporter";
const PORT = 9121;
const PASSWORDS_FILE = "passwords.json";
const RESOURCES = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "96Mi" } };

/** Exporter of the cache, by a user that may ask how the server is and cannot see a key. */
export class RedisExporter extends pulumi.ComponentResource {
  constructor(name: string, args: RedisExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:monitoring:RedisExporter", name, {}, opts);
    const account = serviceAccount(this, NAME, args.namespace);
    const address = pulumi.interpolate`rediss://${args.host}:${args.port}`;
    // Its file of passwords is JSON, by address with user.
    const passwords = pulumi.secret(
      pulumi
        .all([args.host, args.port, args.password])
        .apply(([host, port, password]) =>
          JSON.stringify({ [`rediss://${args.user}@${host}:${port}`]: password }),
        ),
    );
    const secret = opaqueSecret(this, NAME, args.namespace, { [PASSWORDS_FILE]: passwords });
    statefulPod(this, NAME, {
      ...args,
      account,
      app: NAME,
      component: "metrics",
      containers: [
        {
          name: NAME,
          image: IMAGES.redisExporter,
          env: [
            { name: "REDIS_ADDR", value: address },
            { name: "REDIS_USER", value: args.user },
            { name: "REDIS_PASSWORD_FILE", value: `${FILES.secretsDir}/${PASSWORDS_FILE}` },
            // ElastiCache has no CONFIG.
            { name: "REDIS_EXPORTER_CONFIG_COMMAND", value: "-" },
            { name: "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", value: `:${PORT}` },
          ],
          ports: [{ name: METRICS_PORT, containerPort: PORT }],
          resources: RESOURCES,
          volumeMounts: [{ name: "secrets", mountPath: FILES.secretsDir, readOnly: true }],
          readinessProbe: { httpGet: { path: "/health", port: METRICS_PORT }, periodSeconds: 10 },
          livenessProbe: {
            tcpSocket: { port: METRICS_PORT },
            periodSeconds: 15,
            failureThreshold: 4,
          },
        },
      ],
      volumes: [secretVolume("secrets", secret.metadata.name)],
    });
    networkPolicy(this, NAME, args.namespace, {
      ingress: [{ from: [podsOf("prometheus")], ports: [{ port: PORT }] }],
      egress: [DNS, { to: blocksOf(args.data), ports: [{ port: 6379 }] }],
    });
    this.registerOutputs({});
  }
}
