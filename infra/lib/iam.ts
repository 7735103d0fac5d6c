/** Statements and documents of IAM, as the JSON text that the resources take. */

export type Statement = Readonly<Record<string, unknown>>;

/** A document of several statements; each says its own Effect. */
export const documentOf = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const document = (statement: Statement): string => documentOf([{ Effect: "Allow", ...statement }]);

/** Account id of an ARN. Throws a RangeError when it has none. */
export function accountOf(arn: string): string {
  const account = /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):/.exec(arn)?.[1];
  if (account === undefined) throw new RangeError(`"${arn}" names no account`);
  return account;
}

/**
 * The most that any role of a region may do (docs/aws/region-roles-boundary.json). The deployer makes
 * roles, and may make none without it: else whoever deploys could make itself an administrator.
 */
export const boundaryOf = (accountId: string): string =>
  `arn:aws:iam::${accountId}:policy/securevpn-boundary`;

/** Trust in an AWS service. */
export function serviceTrust(
  service: string,
  actions: readonly string[] = ["sts:AssumeRole"],
): string {
  return document({ Principal: { Service: service }, Action: actions });
}

/**
 * Trust in the pods of one cluster (EKS Pod Identity). Everything in it is known before the cluster
 * is, so that a policy can judge it in preview.
 */
export function podIdentityTrust(
  accountId: string,
  awsRegion: string,
  clusterName: string,
): string {
  return document({
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnEquals: {
        "aws:SourceArn": `arn:aws:eks:${awsRegion}:${accountId}:cluster/${clusterName}`,
      },
    },
  });
}

export function allow(actions: readonly string[], resources: readonly string[]): string {
  return document({ Action: actions, Resource: resources });
}
