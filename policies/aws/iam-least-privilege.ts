import { allowedAccounts, ownAccounts } from "../lib/accounts.ts";
import { permissions, trust } from "../lib/iam-statements.ts";
import { MANAGED, trustedByManaged } from "../lib/managed-policies.ts";
import { at, isSet, listAt, objectsAt, type Planned } from "../lib/planned.ts";
import { ofType, related } from "../lib/network.ts";
import { foreignIn, isOpen, MUST_BE_KNOWN, statementsOf } from "../lib/policy-document.ts";
import {
  found,
  stackOf,
  isLocal,
  unless,
  type Finding,
  type PlannedResource,
  type PlannedStack,
  type Rule,
} from "../lib/rule.ts";

const PROVIDER = "pulumi:providers:aws";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
/** Each names one policy, or several. */
const ATTACHMENTS = [
  ATTACHMENT,
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
  "aws:iam/policyAttachment:PolicyAttachment",
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
];
const DOCUMENTS = [
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/userPolicy:UserPolicy",
  "aws:iam/groupPolicy:GroupPolicy",
];
/** People and their keys live outside the program: a key in a state is a key that leaks. */
const LONG_LIVED = [
  "aws:iam/user:User",
  "aws:iam/accessKey:AccessKey",
  "aws:iam/userLoginProfile:UserLoginProfile",
];
/** Policies that say who may use a resource, and the property that holds them. */
const RESOURCE_POLICIES: Readonly<Record<string, string>> = {
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
  "aws:secretsmanager/secret:Secret": "policy",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:backup/vaultPolicy:VaultPolicy": "policy",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
  "aws:s3/bucket:Bucket": "policy",
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
};

/** Who may use a topic, a queue, a bucket, a secret. */
function resourcePolicy(property: string, resource: PlannedResource): string[] {
  const { props } = resource;
  if (!isSet(props, property)) return [];
  const accounts = ownAccounts(resource);
  const statements = statementsOf(at(props, property));
  const foreign = (statements ?? []).flatMap((one) => foreignIn(one, accounts));
  return unless(
    [statements !== undefined, `${property} ${MUST_BE_KNOWN}`],
    [
      !(statements ?? []).some((one) => isOpen(one, accounts)),
      `${property} must not allow the principal "*" without a condition that says who, of which account`,
    ],
    [
      foreign.length === 0,
      `${property} must allow principals of the stack's own account alone: ${foreign.join(", ")}`,
    ],
  );
}

function attached(where: string, arn: Planned | undefined): string[] {
  const name = typeof arn === "string" ? arn : "unknown";
  return unless([
    Object.hasOwn(MANAGED, name),
    `${where} must be a policy of policies/lib/managed-policies.ts: ${name} may allow too much`,
  ]);
}

function check(resource: PlannedResource): string[] {
  const { type, props, urn } = resource;
  const property = RESOURCE_POLICIES[type];
  if (property !== undefined) return resourcePolicy(property, resource);
  if (LONG_LIVED.includes(type))
    return ["the program must make no user and no key that lasts: roles are assumed"];
  if (type === PROVIDER)
    return unless([
      isLocal({ stack: stackOf(urn) }) || allowedAccounts(props).length > 0,
      "allowedAccountIds must name the stack's accounts: they tell our own principals from others'",
    ]);
  if (type === ROLE)
    return [
      ...trust(statementsOf(at(props, "assumeRolePolicy")), ownAccounts(resource)),
      ...objectsAt(props, "inlinePolicies").flatMap((item) =>
        permissions("inlinePolicies[].policy", statementsOf(at(item, "policy"))),
      ),
      ...listAt(props, "managedPolicyArns").flatMap((arn) => attached("managedPolicyArns", arn)),
    ];
  if (!ATTACHMENTS.includes(type)) return permissions("policy", statementsOf(at(props, "policy")));
  return isSet(props, "policyArns")
    ? listAt(props, "policyArns").flatMap((arn) => attached("policyArns", arn))
    : attached("policyArn", at(props, "policyArn"));
}

/** A right of add-ons on the role of nodes is a right of whoever reaches the node's metadata. */
function misplaced(stack: PlannedStack): Finding[] {
  return ofType(stack, ATTACHMENT).flatMap((attachment) => {
    const wanted = trustedByManaged(at(attachment.props, "policyArn"));
    if (wanted === undefined) return [];
    const roles = related(attachment, "role", ROLE);
    const services = roles
      .flatMap(({ props }) => statementsOf(at(props, "assumeRolePolicy")) ?? [])
      .flatMap(({ principals }) => principals.filter((name) => name.startsWith("Service:")));
    return found(
      attachment,
      unless([
        roles.length > 0 && services.every((name) => name === `Service:${wanted}`),
        `role must be one of this stack that ${wanted} assumes, and no other service`,
      ]),
    );
  });
}

export const iamLeastPrivilege: Rule = {
  id: "A24",
  name: "a24-iam-least-privilege",
  level: "mandatory",
  description: "Policies name actions and resources; trust is pinned to one caller of our own",
  source: "IAM.1, IAM.21",
  resource: {
    types: [
      ...DOCUMENTS,
      ...ATTACHMENTS,
      ...LONG_LIVED,
      ROLE,
      PROVIDER,
      ...Object.keys(RESOURCE_POLICIES),
    ],
    check,
  },
  stack: misplaced,
};
