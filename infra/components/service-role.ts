import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const MANAGED = "arn:aws:iam::aws:policy";

/** A role that an AWS service assumes, with AWS-managed policies named by their last part. */
export function serviceRole(
  parent: pulumi.Resource,
  name: string,
  service: string,
  policies: readonly string[],
  actions: readonly string[] = ["sts:AssumeRole"],
): aws.iam.Role {
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  });
  const role = new aws.iam.Role(name, { description: `Assumed by ${service}`, assumeRolePolicy }, { parent });
  for (const policy of policies) {
    new aws.iam.RolePolicyAttachment(`${name}-${policy}`, { role: role.name, policyArn: `${MANAGED}/${policy}` }, { parent });
  }
  return role;
}
