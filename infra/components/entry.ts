import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SERVICES, type ServiceManifest } from "../../services/contract/index.ts";
import { physicalName } from "../lib/names.ts";
import { TLS_POLICY } from "../versions.ts";
import { Certificate } from "./certificate.ts";
import { NODE_HEALTH_PORT } from "./firewall.ts";

export interface EntryArgs {
  readonly region: string;
  /** Name of the region's API, `api.<region>.<zone>`. */
  readonly hostName: string;
  readonly hostedZoneId: string;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly systemNodes: aws.eks.NodeGroup;
  readonly protect: boolean;
}

/** Seconds in which a leaving node finishes its requests; a pod's preStop and grace are cut to it. */
export const DRAIN_SECONDS = 20;
/** Shorter than the services' keep-alive, so that the balancer closes first. */
export const IDLE_SECONDS = 60;
const PATTERNS_PER_RULE = 5;

/**
 * HTTPS entry of the region: an ALB with a rule per service, made by Pulumi (no controller makes
 * AWS objects, so nothing is orphaned at destroy), its certificate and its DNS name. About 20 USD a month.
 */
export class Entry extends pulumi.ComponentResource {
  readonly dnsName: pulumi.Output<string>;
  readonly url: string;

  constructor(name: string, args: EntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Entry", name, {}, opts);
    const balancer = this.#balancer(name, args);
    const listener = this.#listener(name, args, balancer);
    for (const [index, service] of SERVICES.entries())
      this.#service(name, args, listener, service, index);
    this.#dns(name, args, balancer);
    this.dnsName = balancer.dnsName;
    this.url = `https://${args.hostName}`;
    this.registerOutputs({ dnsName: this.dnsName, url: this.url });
  }

  #balancer(name: string, args: EntryArgs): aws.lb.LoadBalancer {
    return new aws.lb.LoadBalancer(
      name,
      {
        name: physicalName(args.region, name),
        loadBalancerType: "application",
        internal: false,
        securityGroups: [args.securityGroupId],
        subnets: [...args.subnetIds],
        enableDeletionProtection: args.protect,
        dropInvalidHeaderFields: true,
        idleTimeout: IDLE_SECONDS,
      },
      { parent: this },
    );
  }

  #listener(name: string, args: EntryArgs, balancer: aws.lb.LoadBalancer): aws.lb.Listener {
    const certificate = new Certificate(
      name,
      { domainName: args.hostName, hostedZoneId: args.hostedZoneId },
      { parent: this },
    );
    return new aws.lb.Listener(
      name,
      {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "HTTPS",
        sslPolicy: TLS_POLICY,
        certificateArn: certificate.arn,
        defaultActions: [
          {
            type: "fixed-response",
            fixedResponse: {
              statusCode: "404",
              contentType: "application/json",
              messageBody: JSON.stringify({ type: "about:blank", title: "Not Found", status: 404 }),
            },
          },
        ],
      },
      { parent: this },
    );
  }

  #service(
    name: string,
    args: EntryArgs,
    listener: aws.lb.Listener,
    service: ServiceManifest,
    index: number,
  ): void {
    const group = new aws.lb.TargetGroup(
      `${name}-${service.name}`,
      {
        port: service.nodePort,
        protocol: "HTTP",
        targetType: "instance",
        vpcId: args.vpcId,
        // A NodePort of any node leads to any ready pod, so a target's health is its node's: kube-proxy
        // says it, and fails it while the node leaves. Readiness of pods is Kubernetes' business.
        healthCheck: {
          path: "/healthz",
          port: String(NODE_HEALTH_PORT),
          protocol: "HTTP",
          matcher: "200",
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
        deregistrationDelay: DRAIN_SECONDS,
      },
      { parent: this },
    );
    new aws.autoscaling.Attachment(
      `${name}-${service.name}`,
      { autoscalingGroupName: autoscalingGroupOf(args.systemNodes), lbTargetGroupArn: group.arn },
      { parent: this },
    );
    for (let at = 0; at < service.paths.length; at += PATTERNS_PER_RULE) {
      new aws.lb.ListenerRule(
        `${name}-${service.name}-${at / PATTERNS_PER_RULE}`,
        {
          listenerArn: listener.arn,
          priority: 10 * (index + 1) + at / PATTERNS_PER_RULE,
          // ALB: at most five values in the conditions of one rule.
          conditions: [
            { pathPattern: { values: service.paths.slice(at, at + PATTERNS_PER_RULE) } },
          ],
          actions: [{ type: "forward", targetGroupArn: group.arn }],
        },
        { parent: this },
      );
    }
  }

  #dns(name: string, args: EntryArgs, balancer: aws.lb.LoadBalancer): void {
    new aws.route53.Record(
      name,
      {
        zoneId: args.hostedZoneId,
        name: args.hostName,
        type: "A",
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
      },
      { parent: this },
    );
  }
}

function autoscalingGroupOf(nodes: aws.eks.NodeGroup): pulumi.Output<string> {
  return nodes.resources.apply((resources) => resources[0]?.autoscalingGroups?.[0]?.name ?? "");
}
