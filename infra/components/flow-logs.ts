import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { allow, serviceTrust } from "../lib/iam.ts";
import { physicalName } from "../lib/names.ts";

export interface FlowLogsArgs {
  readonly region: string;
  /** Subnets by the last part of the log's logical name. */
  readonly subnets: Readonly<Record<string, pulumi.Input<string>>>;
}

const RETENTION_DAYS = 30;

/**
 * Flow logs of refused traffic in private and data subnets. Public subnets (the entry) and endpoint
 * subnets (VPN servers) have none: their flows carry clients' addresses, and nothing here says who
 * used which server when.
 */
export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:FlowLogs", name, {}, opts);
    const logs = new aws.cloudwatch.LogGroup(
      name,
      { name: `/securevpn/${physicalName(args.region, "flows")}`, retentionInDays: RETENTION_DAYS },
      { parent: this },
    );
    const role = this.#role(name, logs);
    for (const [part, subnetId] of Object.entries(args.subnets)) {
      new aws.ec2.FlowLog(
        `${name}-${part}`,
        {
          subnetId,
          trafficType: "REJECT",
          logDestinationType: "cloud-watch-logs",
          logDestination: logs.arn,
          iamRoleArn: role.arn,
          maxAggregationInterval: 600,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }

  #role(name: string, logs: aws.cloudwatch.LogGroup): aws.iam.Role {
    const role = new aws.iam.Role(
      name,
      {
        description: "VPC flow logs",
        assumeRolePolicy: serviceTrust("vpc-flow-logs.amazonaws.com"),
      },
      { parent: this },
    );
    const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
    new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: logs.arn.apply((arn) => allow(actions, [arn, `${arn}:*`])) },
      { parent: this },
    );
    return role;
  }
}
