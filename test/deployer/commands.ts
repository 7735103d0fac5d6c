/** Rights that the runbooks' `aws` commands need: the action follows from the command's name. */
import { commandsOn, PAGES, pageText } from "../support/pages.ts";
import { ACCOUNT, UUID, ZONE_ID } from "./planned.ts";
import { linkedRole, type Right } from "./rights.ts";

/** The page of the administrator, who makes the deployer; other pages send the deployer to its step 5. */
const ADMINISTRATORS = "docs/before-first-deployment.md";
const STEP_5 = ["service-quotas", "ec2"];
/** Commands that ask for no right: of the CLI itself, and one that everybody may. */
const FREE = ["configure", "sts"];

/** IAM's prefix, where it is not the CLI's word. */
const PREFIX: Readonly<Record<string, string>> = {
  "service-quotas": "servicequotas",
  resourcegroupstaggingapi: "tag",
};
/** Commands that are no API call of their own. */
const BEHIND: Readonly<Record<string, string>> = {
  "eks update-kubeconfig": "DescribeCluster",
  "rds wait": "DescribeDBInstances",
};
/** What the commands of a service act on, or one of them. */
const ARNS: Readonly<Record<string, string>> = {
  ec2: `arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-0123456789abcdef0`,
  eks: `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/svpn-us-east-1-cluster`,
  "eks describe-addon": `arn:aws:eks:us-east-1:${ACCOUNT}:addon/svpn-us-east-1-cluster/coredns/${UUID}`,
  "eks update-nodegroup-config": `arn:aws:eks:us-east-1:${ACCOUNT}:nodegroup/svpn-us-east-1-cluster/nodes-endpoint/${UUID}`,
  rds: `arn:aws:rds:us-east-1:${ACCOUNT}:db:svpn-us-east-1-shard-0`,
  route53: `arn:aws:route53:::hostedzone/${ZONE_ID}`,
  // AWS's own parameters have no account in their ARN, which the simulator refuses: the policy leaves it open,
  // as eksctl's does (https://docs.aws.amazon.com/eks/latest/eksctl/minimum-iam-policies.html).
  ssm: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/aws/service/eks/optimized-ami/1.36/release_version`,
  servicequotas: `arn:aws:servicequotas:us-east-1:${ACCOUNT}:ec2/L-1216C47A`,
};
const SNAPSHOT = `arn:aws:rds:us-east-1:${ACCOUNT}:snapshot:svpn-us-east-1-shard-0-final-0a1b2c3d`;

const pascal = (command: string): string =>
  command.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** Words of each `aws` command of a page, those in its prose included. */
function commandsOf(page: string): string[][] {
  const blocks = commandsOn(page).flatMap(({ name, args }) => {
    if (name === "aws") return [[...args]];
    const at = args.indexOf("aws"); // behind xargs
    return at === -1 ? [] : [args.slice(at + 1)];
  });
  const prose = [...pageText(page).matchAll(/`aws ([a-z0-9-]+) ([a-z0-9-]+)[^`]*`/g)];
  return [...blocks, ...prose.map(([, service = "", command = ""]) => [service, command])];
}

function rightsOf([service = "", command = ""]: readonly string[]): Right[] {
  const prefix = PREFIX[service] ?? service;
  const action = `${prefix}:${BEHIND[`${service} ${command}`] ?? pascal(command)}`;
  const arn = /snapshot/.test(command) ? SNAPSHOT : (ARNS[`${service} ${command}`] ?? ARNS[prefix]);
  const right = arn === undefined ? { action } : { action, arn };
  return command === "request-service-quota-increase"
    ? [right, linkedRole("servicequotas.amazonaws.com")]
    : [right];
}

/** Rights of every command that a runbook runs as the deployer. */
export const commandRights = (): Right[] =>
  PAGES.flatMap((page) =>
    commandsOf(page)
      .filter(([service = ""]) => !FREE.includes(service))
      .filter(([service = ""]) => page !== ADMINISTRATORS || STEP_5.includes(service))
      .flatMap(rightsOf),
  );
