import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import { accountOf, allow, documentOf, podIdentityTrust } from "../lib/iam.ts";
import { longName, physicalName } from "../lib/names.ts";
import type { Cluster } from "./cluster.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { ServiceRole } from "./service-role.ts";

export interface PodLogsArgs {
  readonly config: StackConfig;
  readonly cluster: Cluster;
  /** Nodes that its pods run on. */
  readonly nodes: readonly pulumi.Resource[];
}

const RETENTION_DAYS = 30;
/** Service account of the agent and of Fluent Bit; the add-on makes it. */
const ACCOUNT = "cloudwatch-agent";
const WRITE = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];

/**
 * What the add-on is told (Helm values of the chart amazon-cloudwatch-observability, which
 * `aws eks describe-addon-configuration` prints). Metrics are Prometheus' business, so Container Insights is
 * off and the agent idles. Only logs of pods are kept: those of hosts hold what is nobody's business. Without
 * tolerations nothing of it runs on endpoint nodes, where kernel and interfaces know clients' addresses.
 *
 * By default its operator puts AWS's OpenTelemetry agent into each Node.js workload that has a Service: traces
 * of requests with clients' addresses, and an init container that the namespace's Pod Security refuses
 * (https://github.com/aws-observability/helm-charts, manager.monitorAllServices: true in our regions).
 */
const SETTINGS = {
  containerInsights: { enabled: false },
  otelContainerInsights: { enabled: false },
  manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
  containerLogs: {
    enabled: true,
    fluentBit: { config: { extraFiles: { "dataplane-log.conf": "", "host-log.conf": "" } } },
  },
  agent: {
    resources: {
      requests: { cpu: "20m", memory: "64Mi" },
      limits: { cpu: "200m", memory: "256Mi" },
    },
  },
  tolerations: [],
};

/**
 * Logs of the pods on system nodes, kept 30 days under a key of their own, sent by Fluent Bit of an EKS
 * add-on. A dollar a month for the key and 0.50 to 0.70 USD a GB. The group is made here, so that it has
 * retention and key before the first line, and is gone at destroy; the add-on may make none.
 */
export class PodLogs extends pulumi.ComponentResource {
  readonly addon: aws.eks.Addon;

  constructor(name: string, args: PodLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:cluster:PodLogs", name, {}, opts);
    const { config, cluster, nodes } = args;
    const accountId = accountOf(config.deployerRoleArn);
    const { name: region, awsRegion } = config.region;
    const clusterName = physicalName(region, "cluster");
    // Fluent Bit's own choice of a name.
    const groupName = `/aws/containerinsights/${clusterName}/application`;
    // From names, not from the group: a policy must be able to read the documents in preview.
    const groupArn = `arn:aws:logs:${awsRegion}:${accountId}:log-group:${groupName}`;
    const key = new EncryptionKey(
      name,
      {
        description: "Logs of pods",
        alias: longName(region, name),
        policy: keyPolicy(accountId, awsRegion, groupArn),
      },
      { parent: this, protect: config.protect },
    );
    const group = new aws.cloudwatch.LogGroup(
      name,
      { name: groupName, retentionInDays: RETENTION_DAYS, kmsKeyId: key.arn },
      { parent: this },
    );
    const role = new ServiceRole(
      name,
      {
        description: "Fluent Bit: logs of pods",
        accountId,
        trust: podIdentityTrust(accountId, awsRegion, clusterName),
        managedPolicies: [],
        policy: allow(WRITE, [groupArn, `${groupArn}:*`]),
      },
      { parent: this },
    );
    this.addon = cluster.addon(
      "cluster-pod-logs",
      "amazon-cloudwatch-observability",
      {
        configurationValues: JSON.stringify(SETTINGS),
        podIdentityAssociations: [{ serviceAccount: ACCOUNT, roleArn: role.arn }],
      },
      [...nodes, group, ...role.ready],
    );
    this.registerOutputs({});
  }
}

/** The account's own, and CloudWatch Logs for this one group. */
const keyPolicy = (accountId: string, awsRegion: string, groupArn: string): string =>
  documentOf([
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${awsRegion}.amazonaws.com` },
      Action: [
        "kms:Decrypt*",
        "kms:Describe*",
        "kms:Encrypt*",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
      ],
      Resource: "*",
      Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": groupArn } },
    },
  ]);
