import { KUBERNETES_KINDS } from "./kinds.ts";
import { awsTypesOf } from "./types.ts";

/**
 * What the program may be made of. Every type of this list is judged by the policies of what it does;
 * another may do anything (open a bucket by an access point, keep a database that no rule reads), so it
 * comes here together with the policies that judge it.
 */
const AWS: Readonly<Record<string, string>> = {
  acm: "Certificate CertificateValidation",
  autoscaling: "Attachment Tag",
  budgets: "Budget",
  cloudfront: "CachePolicy Distribution Function",
  cloudwatch: "LogGroup MetricAlarm",
  ec2: [
    "DefaultSecurityGroup Eip FlowLog InternetGateway LaunchTemplate NatGateway NetworkAcl Route",
    "RouteTable RouteTableAssociation SecurityGroup Subnet Vpc VpcEndpoint",
  ].join(" "),
  eks: "AccessEntry AccessPolicyAssociation Addon Cluster NodeGroup PodIdentityAssociation",
  elasticache: "ParameterGroup ReplicationGroup SubnetGroup User UserGroup",
  iam: "Role RolePolicy RolePolicyAttachment",
  kms: "Alias Key",
  lb: "Listener ListenerCertificate ListenerRule LoadBalancer TargetGroup",
  rds: "Instance InstanceAutomatedBackupsReplication ParameterGroup SubnetGroup",
  route53: "HealthCheck Record",
  s3: [
    "Bucket BucketLifecycleConfiguration BucketOwnershipControls BucketPolicy",
    "BucketPublicAccessBlock BucketServerSideEncryptionConfiguration BucketVersioning",
  ].join(" "),
  secretsmanager: "Secret SecretVersion",
  sns: "Topic TopicPolicy TopicSubscription",
  vpc: "SecurityGroupEgressRule SecurityGroupIngressRule",
  wafv2: "WebAcl WebAclAssociation",
};

export const KNOWN_TYPES: ReadonlySet<string> = new Set([
  ...awsTypesOf(AWS),
  ...KUBERNETES_KINDS,
  ...["RandomBytes", "RandomId", "RandomPassword"].map(
    (name) => `random:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`,
  ),
  ...["aws", "kubernetes", "random"].map((provider) => `pulumi:providers:${provider}`),
  "pulumi:pulumi:Stack",
]);

/** A component makes nothing by itself: its children are judged. */
export const isComponent = (type: string): boolean => type.startsWith("securevpn:");
