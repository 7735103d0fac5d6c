import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { allow, boundaryOf, serviceTrust } from "../lib/iam.ts";
import { physicalName, rolePrefix } from "../lib/names.ts";
import type { Region } from "../regions.ts";

export interface FlowLogsArgs {
  readonly region: Region;
  readonly accountId: string;
  /** Subnets by the last part of the log's logical name. */
  readonly subnets: Readonly<Record<string, pulumi.Input<string>>>;
}

const RETENTION_DAYS = 30;

/**
 * Flow logs of refused traffic in private and data subnets. Public subnets (the entry) and endpoint
 * subnets (VPN servers) have none: their flows carry clients' addresses, and nothing here says who
 * used which server when. Paid by what they log, 0.50 USD a GB: little, for a refusal is rare here.
 */
export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:FlowLogs", name, {}, opts);
    const logName = `/securevpn/${physicalName(args.region.name, "flows")}`;
    const logs = new aws.cloudwatch.LogGroup(
      name,
      { name: logName, retentionInDays: RETENTION_DAYS },
      { parent: this },
    );
    // From names, not from the group: a policy must be able to read the document in preview.
    const { awsRegion } = args.region;
    const role = this.#role(
      name,
      args.accountId,
      `arn:aws:logs:${awsRegion}:${args.accountId}:log-group:${logName}`,
    );
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

  #role(name: string, accountId: string, logArn: string): aws.iam.Role {
    const role = new aws.iam.Role(
      name,
      {
        namePrefix: rolePrefix(name),
        description: "VPC flow logs",
        assumeRolePolicy: serviceTrust("vpc-flow-logs.amazonaws.com"),
        permissionsBoundary: boundaryOf(accountId),
      },
      { parent: this },
    );
    const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
    new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: allow(actions, [logArn, `${logArn}:*`]) },
      { parent: this },
    );
    return role;
  }
}
