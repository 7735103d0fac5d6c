import { describe } from "mocha";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { protectedAndTagged } from "../../../policies/stack/protected-and-tagged.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const TAGS = { owner: "platform", environment: "prod", region: "us-east-1", "data-class": "none" };
const provider = (tags: PlannedObject): PlannedObject => ({
  defaultTags: JSON.stringify({ tags }),
});
const KEY: Fixture = {
  type: "aws:kms/key:Key",
  name: "key",
  props: { enableKeyRotation: true },
  protect: true,
  provider: provider(TAGS),
};
const TEMPLATE: Fixture = {
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  name: "template",
  props: { tagSpecifications: [{ resourceType: "instance", tags: TAGS }] },
  provider: provider(TAGS),
};

const PASSWORD: Fixture = {
  type: "random:index/randomPassword:RandomPassword",
  name: "password",
  props: { length: 40, keepers: { version: "1" } },
};
const VERSION: Fixture = {
  type: "aws:secretsmanager/secretVersion:SecretVersion",
  name: "version",
  props: { secretId: UNKNOWN, secretString: UNKNOWN },
  from: { secretString: ["password"] },
};
const SEED: Fixture = {
  type: "random:index/randomBytes:RandomBytes",
  name: "seed",
  props: { length: 32 },
  protect: true,
};
const SEED_VERSION: Fixture = {
  ...VERSION,
  name: "seed-version",
  from: { secretString: ["seed"] },
  protect: true,
};

describe("policies of protection and tags", () => {
  describeCases([
    {
      rule: protectedAndTagged,
      compliant: [KEY, TEMPLATE, PASSWORD, VERSION, SEED, SEED_VERSION],
      fine: [
        {
          title: "a read replica, which is made again from its primary",
          also: [
            {
              type: "aws:rds/instance:Instance",
              name: "replica",
              props: { replicateSourceDb: UNKNOWN },
              provider: provider(TAGS),
            },
          ],
        },
        {
          title: "a tag whose value is not known yet",
          change: { tags: { owner: UNKNOWN } },
        },
      ],
      violating: [
        {
          title: "a key without protection",
          options: { protect: false },
          says: /must have the option protect/,
        },
        {
          title: "a bucket without protection",
          also: [
            { type: "aws:s3/bucket:Bucket", name: "bucket", props: {}, provider: provider(TAGS) },
          ],
          says: /must have the option protect/,
        },
        {
          title: "a password that no rotation can replace",
          of: "password",
          options: { protect: true },
          says: /must not have the option protect, which refuses their rotation/,
        },
        {
          title: "a password's version that no rotation can replace",
          of: "version",
          options: { protect: true },
          says: /must not have the option protect/,
        },
        {
          title: "a key without protection that lives in the state alone",
          of: "seed",
          options: { protect: false },
          says: /must have the option protect/,
        },
        {
          title: "a provider that adds no tags",
          options: { provider: {} },
          says: /tags must say owner, environment, region, data-class/,
        },
        {
          title: "a provider that lacks one",
          options: { provider: provider({ ...TAGS, owner: "" }) },
          says: /tags must say owner$/,
        },
        {
          title: "a tag that a resource blanks",
          change: { tags: { "data-class": "" } },
          says: /tags must say data-class/,
        },
        {
          title: "a stack that only calls itself local",
          also: [
            {
              type: "pulumi:providers:aws",
              name: "aws",
              props: provider({ ...TAGS, environment: "local" }),
            },
          ],
          says: /the tag environment must be prod, as the stack's name says: it is local/,
        },
        {
          title: "a resource that only calls itself local",
          change: { tags: { environment: "local" } },
          says: /the tag environment must be prod/,
        },
        {
          title: "instances that get no owner from their template",
          of: "template",
          change: { "tagSpecifications.0.tags.owner": undefined },
          says: /tagSpecifications of instance: owner/,
        },
      ],
    },
  ]);
});
