import { NODE_GROUP, ofType, related } from "../lib/network.ts";
import {
  at,
  flagAt,
  isSet,
  numberAt,
  objectsAt,
  textAt,
  UNKNOWN,
  type PlannedObject,
} from "../lib/planned.ts";
import {
  found,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";

const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
/** What makes machines without a template of this kind, and has the same effect. */
const MACHINES = [
  "aws:ec2/instance:Instance",
  "aws:ec2/launchConfiguration:LaunchConfiguration",
  "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
  "aws:ec2/fleet:Fleet",
  "aws:autoscaling/group:Group",
];
/** Settings by which a node would be another machine than the one that is judged. */
const FOREIGN = ["imageId", "keyName", "iamInstanceProfile", "instanceMarketOptions"];
const SECRET =
  /(A3T|AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|(password|passwd|secret|token)["']?\s*[=:]\s*["']?[^\s"'$]{6,}/i;

const userDataOf = (props: PlannedObject): string =>
  Buffer.from(textAt(props, "userData") ?? "", "base64").toString("utf8");

function template({ props }: { readonly props: PlannedObject }): string[] {
  const disks = objectsAt(props, "blockDeviceMappings");
  const foreign = FOREIGN.filter((name) => isSet(props, name));
  return unless(
    [
      textAt(props, "metadataOptions.httpTokens") === "required",
      'metadataOptions.httpTokens must be "required"',
    ],
    [
      numberAt(props, "metadataOptions.httpPutResponseHopLimit") === 1,
      "metadataOptions.httpPutResponseHopLimit must be 1: pods must not get the node's role",
    ],
    [disks.length > 0, "blockDeviceMappings must name the root disk and encrypt it"],
    [
      disks.every((disk) => flagAt(disk, "ebs.encrypted") === true),
      "every blockDeviceMappings[].ebs.encrypted must be true",
    ],
    [
      foreign.length === 0,
      `${foreign.join(", ")} must be left out: EKS chooses the image, and nobody logs in`,
    ],
    [
      at(props, "userData") !== UNKNOWN && !SECRET.test(userDataOf(props)),
      "userData must be known in preview and hold no secret: whoever may describe the template reads it",
    ],
  );
}

const group = ({ props }: { readonly props: PlannedObject }): string[] =>
  unless(
    [
      (textAt(props, "capacityType") ?? "ON_DEMAND") === "ON_DEMAND",
      "capacityType must be ON_DEMAND: a spot node leaves with its tunnels after two minutes",
    ],
    [
      /^(AL2023|BOTTLEROCKET)_/.test(textAt(props, "amiType") ?? "AL2023_"),
      "amiType must be an image of EKS's own, AL2023 or Bottlerocket",
    ],
  );

/**
 * What a group really takes: the version that it names, of the template that is judged here as it will
 * be. A version of the program's own writing may be one that was made before the template was hardened.
 */
function isNewest(nodes: StackResource, of: StackResource): boolean {
  const version = at(nodes.props, "launchTemplate.version");
  if (version === UNKNOWN) return true; // it comes from the template, which changes or is yet to be made
  const latest = numberAt(of.answered?.() ?? {}, "latestVersion");
  return latest !== undefined && numberAt({ version }, "version") === latest;
}

const pinned = (stack: PlannedStack): Finding[] =>
  ofType(stack, NODE_GROUP).flatMap((nodes) =>
    found(
      nodes,
      unless([
        related(nodes, "launchTemplate", TEMPLATE).every((one) => isNewest(nodes, one)),
        "launchTemplate.version must be the template's latestVersion: an older one is not the one that is judged",
      ]),
    ),
  );

export const launchTemplate: Rule = {
  id: "A05",
  name: "a05-launch-template",
  level: "mandatory",
  description: "Nodes ask IMDSv2 at one hop, their disks are encrypted, and no secret is in them",
  source: "EC2.170, EC2.181",
  resource: {
    types: [TEMPLATE, NODE_GROUP, ...MACHINES],
    check: (resource) => {
      if (resource.type === TEMPLATE) return template(resource);
      if (resource.type === NODE_GROUP) return group(resource);
      return ["machines must come from node groups, whose launch template is judged"];
    },
  },
  stack: pinned,
};
