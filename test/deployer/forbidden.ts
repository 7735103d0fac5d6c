/** What the deployer must not be able to do, though it builds a whole region. */
import { ACCOUNT } from "./planned.ts";
import type { Right } from "./rights.ts";
import { STATE_ALIAS, STATE_KEY } from "./table.ts";

export interface Forbidden extends Right {
  readonly why: string;
}

const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const OURS = role("svpn-nodes-endpoint-20261124120000000000000001");
const ITSELF = role("securevpn-deployer");
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/securevpn-boundary`;
const BOUNDED = { "iam:PermissionsBoundary": BOUNDARY };
const ADMINISTRATOR = { "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess" };
const STATE = `arn:aws:s3:::securevpn-state-${ACCOUNT}`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;

const no = (
  why: string,
  action: string,
  arn?: string,
  context?: Readonly<Record<string, string>>,
): Forbidden => ({
  why,
  action,
  ...(arn === undefined ? {} : { arn }),
  ...(context === undefined ? {} : { context }),
});

export const FORBIDDEN: readonly Forbidden[] = [
  no("make a role of another name", "iam:CreateRole", role("admin"), BOUNDED),
  no("make a role without bounds", "iam:CreateRole", OURS),
  no("make a role with bounds of its own", "iam:CreateRole", OURS, {
    "iam:PermissionsBoundary": `arn:aws:iam::${ACCOUNT}:policy/wide`,
  }),
  no("give rights to a role without bounds", "iam:PutRolePolicy", OURS),
  no("lift a role's bounds", "iam:DeleteRolePermissionsBoundary", OURS),
  no("change the bounds", "iam:CreatePolicyVersion", BOUNDARY),
  no("change a role of another name", "iam:UpdateAssumeRolePolicy", role("admin")),
  no("give itself more rights", "iam:PutRolePolicy", ITSELF),
  no("let others take its own role", "iam:UpdateAssumeRolePolicy", ITSELF),
  no("lift its own limits", "iam:DeleteRolePolicy", ITSELF),
  no("give a role all rights", "iam:AttachRolePolicy", OURS, ADMINISTRATOR),
  no("give itself all rights", "iam:AttachRolePolicy", ITSELF, ADMINISTRATOR),
  no("pass a role to another service", "iam:PassRole", OURS, {
    "iam:PassedToService": "lambda.amazonaws.com",
  }),
  no("pass a role of another name", "iam:PassRole", role("admin"), {
    "iam:PassedToService": "ec2.amazonaws.com",
  }),
  no(
    "make a role for any service",
    "iam:CreateServiceLinkedRole",
    `${role("aws-service-role")}/x`,
    {
      "iam:AWSServiceName": "organizations.amazonaws.com",
    },
  ),
  no("make a user", "iam:CreateUser", `arn:aws:iam::${ACCOUNT}:user/somebody`),
  no("make a lasting key", "iam:CreateAccessKey", `arn:aws:iam::${ACCOUNT}:user/somebody`),
  no("trust another source of identities", "iam:CreateOpenIDConnectProvider", PROVIDER),
  no("take another role", "sts:AssumeRole", role("admin")),
  no("leave the organisation", "organizations:LeaveOrganization"),
  no("make a bucket of another name", "s3:CreateBucket", "arn:aws:s3:::securevpn-backups"),
  no("read another bucket", "s3:GetObject", "arn:aws:s3:::payroll/2026.csv"),
  no("lose the state's history", "s3:DeleteObjectVersion", `${STATE}/.pulumi/stacks/prod.json`),
  no("lose the state", "s3:DeleteBucket", STATE),
  no("open the state to others", "s3:PutBucketPolicy", STATE),
  no("stop the state's history", "s3:PutBucketVersioning", STATE),
  no("lose the state's key", "kms:ScheduleKeyDeletion", STATE_KEY, STATE_ALIAS),
  no("open the state's key to others", "kms:PutKeyPolicy", STATE_KEY, STATE_ALIAS),
  no("lend the state's key", "kms:CreateGrant", STATE_KEY, STATE_ALIAS),
  no(
    "take the name from the state's key",
    "kms:DeleteAlias",
    `arn:aws:kms:us-west-2:${ACCOUNT}:alias/securevpn-state`,
  ),
  no("lose the zone", "route53:DeleteHostedZone", "arn:aws:route53:::hostedzone/ZONE"),
  no(
    "change another zone",
    "route53:ChangeResourceRecordSets",
    "arn:aws:route53:::hostedzone/ZONE",
  ),
  no(
    "read another secret",
    "secretsmanager:GetSecretValue",
    `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:payroll-AbCdEf`,
  ),
  no(
    "lose another's log",
    "logs:DeleteLogGroup",
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/cloudtrail/all`,
  ),
  no(
    "take another's alarm away",
    "cloudwatch:DeleteAlarms",
    `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:root-login`,
  ),
  no("lift another budget", "budgets:ModifyBudget", `arn:aws:budgets::${ACCOUNT}:budget/company`),
  no("lose another cluster", "eks:DeleteCluster", `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/shop`),
  no(
    "read a parameter of the account",
    "ssm:GetParameter",
    `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/payroll`,
  ),
  no("listen to another topic", "sns:Subscribe", `arn:aws:sns:us-east-1:${ACCOUNT}:payroll`),
];
