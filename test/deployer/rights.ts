/** The form of the table: what a type's create, read, update and delete ask of IAM. */
import { arn, globalArn, input, UUID, type Planned } from "./planned.ts";

export interface Right {
  readonly action: string;
  /** Left out: the type's own ARN, or `*` where the action takes no resource. */
  readonly arn?: string;
  readonly context?: Readonly<Record<string, string>>;
}

export interface TypeRights {
  /** ARN that the actions are judged on. */
  readonly arn: (item: Planned) => string;
  /** Actions, separated by blanks; the service stands before the first. */
  readonly create: string;
  readonly read: string;
  readonly update: string;
  readonly delete: string;
  /** Actions on something else: a role that is passed, a key that is used. */
  readonly also?: (item: Planned) => readonly Right[];
}

export type Table = Readonly<Record<string, TypeRights>>;

/** The same service before each action: `actions("ec2", "CreateVpc CreateTags")`. */
export const actions = (service: string, names: string): string[] =>
  names
    .split(" ")
    .filter((name) => name !== "")
    .map((name) => (name.includes(":") ? name : `${service}:${name}`));

const OPERATIONS = ["create", "read", "update", "delete"] as const;

/** Every right that a planned resource needs in its life. */
export function rightsOf(item: Planned, rights: TypeRights, service: string): Right[] {
  const own = OPERATIONS.flatMap((operation) => actions(service, rights[operation]));
  return [
    ...own.map((action) => ({ action, arn: rights.arn(item) })),
    ...(rights.also?.(item) ?? []),
  ];
}

/** A role handed to a service. */
export const pass = (role: string, ...services: readonly string[]): Right[] =>
  services.map((service) => ({
    action: "iam:PassRole",
    arn: role,
    context: { "iam:PassedToService": service },
  }));

/** The role that a service makes for itself when an account first uses it. */
export const linkedRole = (service: string): Right => ({
  action: "iam:CreateServiceLinkedRole",
  arn: globalArn("iam", `role/aws-service-role/${service}/AWSServiceRole`),
  context: { "iam:AWSServiceName": service },
});

/** A customer's key that a service uses in the caller's name. */
export const useKey = (item: Planned, ...names: readonly string[]): Right[] =>
  names.map((name) => ({
    action: `kms:${name}`,
    arn: arn("kms", item, `key/${UUID}`),
  }));

/** Name of the cluster that a part of it belongs to. */
export const clusterOf = (item: Planned): string => input(item, "clusterName");
