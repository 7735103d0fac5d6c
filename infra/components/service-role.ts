import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { boundaryOf } from "../lib/iam.ts";
import { rolePrefix } from "../lib/names.ts";

export interface ServiceRoleArgs {
  readonly description: string;
  /** Account whose boundary bounds the role. */
  readonly accountId: string;
  /** Only where another document names the role; it begins with `svpn-`. @default one of the provider's */
  readonly name?: string;
  /** Trust document as JSON text (lib/iam.ts). */
  readonly trust: string;
  /** AWS-managed policies, named by the end of their ARN. */
  readonly managedPolicies: readonly string[];
  /** Rights of its own, as JSON text; known in preview, so that a policy can judge them. */
  readonly policy?: string;
}

const MANAGED = "arn:aws:iam::aws:policy";

/** A role with AWS-managed policies and rights of its own; each attachment is a resource, so that a change touches one. */
export class ServiceRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** What must be there before the role is used. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ServiceRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:access:ServiceRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        description: args.description,
        assumeRolePolicy: args.trust,
        permissionsBoundary: boundaryOf(args.accountId),
        ...(args.name === undefined ? { namePrefix: rolePrefix(name) } : { name: args.name }),
      },
      { parent: this },
    );
    const attachments = args.managedPolicies.map(
      (policy) =>
        new aws.iam.RolePolicyAttachment(
          `${name}-${policy.slice(policy.lastIndexOf("/") + 1)}`,
          { role: role.name, policyArn: `${MANAGED}/${policy}` },
          { parent: this },
        ),
    );
    const own =
      args.policy === undefined
        ? []
        : [
            new aws.iam.RolePolicy(
              name,
              { role: role.name, policy: args.policy },
              { parent: this },
            ),
          ];
    this.ready = [...attachments, ...own];
    this.arn = role.arn;
    this.name = role.name;
    this.registerOutputs({ arn: this.arn });
  }
}
