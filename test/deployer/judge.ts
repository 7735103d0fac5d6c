/** IAM's own answer to a right, by @cloud-copilot/iam-simulate. */
import { isWildcardOnlyAction, runSimulation } from "@cloud-copilot/iam-simulate";
import { ACCOUNT } from "./planned.ts";
import type { Right } from "./rights.ts";

export type OneOrMany = string | readonly string[];
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: OneOrMany;
  readonly Resource: OneOrMany;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;
}
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** Our keys' policies, and the state's, leave the account's access to IAM. */
const KEY_POLICY = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  ],
};

const resourceOf = async ({ action, arn }: Right): Promise<string> => {
  const [service = "", name = ""] = action.split(":");
  if (await isWildcardOnlyAction(service, name)) return "*";
  if (arn === undefined) throw new Error(`${action} acts on a resource: give its ARN`);
  return arn;
};

/** Whether a principal of the account with this policy alone may do it. */
export async function isAllowed(policy: Policy, right: Right): Promise<boolean> {
  const resource = await resourceOf(right);
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/securevpn-deployer/session`,
        action: right.action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...right.context },
      },
      identityPolicies: [{ name: "deploy", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(right.action.startsWith("kms:") && resource.includes(":key/")
        ? { resourcePolicy: KEY_POLICY }
        : {}),
    },
    {},
  );
  if (answer.resultType === "error")
    throw new Error(`${right.action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === "Allowed";
}

/** Rights that a policy does not give. */
export async function refused(policy: Policy, rights: readonly Right[]): Promise<Right[]> {
  const verdicts = await Promise.all(rights.map((right) => isAllowed(policy, right)));
  return rights.filter((_, index) => verdicts[index] !== true);
}

/** Whether any right has another answer than it should; it stops at the first. */
export async function isNoticed(
  policy: Policy,
  { allowed, forbidden }: { allowed: readonly Right[]; forbidden: readonly Right[] },
): Promise<boolean> {
  for (const right of allowed) if (!(await isAllowed(policy, right))) return true;
  for (const right of forbidden) if (await isAllowed(policy, right)) return true;
  return false;
}

export const say = ({ action, arn, context }: Right): string =>
  [action, arn ?? "*", ...(context === undefined ? [] : [JSON.stringify(context)])].join(" ");
