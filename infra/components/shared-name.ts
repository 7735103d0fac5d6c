import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Region } from "../regions.ts";
import { Certificate } from "./certificate.ts";
import type { Entry } from "./entry.ts";

export interface SharedNameArgs {
  readonly region: Region;
  /** Name of the whole platform's API, `api.<zone>`. */
  readonly hostName: string;
  readonly hostedZoneId: string;
  readonly entry: Entry;
  /** Whether this is the stack that owns what the platform has once. */
  readonly isHome: boolean;
}

/** Answered by auth from memory, without a token. */
const HEALTH_PATH = "/.well-known/jwks.json";
const CHECK_INTERVAL_SECONDS = 30;
const FAILURES = 3;

/**
 * The region's part of the shared name: a latency record that leads the nearest clients here as long as
 * the region's own name answers, and the name's certificate on the entry. About 2 USD a month for the
 * health check. Removing it moves this region's clients to the next region within a minute or two.
 */
export class SharedName extends pulumi.ComponentResource {
  readonly certificateArn: pulumi.Output<string>;
  readonly healthCheckId: pulumi.Output<string>;

  constructor(name: string, args: SharedNameArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:SharedName", name, {}, opts);
    const certificate = new Certificate(
      name,
      {
        domainName: args.hostName,
        hostedZoneId: args.hostedZoneId,
        ownsRecord: args.isHome,
      },
      { parent: this },
    );
    const onEntry = new aws.lb.ListenerCertificate(
      name,
      { listenerArn: args.entry.listenerArn, certificateArn: certificate.arn },
      { parent: this },
    );
    const check = this.#healthCheck(name, args);
    this.#record(name, args, check, onEntry);
    this.certificateArn = certificate.arn;
    this.healthCheckId = check.id;
    this.registerOutputs({ healthCheckId: this.healthCheckId });
  }

  /** Asks the region's own name as a client would: DNS, certificate, balancer and a service. */
  #healthCheck(name: string, args: SharedNameArgs): aws.route53.HealthCheck {
    return new aws.route53.HealthCheck(
      name,
      {
        type: "HTTPS",
        fqdn: args.entry.hostName,
        port: 443,
        resourcePath: HEALTH_PATH,
        enableSni: true,
        requestInterval: CHECK_INTERVAL_SECONDS,
        failureThreshold: FAILURES,
        tags: { Name: `${args.region.name} entry` },
      },
      { parent: this },
    );
  }

  #record(
    name: string,
    args: SharedNameArgs,
    check: aws.route53.HealthCheck,
    onEntry: aws.lb.ListenerCertificate,
  ): void {
    new aws.route53.Record(
      name,
      {
        zoneId: args.hostedZoneId,
        name: args.hostName,
        type: "A",
        setIdentifier: args.region.name,
        latencyRoutingPolicies: [{ region: args.region.awsRegion }],
        healthCheckId: check.id,
        aliases: [
          { name: args.entry.dnsName, zoneId: args.entry.zoneId, evaluateTargetHealth: true },
        ],
      },
      // No client comes before the certificate is there.
      { parent: this, dependsOn: [onEntry] },
    );
  }
}
