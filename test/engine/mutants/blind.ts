import type { Find, Mutant } from "./mutant.ts";
import { cache, cluster, database, endpointNodes, flowLog, of, systemNodes } from "./places.ts";

const listenerRule = of("aws:lb/listenerRule:ListenerRule");
const bucket = of("aws:s3/bucket:Bucket")("data");
const securityGroup = of("aws:ec2/securityGroup:SecurityGroup");

/** Faults that were written before the rules were read, where no other run has their like. */
export const BLIND: readonly Mutant[] = [
  {
    policy: "a21-world-ingress",
    of: systemNodes,
    change: { remoteAccess: { ec2SshKey: "ops" } },
    says: /remoteAccess must be absent/,
  },
  {
    policy: "a05-launch-template",
    of: endpointNodes(0),
    change: { amiType: "CUSTOM" },
    says: /amiType must be an image of EKS's own/,
  },
  {
    policy: "a17-listener-tls",
    of: listenerRule("entry-auth-0"),
    change: {
      actions: [
        {
          type: "redirect",
          redirect: { protocol: "HTTP", host: "x.example", statusCode: "HTTP_301" },
        },
      ],
    },
    says: /actions must forward, answer, or redirect to HTTPS at the same host/,
  },
  {
    policy: "a17-listener-tls",
    of: of("aws:cloudfront/distribution:Distribution")("cdn"),
    change: { "origins > 0 > customOriginConfig > originProtocolPolicy": "http-only" },
    says: /originProtocolPolicy of every origin/,
  },
  {
    policy: "a20-flow-logs",
    of: flowLog("of-everything"),
    added: "aws",
    change: {
      vpcId: (find: Find) => find(of("aws:ec2/vpc:Vpc")("network"), "id"),
      trafficType: "ALL",
      logDestination: "arn:aws:s3:::logs",
      logDestinationType: "s3",
    },
    says: /must name one subnet/,
  },
  {
    policy: "a21-world-ingress",
    of: of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")("by-list"),
    added: "aws",
    change: {
      securityGroupId: (find: Find) => find(securityGroup("firewall-system"), "id"),
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
      prefixListId: "pl-0123456789abcdef0",
    },
    says: /ingress from outside our networks must be 443\/tcp or \d+\/udp/,
  },
  {
    policy: "a14-cache-encryption",
    of: cache,
    change: {
      logDeliveryConfigurations: [
        {
          destination: "slow",
          destinationType: "cloudwatch-logs",
          logFormat: "json",
          logType: "slow-log",
        },
      ],
    },
    says: /logDeliveryConfigurations must be absent/,
  },
  {
    policy: "a11-database-logging",
    of: database("shard-0"),
    change: { databaseInsightsMode: "advanced" },
    says: /databaseInsightsMode must be "standard"/,
  },
  {
    policy: "a35-cluster-access",
    of: of("aws:eks/podIdentityAssociation:PodIdentityAssociation")("data-selector"),
    change: { targetRoleArn: "arn:aws:iam::999999999999:role/theirs" },
    says: /targetRoleArn must be absent/,
  },
  {
    policy: "a35-cluster-access",
    of: of("aws:eks/accessEntry:AccessEntry")("cluster-deployer"),
    change: { principalArn: "arn:aws:iam::000000000000:root" },
    says: /principalArn must be a role of the stack's own account/,
  },
  {
    policy: "a04-cluster-version-access",
    of: cluster,
    change: { "upgradePolicy > supportType": undefined },
    says: /supportType must be "STANDARD"/,
  },
  {
    policy: "a25-bucket",
    of: bucket,
    change: { forceDestroy: true },
    says: /forceDestroy must be off/,
  },
  {
    policy: "a25-bucket",
    of: of("aws:s3/bucketVersioning:BucketVersioning")("data"),
    change: { "versioningConfiguration > status": "Suspended" },
    at: bucket,
    says: /BucketVersioning that is Enabled/,
  },
  {
    policy: "a24-iam-least-privilege",
    of: of("aws:sns/topicPolicy:TopicPolicy")("alarms"),
    change: {
      policy: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: "*", Action: "sns:Publish", Resource: "*" }],
      }),
    },
    says: /must not allow the principal "\*" without a condition that says who/,
  },
  {
    policy: "a37-client-logs",
    of: of("aws:cloudwatch/logGroup:LogGroup")("cluster"),
    change: { retentionInDays: undefined },
    says: /retentionInDays must be 1 to 400/,
  },
];
