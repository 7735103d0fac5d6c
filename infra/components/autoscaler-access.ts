import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES } from "../../services/contract/index.ts";
import type { StackConfig } from "../config.ts";
import { accountOf, documentOf, podIdentityTrust } from "../lib/iam.ts";
import { physicalName } from "../lib/names.ts";
import { autoscalingGroupOf, type NodeGroups } from "./node-groups.ts";
import { ServiceRole } from "./service-role.ts";

export interface AutoscalerAccessArgs {
  readonly config: StackConfig;
  readonly clusterName: pulumi.Input<string>;
  /** The groups that it may grow and shrink. */
  readonly nodes: NodeGroups;
}

/** Where the Cluster Autoscaler runs, and as whom. */
export const AUTOSCALER_NAMESPACE = NAMESPACES.system;
export const AUTOSCALER_ACCOUNT = "cluster-autoscaler";

/** What it reads knows no narrower resource than "*" in IAM. */
const READS = [
  "autoscaling:DescribeAutoScalingGroups",
  "autoscaling:DescribeAutoScalingInstances",
  "autoscaling:DescribeLaunchConfigurations",
  "autoscaling:DescribeScalingActivities",
  "autoscaling:DescribeTags",
  "ec2:DescribeImages",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeLaunchTemplateVersions",
  "ec2:GetInstanceTypesFromInstanceRequirements",
];
const WRITES = [
  "autoscaling:SetDesiredCapacity",
  "autoscaling:TerminateInstanceInAutoScalingGroup",
];

/** Tags by which the autoscaler finds the groups of its cluster, and by which IAM lets it. */
export const discoveryTags = (cluster: string): Record<string, string> => ({
  "k8s.io/cluster-autoscaler/enabled": "true",
  [`k8s.io/cluster-autoscaler/${cluster}`]: "owned",
});

/**
 * What the Cluster Autoscaler may do: read sizes, and change those of this cluster's node groups
 * alone. Free. Without it the groups stay as large as they are.
 */
export class AutoscalerAccess extends pulumi.ComponentResource {
  constructor(name: string, args: AutoscalerAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:AutoscalerAccess", name, {}, opts);
    const { config } = args;
    const cluster = physicalName(config.region.name, "cluster");
    const account = accountOf(config.deployerRoleArn);
    const { awsRegion } = config.region;
    const role = new ServiceRole(
      name,
      {
        description: "Cluster Autoscaler: sizes of node groups",
        accountId: account,
        trust: podIdentityTrust(account, awsRegion, cluster),
        managedPolicies: [],
        policy: rightsOf(cluster, account, awsRegion),
      },
      { parent: this },
    );
    new aws.eks.PodIdentityAssociation(
      name,
      {
        clusterName: args.clusterName,
        namespace: AUTOSCALER_NAMESPACE,
        serviceAccount: AUTOSCALER_ACCOUNT,
        roleArn: role.arn,
      },
      { parent: this },
    );
    for (const [group, { nodes }] of args.nodes.byName)
      this.#tags(`${name}-${group}`, nodes, cluster);
    this.registerOutputs({});
  }

  /** EKS sets them on a managed group too; said here, because the rights hang on them. */
  #tags(name: string, group: aws.eks.NodeGroup, cluster: string): void {
    for (const [index, [key, value]] of Object.entries(discoveryTags(cluster)).entries())
      new aws.autoscaling.Tag(
        `${name}-${index}`,
        {
          autoscalingGroupName: autoscalingGroupOf(group),
          tag: { key, value, propagateAtLaunch: false },
        },
        { parent: this },
      );
  }
}

function rightsOf(cluster: string, account: string, awsRegion: string): string {
  const tagged = Object.entries(discoveryTags(cluster)).map(([key, value]): [string, string] => [
    `aws:ResourceTag/${key}`,
    value,
  ]);
  return documentOf([
    { Effect: "Allow", Action: READS, Resource: ["*"] },
    {
      Effect: "Allow",
      Action: ["eks:DescribeNodegroup"],
      Resource: [`arn:aws:eks:${awsRegion}:${account}:nodegroup/${cluster}/*`],
    },
    {
      Effect: "Allow",
      Action: WRITES,
      Resource: [`arn:aws:autoscaling:${awsRegion}:${account}:autoScalingGroup:*`],
      Condition: { StringEquals: Object.fromEntries(tagged) },
    },
  ]);
}
