import {
  at,
  isObject,
  isSet,
  objectsAt,
  textAt,
  type Planned,
  type PlannedObject,
} from "../lib/planned.ts";
import { decoded, tagsOf } from "../lib/provider.ts";
import {
  found,
  isLocal,
  unless,
  type Finding,
  type PlannedStack,
  type Rule,
  type StackResource,
} from "../lib/rule.ts";
import { UNTAGGED } from "../lib/untagged.ts";

const PROVIDER = "pulumi:providers:aws";
const TAGS = ["owner", "environment", "region", "data-class"];

/** What holds something that no `up` brings back. Read replicas are made again from their primary. */
const STATEFUL = [
  "aws:rds/instance:Instance",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:secretsmanager/secret:Secret",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:rds/cluster:Cluster",
  "aws:dynamodb/table:Table",
  "aws:efs/fileSystem:FileSystem",
  "aws:backup/vault:Vault",
  "aws:eks/cluster:Cluster",
  "aws:route53/zone:Zone",
];
const isStateful = ({ type, props }: StackResource): boolean =>
  STATEFUL.includes(type) && !isSet(props, "replicateSourceDb");

const PASSWORD = "random:index/randomPassword:RandomPassword";
/** Keys that sessions and data hang on live in the state alone. */
const KEY_BYTES = "random:index/randomBytes:RandomBytes";
const SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

/** What a rotation replaces: `protect` would refuse it. */
const isRotated = ({ type, relations }: StackResource): boolean =>
  type === PASSWORD ||
  (type === SECRET_VERSION && relations("secretString").some((value) => value.type === PASSWORD));

/** The option `protect`: on what no `up` brings back, and not on what a rotation replaces. */
const protection = (resource: StackResource): string[] =>
  unless(
    [
      !(isStateful(resource) || resource.type === KEY_BYTES) || resource.protect,
      "a resource that holds state must have the option protect",
    ],
    [
      !isRotated(resource) || !resource.protect,
      "a password and its version must not have the option protect, which refuses their rotation; protect the secret that holds them",
    ],
  );

const missingTags = (tags: PlannedObject): string[] => TAGS.filter((tag) => !isSet(tags, tag));

/** Instances, disks and interfaces that a template makes get its tags and not the provider's. */
const templateTags = ({ props }: StackResource): string[] =>
  objectsAt(props, "tagSpecifications").flatMap((item) => {
    const tags = item["tags"];
    const missing = missingTags(isObject(tags) ? tags : {});
    return missing.map(
      (tag) => `tagSpecifications of ${textAt(item, "resourceType") ?? "?"}: ${tag}`,
    );
  });

/** Where a tag is written: at the provider for all of its resources, or at one. */
const writtenTags = ({ type, props }: StackResource): Planned | undefined =>
  type === PROVIDER ? at(decoded(props["defaultTags"]), "tags") : props["tags"];

/** Under another environment than its stack's name says, a resource is nobody's cost and alarm. */
function wrongEnvironment(stack: PlannedStack): Finding[] {
  const wanted = isLocal(stack) ? "local" : "prod";
  return stack.resources.flatMap((resource) => {
    const tag = textAt(writtenTags(resource), "environment");
    return found(
      resource,
      unless([
        tag === undefined || tag === wanted,
        `the tag environment must be ${wanted}, as the stack's name says: it is ${tag}`,
      ]),
    );
  });
}

function tagging(resource: StackResource): string[] {
  if (!resource.type.startsWith("aws:")) return [];
  const missing = UNTAGGED.has(resource.type) ? [] : missingTags(tagsOf(resource));
  const all = [...missing, ...templateTags(resource)];
  return unless([all.length === 0, `tags must say ${all.join(", ")}`]);
}

export const protectedAndTagged: Rule = {
  id: "A28",
  name: "a28-protected-and-tagged",
  level: "mandatory",
  description:
    "What holds state is protected, what a rotation replaces is not, and everything says whose it is and what it holds",
  source: "OWN",
  stack: (stack) => [
    ...wrongEnvironment(stack),
    ...stack.resources.flatMap((resource) =>
      found(resource, [...protection(resource), ...tagging(resource)]),
    ),
  ],
};
