import { flagAt, numberAt, objectsAt, textAt } from "../lib/planned.ts";
import { unless, type Rule } from "../lib/rule.ts";

export const launchTemplate: Rule = {
  id: "A05",
  name: "a05-launch-template",
  level: "mandatory",
  description: "Nodes ask IMDSv2 at one hop, and their disks are encrypted",
  source: "EC2.170, EC2.181",
  resource: {
    types: ["aws:ec2/launchTemplate:LaunchTemplate"],
    check: ({ props }) => {
      const disks = objectsAt(props, "blockDeviceMappings");
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
      );
    },
  },
};
