import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SERVICES, type ServiceManifest } from "../../services/contract/index.ts";
import { physicalName } from "../lib/names.ts";
import { TLS_POLICY } from "../versions.ts";
import { Certificate } from "./certificate.ts";
import { NODE_HEALTH_PORT } from "./firewall.ts";
import { autoscalingGroupOf } from "./node-groups.ts";
import { WebFirewall } from "./web-firewall.ts";

export interface EntryArgs {
  readonly region: string;
  /** Name of the region's API, `api.<region>.<zone>`. */
  readonly hostName: string;
  readonly hostedZoneId: string;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** What leads the subnets to the internet. */
  readonly way: readonly pulumi.Resource[];
  readonly securityGroupId: pulumi.Input<string>;
  /** Groups whose nodes take requests, one a zone. */
  readonly systemNodes: readonly aws.eks.NodeGroup[];
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
  /** Route 53's zone of the balancer's own name. */
  readonly zoneId: pulumi.Output<string>;
  readonly hostName: string;
  readonly url: string;
  readonly listenerArn: pulumi.Output<string>;
  readonly certificateArn: pulumi.Output<string>;
  /** What CloudWatch calls the balancer. */
  readonly metricName: pulumi.Output<string>;
  /** The same of each service's target group, by the service's name. */
  readonly targets: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: EntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Entry", name, {}, opts);
    const balancer = this.#balancer(name, args);
    const certificate = new Certificate(
      name,
      { domainName: args.hostName, hostedZoneId: args.hostedZoneId },
      { parent: this },
    );
    const listener = this.#listener(name, balancer, certificate);
    const groups = SERVICES.map((service, index): [string, pulumi.Output<string>] => [
      service.name,
      this.#service(name, args, listener, service, index).arnSuffix,
    ]);
    this.#dns(name, args, balancer);
    new WebFirewall(name, { region: args.region, balancerArn: balancer.arn }, { parent: this });
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.hostName = args.hostName;
    this.listenerArn = listener.arn;
    this.certificateArn = certificate.arn;
    this.metricName = balancer.arnSuffix;
    this.targets = Object.fromEntries(groups);
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
        // Our clients speak plain HTTP; what is not, hides a request (AWS's http-desync-guardian).
        desyncMitigationMode: "strictest",
        idleTimeout: IDLE_SECONDS,
      },
      { parent: this, dependsOn: [...args.way] },
    );
  }

  #listener(
    name: string,
    balancer: aws.lb.LoadBalancer,
    certificate: Certificate,
  ): aws.lb.Listener {
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
  ): aws.lb.TargetGroup {
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
    for (const [zone, nodes] of args.systemNodes.entries())
      new aws.autoscaling.Attachment(
        `${name}-${service.name}-${zone}`,
        { autoscalingGroupName: autoscalingGroupOf(nodes), lbTargetGroupArn: group.arn },
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
    return group;
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
