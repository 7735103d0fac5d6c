import { at, isSet, listAt, objectsAt, type Planned, type PlannedObject } from "../lib/planned.ts";
import { isOpen, MUST_BE_KNOWN, statementsOf, type Statement } from "../lib/policy-document.ts";
import { unless, type Rule } from "../lib/rule.ts";

const ROLE = "aws:iam/role:Role";
const ATTACHMENTS = [
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
  "aws:iam/policyAttachment:PolicyAttachment",
];
const DOCUMENTS = [
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/userPolicy:UserPolicy",
  "aws:iam/groupPolicy:GroupPolicy",
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
/** Their own ARNs stand in them, and no program knows those in a first preview: `up` judges them. */
const MAY_BE_UNKNOWN = ["aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"];
const POD_IDENTITY = "Service:pods.eks.amazonaws.com";
/** AWS-managed policies that amount to a wildcard. */
const TOO_WIDE = /\/(AdministratorAccess|PowerUserAccess|IAMFullAccess|\w+FullAccess)$/;

function permissions(where: string, statements: readonly Statement[] | undefined): string[] {
  if (statements === undefined) return [`${where} ${MUST_BE_KNOWN}`];
  const allowed = statements.filter(({ effect }) => effect === "Allow");
  const wide = allowed.flatMap(({ actions, resources }) =>
    actions.filter(
      (action) => action.endsWith(":*") && resources.includes("*") && action !== "*:*",
    ),
  );
  return unless(
    [
      allowed.every(({ actions }) => !actions.includes("*") && !actions.includes("*:*")),
      `${where} must list actions, not "*"`,
    ],
    [
      wide.length === 0,
      `${where} must name resources or single actions: ${wide.join(", ")} on "*" is a whole service`,
    ],
    [
      allowed.every(({ inverted }) => !inverted),
      `${where} must not allow by NotAction or NotResource`,
    ],
  );
}

/** Whether a condition key is compared with something that is not a bare wildcard. */
const pinned = ({ conditions }: Statement, end: string): boolean =>
  [...conditions].some(
    ([key, wanted]) => key.endsWith(end) && wanted.length > 0 && !wanted.includes("*"),
  );

function trust(statements: readonly Statement[] | undefined): string[] {
  if (statements === undefined) return [`assumeRolePolicy ${MUST_BE_KNOWN}`];
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => {
      const { principals } = statement;
      const federated = principals.some((name) => name.startsWith("Federated:"));
      const pods = principals.includes(POD_IDENTITY);
      return unless(
        [
          !principals.some((name) => name.endsWith(":*")) && !statement.inverted,
          'assumeRolePolicy must name its principals, not "*"',
        ],
        [
          !federated || (pinned(statement, ":aud") && pinned(statement, ":sub")),
          "assumeRolePolicy must pin audience (:aud) and subject (:sub) of a federated identity",
        ],
        [
          !pods || (pinned(statement, "aws:sourceaccount") && pinned(statement, "aws:sourcearn")),
          "assumeRolePolicy must pin aws:SourceAccount and aws:SourceArn for Pod Identity",
        ],
      );
    });
}

/** Who may use a topic, a queue, a bucket, a secret. */
function resourcePolicy(type: string, property: string, props: PlannedObject): string[] {
  if (!isSet(props, property)) return [];
  const statements = statementsOf(at(props, property));
  return unless(
    [statements !== undefined || MAY_BE_UNKNOWN.includes(type), `${property} ${MUST_BE_KNOWN}`],
    [
      !(statements ?? []).some(isOpen),
      `${property} must not allow the principal "*" without a condition that says who`,
    ],
  );
}

/** Policies that a role carries inside, written out or by their ARN. */
const inline = (props: PlannedObject): string[] => [
  ...objectsAt(props, "inlinePolicies").flatMap((item) =>
    permissions("inlinePolicies[].policy", statementsOf(at(item, "policy"))),
  ),
  ...listAt(props, "managedPolicyArns").flatMap((arn) => attached("managedPolicyArns", arn)),
];

function attached(where: string, arn: Planned | undefined): string[] {
  // An ARN that is unknown is that of a policy of this stack, whose document is judged.
  if (typeof arn !== "string") return [];
  return unless([!TOO_WIDE.test(arn), `${where} must not name ${arn}: it allows too much`]);
}

export const iamLeastPrivilege: Rule = {
  id: "A24",
  name: "a24-iam-least-privilege",
  level: "mandatory",
  description: "Policies name actions and resources; trust is pinned to one caller",
  source: "IAM.1, IAM.21",
  resource: {
    types: [...DOCUMENTS, ...ATTACHMENTS, ROLE, ...Object.keys(RESOURCE_POLICIES)],
    check: ({ type, props }) => {
      const property = RESOURCE_POLICIES[type];
      if (property !== undefined) return resourcePolicy(type, property, props);
      if (type === ROLE) {
        return [...trust(statementsOf(at(props, "assumeRolePolicy"))), ...inline(props)];
      }
      if (ATTACHMENTS.includes(type)) return attached("policyArn", at(props, "policyArn"));
      return permissions("policy", statementsOf(at(props, "policy")));
    },
  },
};
