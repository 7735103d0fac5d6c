import type { Value } from "../provider.ts";
import { listOf, objectOf, textOf, textsOf, type AwsRecords } from "./records.ts";

const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const INLINE = "aws:iam/rolePolicy:RolePolicy";

/** What a node does before it is Ready, and for what; from nodeadm's source and the add-ons that nodes wait for. */
const NEEDED: Readonly<Record<string, string>> = {
  "ec2:DescribeInstances": "nodeadm asks for its private DNS name",
  "eks-auth:AssumeRoleForPodIdentity": "the VPC CNI gets its rights by Pod Identity",
  "ecr:GetAuthorizationToken": "images of add-ons come from ECR",
  "ecr:BatchGetImage": "images of add-ons come from ECR",
  "ecr:GetDownloadUrlForLayer": "images of add-ons come from ECR",
};

/**
 * Actions of the AWS-managed policies that nodes may have, as far as `NEEDED` asks for them; all on every resource.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/ (any other policy gives a node nothing here)
 */
const PULL = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const MANAGED: Readonly<Record<string, readonly string[]>> = {
  AmazonEKSWorkerNodePolicy: ["ec2:DescribeInstances", "eks-auth:AssumeRoleForPodIdentity"],
  AmazonEKSWorkerNodeMinimalPolicy: ["eks-auth:AssumeRoleForPodIdentity"],
  AmazonEC2ContainerRegistryPullOnly: PULL,
  AmazonEC2ContainerRegistryReadOnly: PULL,
};

interface Rights {
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
}

/** Why nodes of this role would not join the cluster, in EKS's words; undefined: they join. */
export function joinFailure(records: AwsRecords, roleArn: string): string | undefined {
  const { allowed, denied } = rightsOf(records, roleArn);
  const lacking = Object.entries(NEEDED).filter(
    ([action]) => !covers(allowed, action) || covers(denied, action),
  );
  if (lacking.length === 0) return undefined;
  const what = lacking.map(([action, why]) => `${action} (${why})`).join(", ");
  return `NodeCreationFailure: Instances failed to join the kubernetes cluster; ${roleArn} lacks ${what}`;
}

function rightsOf(records: AwsRecords, roleArn: string): Rights {
  const role = records.ofType(ROLE).find(({ computed }) => computed["arn"] === roleArn);
  const ofRole = (type: string) =>
    records.ofType(type).filter(({ inputs }) => role !== undefined && inputs["role"] === role.id);
  const managed = ofRole(ATTACHMENT).flatMap(({ inputs }) => {
    const policy = textOf(inputs["policyArn"])?.split("/").at(-1) ?? "";
    return MANAGED[policy] ?? [];
  });
  const statements = ofRole(INLINE)
    .flatMap(({ inputs }) => listed(parsed(inputs["policy"])["Statement"]))
    .map(objectOf);
  const actions = (effect: string): string[] =>
    statements
      .filter((statement) => statement["Effect"] === effect)
      .flatMap((statement) => textsOf(listed(statement["Action"])));
  return { allowed: [...managed, ...actions("Allow")], denied: actions("Deny") };
}

const listed = (value: Value | undefined): Value[] =>
  Array.isArray(value) ? listOf(value) : value === undefined ? [] : [value];

const parsed = (policy: Value | undefined) =>
  objectOf(typeof policy === "string" ? (JSON.parse(policy) as Value) : policy);

/** IAM compares actions without regard to case; `*` and `?` are its wildcards. */
function covers(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const expression = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${expression}$`, "i").test(action);
  });
}
