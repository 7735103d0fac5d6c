import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENV, FILES, MAINTENANCE } from "../../services/contract/index.ts";
import type { Artifacts } from "../lib/bundle.ts";
import { blocksOf, DNS, networkPolicy } from "../lib/flows.ts";
import { hashedConfigMap } from "../lib/hashed-config-map.ts";
import { labelsOf, nodeContainer, NON_ROOT_UID, opaqueSecret, secretVolume } from "../lib/pod.ts";
import { serviceAccount } from "../lib/stateful-pod.ts";
import { ROLE_LABEL } from "./node-groups.ts";

export interface MaintenanceArgs {
  readonly artifacts: Artifacts;
  readonly namespace: pulumi.Input<string>;
  readonly priorityClassName: pulumi.Input<string>;
  readonly regionMapName: pulumi.Input<string>;
  /** Passwords of auth's role, a file a shard, and nothing else of auth's. */
  readonly secretFiles: Readonly<Record<string, pulumi.Input<string>>>;
  /** Blocks of the data subnets. */
  readonly data: readonly string[];
}

const NAME = MAINTENANCE.name;
const BUNDLE_FILE = "main.mjs.br";
/** In the quiet hours of most of the region's clients, and not at a full hour, when others begin. */
const SCHEDULE = "17 3 * * *";
/** A run that cannot begin within this is left to the next night. */
const START_DEADLINE_SECONDS = 3600;
/** The job itself stops after 20 minutes. */
const JOB_DEADLINE_SECONDS = 1800;
/** Time to look at a run that failed, whatever came after it. */
const KEEP_SECONDS = 3 * 86_400;
const RESOURCES = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } };

/** Nightly job that throws away what is past its retention, in small batches on every shard. */
export class Maintenance extends pulumi.ComponentResource {
  constructor(name: string, args: MaintenanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Maintenance", name, {}, opts);
    const { namespace } = args;
    const account = serviceAccount(this, NAME, namespace);
    const bundle = hashedConfigMap(
      this,
      `${NAME}-bundle`,
      namespace,
      {},
      { [BUNDLE_FILE]: args.artifacts.bundle(MAINTENANCE.entry).base64 },
    );
    const secret = opaqueSecret(this, `${NAME}-secrets`, namespace, args.secretFiles);
    this.#job(args, { account, bundle, secret });
    networkPolicy(this, NAME, namespace, {
      ingress: [],
      egress: [DNS, { to: blocksOf(args.data), ports: [{ port: 5432 }] }],
    });
    this.registerOutputs({});
  }

  #job(args: MaintenanceArgs, parts: Parts): void {
    const labels = labelsOf(NAME, "job");
    new kubernetes.batch.v1.CronJob(
      NAME,
      {
        metadata: { name: NAME, namespace: args.namespace, labels },
        spec: {
          schedule: SCHEDULE,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: START_DEADLINE_SECONDS,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: JOB_DEADLINE_SECONDS,
              ttlSecondsAfterFinished: KEEP_SECONDS,
              template: { metadata: { labels }, spec: podSpec(args, parts) },
            },
          },
        },
      },
      { parent: this },
    );
  }
}

interface Parts {
  readonly account: kubernetes.core.v1.ServiceAccount;
  readonly bundle: kubernetes.core.v1.ConfigMap;
  readonly secret: kubernetes.core.v1.Secret;
}

const REGION_DIRECTORY = FILES.regionConfig.slice(0, FILES.regionConfig.lastIndexOf("/"));

function podSpec(
  args: MaintenanceArgs,
  { account, bundle, secret }: Parts,
): kubernetes.types.input.core.v1.PodSpec {
  return {
    restartPolicy: "Never",
    serviceAccountName: account.metadata.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: args.priorityClassName,
    securityContext: { fsGroup: NON_ROOT_UID },
    nodeSelector: { [ROLE_LABEL]: "system" },
    containers: [
      nodeContainer(NAME, BUNDLE_FILE, {
        env: [
          { name: ENV.regionConfig, value: FILES.regionConfig },
          { name: ENV.secretsDir, value: FILES.secretsDir },
        ],
        resources: RESOURCES,
        volumeMounts: [
          { name: "bundle", mountPath: FILES.bundleDir, readOnly: true },
          { name: "region", mountPath: REGION_DIRECTORY, readOnly: true },
          { name: "secrets", mountPath: FILES.secretsDir, readOnly: true },
          { name: "run", mountPath: FILES.runDir },
        ],
      }),
    ],
    volumes: [
      { name: "bundle", configMap: { name: bundle.metadata.name } },
      { name: "region", configMap: { name: args.regionMapName } },
      { name: "run", emptyDir: { sizeLimit: "32Mi" } },
      secretVolume("secrets", secret.metadata.name),
    ],
  };
}
