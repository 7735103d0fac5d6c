import { NAMESPACES } from "../../services/contract/index.ts";
import { ownAccounts } from "../lib/accounts.ts";
import { ofType, related } from "../lib/network.ts";
import { at, isSet, listAt, textAt, UNKNOWN } from "../lib/planned.ts";
import { accountIn } from "../lib/policy-document.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedResource,
  type PlannedStack,
  type Rule,
} from "../lib/rule.ts";

const ENTRY = "aws:eks/accessEntry:AccessEntry";
const ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const ADDON = "aws:eks/addon:Addon";
const ROLE = "aws:iam/role:Role";
const POLICIES = "arn:aws:eks::aws:cluster-access-policy";
const ADMIN = `${POLICIES}/AmazonEKSClusterAdminPolicy`;
/** Reads all but Secrets; AmazonEKSAdminViewPolicy reads those too. */
const VIEW = `${POLICIES}/AmazonEKSViewPolicy`;

/** A role of our own account: no user, no root, nobody else's. */
function isOwnRole(resource: PlannedResource): boolean {
  const arn = textAt(resource.props, "principalArn") ?? "";
  return (
    /^arn:aws:iam::\d{12}:role\/[^*?]+$/.test(arn) &&
    ownAccounts(resource).includes(accountIn(arn) ?? "")
  );
}

const OWN_ROLE = "principalArn must be a role of the stack's own account";

function entry(resource: PlannedResource): string[] {
  const groups = at(resource.props, "kubernetesGroups");
  return unless(
    [isOwnRole(resource), OWN_ROLE],
    [
      groups !== UNKNOWN && listAt(resource.props, "kubernetesGroups").length === 0,
      "kubernetesGroups must be empty: rights of people come by AccessPolicyAssociation alone",
    ],
    [
      (textAt(resource.props, "type") ?? "STANDARD") === "STANDARD",
      "type must be STANDARD: EKS makes the entries of its node groups itself",
    ],
  );
}

const association = (resource: PlannedResource): string[] =>
  unless(
    [isOwnRole(resource), OWN_ROLE],
    [
      [ADMIN, VIEW].includes(textAt(resource.props, "policyArn") ?? ""),
      `policyArn must be ${VIEW}, or AmazonEKSClusterAdminPolicy for the deployer alone`,
    ],
  );

/** Whose rights pods get: never the pods of VPN servers, where strangers' packets end. */
const podIdentity = ({ props }: PlannedResource): string[] =>
  unless(
    [
      textAt(props, "namespace") !== NAMESPACES.vpn,
      `namespace must not be ${NAMESPACES.vpn}: VPN servers have no rights in AWS`,
    ],
    [!isSet(props, "targetRoleArn"), "targetRoleArn must be absent: roles are of this stack"],
  );

/** The program's deployer is the first; whoever comes beside it is the second. */
function admins(stack: PlannedStack): Finding[] {
  const all = ofType(stack, ASSOCIATION).filter(({ props }) => textAt(props, "policyArn") !== VIEW);
  if (all.length <= 1) return [];
  return all.map(({ urn, props }) => ({
    urn,
    message: `the cluster must have one admin, its deployer: there are ${all.length}, among them ${textAt(props, "principalArn") ?? "one that is not known"}`,
  }));
}

const foreignRoles = (stack: PlannedStack): Finding[] => [
  ...ofType(stack, POD_IDENTITY).flatMap((resource) =>
    found(
      resource,
      unless([
        related(resource, "roleArn", ROLE).length > 0,
        "roleArn must be a role of this stack, whose rights are judged",
      ]),
    ),
  ),
  ...ofType(stack, ADDON).flatMap((addon) =>
    found(
      addon,
      unless(
        [
          !isSet(addon.props, "serviceAccountRoleArn"),
          "serviceAccountRoleArn must be absent: rights come by podIdentityAssociations",
        ],
        [
          !isSet(addon.props, "podIdentityAssociations") ||
            related(addon, "podIdentityAssociations", ROLE).length > 0,
          "podIdentityAssociations must name roles of this stack",
        ],
      ),
    ),
  ),
];

export const clusterAccess: Rule = {
  id: "A35",
  name: "a35-cluster-access",
  level: "mandatory",
  description: "The deployer is the cluster's only admin, and pods get rights of our own roles",
  source: "CIS 4.1.1, OWN",
  resource: {
    types: [ENTRY, ASSOCIATION, POD_IDENTITY],
    check: (resource) => {
      if (resource.type === ENTRY) return entry(resource);
      return resource.type === ASSOCIATION ? association(resource) : podIdentity(resource);
    },
  },
  stack: (stack) => [...admins(stack), ...foreignRoles(stack)],
};
