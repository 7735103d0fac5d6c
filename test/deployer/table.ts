/**
 * What the deployer does, as IAM is asked for it. A new AWS type gets one row, in the table of its
 * service: ARN, actions by operation, and what else it touches (docs/aws/README.md).
 */
import { EKS, IAM, KMS } from "./cluster.ts";
import { CACHE, RDS, S3, SECRETS } from "./data.ts";
import { AUTOSCALING, BALANCER, EC2, WAF } from "./network.ts";
import { ACM, BUDGETS, CLOUDFRONT, CLOUDWATCH, LOGS, ROUTE53, SNS } from "./operations.ts";
import { ACCOUNT, PLANNED, UUID } from "./planned.ts";
import { rightsOf, type Right, type Table, type TypeRights } from "./rights.ts";

/** Tables by IAM's prefix of the service. */
const TABLES: Readonly<Record<string, Table>> = {
  acm: ACM,
  autoscaling: AUTOSCALING,
  budgets: BUDGETS,
  cloudfront: CLOUDFRONT,
  cloudwatch: CLOUDWATCH,
  ec2: EC2,
  eks: EKS,
  elasticache: CACHE,
  elasticloadbalancing: BALANCER,
  iam: IAM,
  kms: KMS,
  logs: LOGS,
  rds: RDS,
  route53: ROUTE53,
  s3: S3,
  secretsmanager: SECRETS,
  sns: SNS,
  wafv2: WAF,
};

/** Row of a type, with its service; undefined: the table has none. */
export function rowOf(type: string): { service: string; rights: TypeRights } | undefined {
  for (const [service, table] of Object.entries(TABLES)) {
    const rights = table[type];
    if (rights !== undefined) return { service, rights };
  }
  return undefined;
}

/** Types with a row. */
export const TYPES: readonly string[] = Object.values(TABLES).flatMap((table) =>
  Object.keys(table),
);

const STATE = "arn:aws:s3:::securevpn-state-000000000000";
/** The state's key; its alias is what tells it from the region's keys. */
export const STATE_KEY = `arn:aws:kms:us-west-2:${ACCOUNT}:key/${UUID}`;
export const STATE_ALIAS = { "kms:ResourceAliases": "alias/securevpn-state" };

/** Reading a stack: pkg/backend/diy/backend.go of github.com/pulumi/pulumi; a preview takes no lock. */
export const READS_STATE: readonly Right[] = [
  { action: "s3:ListBucket", arn: STATE },
  { action: "s3:GetObject", arn: `${STATE}/.pulumi/stacks/securevpn/prod.json` },
  { action: "kms:Encrypt", arn: STATE_KEY, context: STATE_ALIAS },
  { action: "kms:Decrypt", arn: STATE_KEY, context: STATE_ALIAS },
];

/** Changing one: checkpoint, history and backup are written, the lock is put and taken away. */
const WRITES_STATE: readonly Right[] = [
  { action: "s3:PutObject", arn: `${STATE}/.pulumi/stacks/securevpn/prod.json` },
  { action: "s3:PutObject", arn: `${STATE}/.pulumi/locks/organization/securevpn/prod/0.json` },
  { action: "s3:DeleteObject", arn: `${STATE}/.pulumi/locks/organization/securevpn/prod/0.json` },
];

const keyOf = ({ action, arn, context }: Right): string => JSON.stringify([action, arn, context]);

/** Each right once. */
export function unique(rights: readonly Right[]): Right[] {
  return [...new Map(rights.map((right) => [keyOf(right), right])).values()];
}

/** Rights of all that is planned, and of the state. */
export const plannedRights = (): Right[] =>
  unique([
    ...READS_STATE,
    ...WRITES_STATE,
    ...PLANNED.flatMap((item) => {
      const row = rowOf(item.type);
      return row === undefined ? [] : rightsOf(item, row.rights, row.service);
    }),
  ]);
