import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ROLE_LABEL } from "../components/node-groups.ts";
import {
  labelsOf,
  NON_ROOT_UID,
  RESTRICTED,
  secretsAnnotation,
  selectorOf,
  spread,
} from "./pod.ts";

type Container = kubernetes.types.input.core.v1.Container;
type Volume = kubernetes.types.input.core.v1.Volume;

/** What all workloads of monitoring share. */
export interface Placement {
  readonly namespace: pulumi.Input<string>;
  readonly priorityClassName: pulumi.Input<string>;
}

export interface StatefulPodArgs extends Placement {
  readonly account: kubernetes.core.v1.ServiceAccount;
  /** Label `app.kubernetes.io/name`; network policies and scraping go by it. */
  readonly app: string;
  readonly component: string;
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  /** @default 1 */
  readonly replicas?: number;
  /** Headless Service, where pods must find each other by name. @default the app's name, without one */
  readonly serviceName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly graceSeconds?: number;
  /** Of the generated secrets that it mounts. */
  readonly secretsVersion?: number;
}

/** Label that keeps the StatefulSets of one app apart. */
const INSTANCE = "app.kubernetes.io/instance";

/**
 * A StatefulSet: at most one pod of a name at a time, which a volume that one pod may write needs.
 * Its volumes are resources of their own and no templates, so that `destroy` knows of them.
 */
export function statefulPod(
  parent: pulumi.Resource,
  name: string,
  args: StatefulPodArgs,
): kubernetes.apps.v1.StatefulSet {
  const own = { [INSTANCE]: name };
  const labels = { ...labelsOf(args.app, args.component), ...own, ...args.labels };
  return new kubernetes.apps.v1.StatefulSet(
    name,
    {
      metadata: { name, namespace: args.namespace, labels },
      spec: {
        replicas: args.replicas ?? 1,
        serviceName: args.serviceName ?? args.app,
        podManagementPolicy: "Parallel",
        selector: { matchLabels: { ...selectorOf(args.app), ...own } },
        template: {
          metadata: {
            labels,
            ...(args.secretsVersion === undefined
              ? {}
              : { annotations: secretsAnnotation(args.secretsVersion) }),
          },
          spec: {
            serviceAccountName: args.account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: args.graceSeconds ?? 30,
            priorityClassName: args.priorityClassName,
            securityContext: { fsGroup: NON_ROOT_UID, fsGroupChangePolicy: "OnRootMismatch" },
            nodeSelector: { [ROLE_LABEL]: "system" },
            topologySpreadConstraints: spread(args.app),
            containers: args.containers.map((container) => ({
              securityContext: RESTRICTED,
              ...container,
            })),
            volumes: [...args.volumes],
          },
        },
      },
    },
    { parent },
  );
}

/** A ServiceAccount without a token of the Kubernetes API. */
export function serviceAccount(
  parent: pulumi.Resource,
  name: string,
  namespace: pulumi.Input<string>,
): kubernetes.core.v1.ServiceAccount {
  return new kubernetes.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace }, automountServiceAccountToken: false },
    { parent },
  );
}
