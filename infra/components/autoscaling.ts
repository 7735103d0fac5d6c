import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface AutoscalingArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Deployment; plain, so that a policy can judge it in preview. */
  readonly deployment: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Average CPU in percent of the request; the rest is for the seconds until a new pod serves. */
const CPU_PERCENT = 60;
const UP_PERIOD_SECONDS = 15;
/** A dip shorter than this takes no pod away: logins come in waves of minutes. */
const DOWN_WINDOW_SECONDS = 600;
const DOWN_PERIOD_SECONDS = 120;

/**
 * CPU autoscaler of a service: doubles at once, takes away one pod in two minutes. The Deployment
 * must state no replicas: it starts with one, and the autoscaler raises it to its least, for which
 * it needs no metric. Without metrics it never scales down.
 */
export class Autoscaling extends pulumi.ComponentResource {
  constructor(name: string, args: AutoscalingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:Autoscaling", name, {}, opts);
    const { namespace, deployment, minReplicas, maxReplicas } = args;
    new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
      name,
      {
        metadata: { name: deployment, namespace },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
          minReplicas,
          maxReplicas,
          metrics: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: CPU_PERCENT },
              },
            },
          ],
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: 0,
              selectPolicy: "Max",
              policies: [
                { type: "Percent", value: 100, periodSeconds: UP_PERIOD_SECONDS },
                { type: "Pods", value: 2, periodSeconds: UP_PERIOD_SECONDS },
              ],
            },
            scaleDown: {
              stabilizationWindowSeconds: DOWN_WINDOW_SECONDS,
              policies: [{ type: "Pods", value: 1, periodSeconds: DOWN_PERIOD_SECONDS }],
            },
          },
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
