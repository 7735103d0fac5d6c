import {
  accountIn,
  foreignIn,
  isAnything,
  isPattern,
  MUST_BE_KNOWN,
  pinnedTo,
  type Statement,
} from "./policy-document.ts";
import { unless } from "./rule.ts";

/**
 * Actions that IAM lets name no narrower resource, that tell names and sizes alone, or by which an
 * instance reports itself to Session Manager: its id is known to nobody before.
 */
const ON_ANYTHING =
  /^((autoscaling|ec2|ecr|eks|elasticloadbalancing|logs|cloudwatch|servicequotas|tag):(Describe|List|Get)\w+|eks-auth:AssumeRoleForPodIdentity|ssm:UpdateInstanceInformation|ssmmessages:(Create|Open)(Control|Data)Channel|cloudwatch:PutMetricData)$/;

/** A tag of the resource in a condition, compared with a value of its own. */
const isTagged = ({ conditions }: Statement): boolean =>
  conditions.some(
    ({ operator, key, wanted }) =>
      operator === "StringEquals" && /:resourcetag\//.test(key) && wanted.length > 0,
  );

function actionsOf(where: string, allowed: readonly Statement[]): string[] {
  const patterns = allowed.flatMap(({ actions }) => actions.filter(isPattern));
  const iam = allowed
    .flatMap(({ actions }) => actions)
    .filter((action) => /^iam:/i.test(action) && !/^iam:(PassRole$|Get|List)/i.test(action));
  return unless(
    [
      patterns.length === 0,
      `${where} must list actions one by one, no patterns: ${patterns.join(", ")}`,
    ],
    [
      iam.length === 0,
      `${where} must not change IAM: ${iam.join(", ")} lets a role give itself more`,
    ],
  );
}

function resourcesOf(where: string, allowed: readonly Statement[]): string[] {
  const wide = allowed
    .filter((statement) => statement.resources.some(isAnything) && !isTagged(statement))
    .flatMap(({ actions }) => actions.filter((action) => !ON_ANYTHING.test(action)));
  const passing = allowed.filter(
    (statement) =>
      statement.actions.some((action) => /^iam:passrole$/i.test(action)) &&
      (statement.resources.some((resource) => /[*?]/.test(resource)) ||
        pinnedTo(statement, "iam:passedtoservice").length === 0),
  );
  const assuming = allowed.filter(
    (statement) =>
      statement.actions.some((action) => /^sts:assumerole/i.test(action)) &&
      statement.resources.some((resource) => /[*?]/.test(resource)),
  );
  return unless(
    [wide.length === 0, `${where} must name resources: ${wide.join(", ")} on everything of a kind`],
    [
      passing.length === 0,
      `${where} must pass whole roles by name, to a service by iam:PassedToService`,
    ],
    [assuming.length === 0, `${where} must name the roles that sts:AssumeRole may take`],
  );
}

/** What is wrong with the rights that a document gives. */
export function permissions(where: string, statements: readonly Statement[] | undefined): string[] {
  if (statements === undefined) return [`${where} ${MUST_BE_KNOWN}`];
  const allowed = statements.filter(({ effect }) => effect === "Allow");
  return [
    ...actionsOf(where, allowed),
    ...resourcesOf(where, allowed),
    ...unless([
      allowed.every(({ inverted }) => !inverted),
      `${where} must not allow by NotAction or NotResource`,
    ]),
  ];
}

const POD_IDENTITY = "Service:pods.eks.amazonaws.com";

/** A subject that names one repository or account of a service at least. */
const isSubject = (text: string): boolean => /^[^*?]+[:/][^*?]*[^*?:/]/.test(text);

function trusted(statement: Statement, accounts: readonly string[]): string[] {
  const { principals } = statement;
  const federated = principals.some((name) => name.startsWith("Federated:"));
  const audience = pinnedTo(statement, "aud");
  const subject = pinnedTo(statement, "sub");
  const sources = pinnedTo(statement, "aws:sourceaccount");
  const clusters = pinnedTo(statement, "aws:sourcearn");
  const foreign = foreignIn(statement, accounts);
  const isOwn = (text: string): boolean => accounts.includes(accountIn(text) ?? "");
  return unless(
    [
      !principals.some((name) => name.endsWith(":*")) && !statement.inverted,
      'assumeRolePolicy must name its principals, not "*"',
    ],
    [
      foreign.length === 0,
      `assumeRolePolicy must trust principals of the stack's own account alone: ${foreign.join(", ")}`,
    ],
    [
      !principals.some((name) => /^AWS:(\d{12}|.*:root)$/.test(name)),
      "assumeRolePolicy must name a role, not an account: everybody in it would be trusted",
    ],
    [
      !federated ||
        (audience.length > 0 &&
          !audience.some((text) => /[*?]/.test(text)) &&
          subject.length > 0 &&
          subject.every(isSubject)),
      "assumeRolePolicy must pin audience (:aud) and subject (:sub) of a federated identity",
    ],
    [
      !principals.includes(POD_IDENTITY) ||
        (sources.length > 0 &&
          sources.every(isOwn) &&
          clusters.length > 0 &&
          clusters.every((text) => isOwn(text) && !/[*?]/.test(text))),
      "assumeRolePolicy must pin aws:SourceAccount and aws:SourceArn for Pod Identity, to our own cluster",
    ],
  );
}

/** What is wrong with a role's trust. */
export function trust(
  statements: readonly Statement[] | undefined,
  accounts: readonly string[],
): string[] {
  if (statements === undefined) return [`assumeRolePolicy ${MUST_BE_KNOWN}`];
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => trusted(statement, accounts));
}
