import assert from "node:assert/strict";
import { readFileSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { PLAN } from "../../../facts/plan.ts";
import { KEYS } from "../../../infra/config-keys.ts";
import { isComponent, KNOWN_TYPES } from "../../../policies/lib/known-types.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { knownTypes } from "../../../policies/stack/known-types.ts";
import { statedFigures } from "../../../policies/stack/stated-figures.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";

const REGION: Fixture = {
  type: "securevpn:region:Region",
  name: "region",
  props: {
    facts: {
      region: "us-east-1",
      subscribers: 100_000,
      connections: 200_000,
      share: 0.5,
      peersPerServer: 10_000,
      usage: { gbPerMonth: { FREE: [1, 3, 10] }, peakOverAveragePercent: [190, 220, 300] },
      budgets: { vpnServers: 25_000, database: 5_000, transfer: 7_500, monitoring: 3_500 },
    },
  },
};
const KEY: Fixture = { type: "aws:kms/key:Key", name: "key", props: {} };
const more = (type: string): Fixture => ({ type, name: "more", props: {} });

describe("policies of what the program is and says of itself", () => {
  describeCases([
    {
      rule: knownTypes,
      compliant: [KEY, REGION],
      violating: [
        {
          title: "a door into a bucket that no policy reads",
          also: [more("aws:s3/accessPoint:AccessPoint")],
          says: /^aws:s3\/accessPoint:AccessPoint must be a type that policies judge, and none knows it: .* add it there together with the policies/,
        },
        {
          title: "a key policy beside the key's own",
          also: [more("aws:kms/keyPolicy:KeyPolicy")],
          says: /kms\/keyPolicy:KeyPolicy must be a type that policies judge/,
        },
        {
          title: "code that runs inside the engine",
          also: [more("pulumi-nodejs:dynamic:Resource")],
          says: /pulumi-nodejs:dynamic:Resource must be a type/,
        },
        {
          title: "a chart, whose objects nobody sees",
          also: [more("kubernetes:helm.sh/v3:Release")],
          says: /kubernetes:helm.sh\/v3:Release must be a type/,
        },
      ],
    },
    {
      rule: statedFigures,
      compliant: [REGION],
      fine: [
        {
          title: "less money than the plan's",
          change: { "facts.budgets.database": 4_000 },
        },
        { title: "more subscribers", change: { "facts.subscribers": 150_000 } },
        {
          title: "one machine, whose figures are its own",
          change: { "facts.subscribers": 1_000, "facts.share": 1 },
          stack: "local",
        },
      ],
      violating: [
        {
          title: "a budget alarm that never rings",
          also: [
            {
              type: "aws:budgets/budget:Budget",
              name: "total",
              props: { limitAmount: "41000.01" },
            },
          ],
          says: ["limitAmount must be at most the plan's $41,000 a month: it is 41,000.01"],
        },
        {
          title: "a budget above the plan's",
          change: { "facts.budgets.vpnServers": 25_001 },
          says: /^budgets.vpnServers must be at most the plan's \$25,000 a month: it is 25,001$/,
        },
        {
          title: "a budget that is not stated",
          change: { "facts.budgets.monitoring": undefined },
          says: /^budgets.monitoring must be at most the plan's \$3,500/,
        },
        {
          title: "a budget that preview does not know",
          change: { "facts.budgets": UNKNOWN },
          says: /^budgets.database must be at most/,
        },
        {
          title: "a larger part of the budget, and of the platform, than the catalogue's",
          change: { "facts.share": 1 },
          says: /^share must be 0.5, us-east-1's part by facts\/regions.ts: it is 1$/,
        },
        {
          title: "fewer connections than the plan's",
          change: { "facts.connections": 1_000 },
          says: /^connections must be at least the plan's 200,000: it is 1,000$/,
        },
        {
          title: "fewer subscribers than the plan's",
          change: { "facts.subscribers": 100 },
          says: /^subscribers must be at least the plan's 100,000/,
        },
        {
          title: "servers that hold what none was seen to hold",
          change: { "facts.peersPerServer": 1_000_000 },
          says: /^peersPerServer must be at most 10,000/,
        },
        {
          title: "a region of another stack",
          stack: "prod-eu-central-1",
          says: /^region must be eu-central-1, as the stack's name says$/,
        },
        {
          title: "a region of no catalogue",
          change: { "facts.region": "mars-1" },
          says: /^region must be one of facts\/regions.ts/,
        },
        {
          title: "use below what the pack calls low",
          change: { "facts.usage.gbPerMonth.FREE": [0, 0, 1] },
          says: /^usage.gbFree must expect at least 1, which the pack calls low: it is 0$/,
        },
        {
          title: "a core that carries more than the pack's best",
          change: { "facts.usage.gbitPerVcpu": 20 },
          says: /^usage.gbitPerVcpu must expect at most 1.5/,
        },
        {
          title: "two regions, of which one is for show",
          also: [{ ...REGION, name: "another" }],
          says: /must have one region component/,
        },
      ],
    },
  ]);
});

describe("the list of known types", () => {
  const ROOT = join(import.meta.dirname, "..", "..", "..");
  const golden = globSync("test/golden/prod*.json", { cwd: ROOT }).flatMap((file) => {
    const text: unknown = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
    const resources: unknown = typeof text === "object" && text && Reflect.get(text, "resources");
    return Object.keys(resources ?? {}).map((key) => key.split(" ")[0] ?? "");
  });

  it("holds every type that the program is made of", () => {
    assert.ok(golden.length > 1_000);
    const unknown = golden.filter((type) => !isComponent(type) && !KNOWN_TYPES.has(type));
    assert.deepEqual([...new Set(unknown)], []);
  });

  it("holds no type that neither the program is made of nor a decision below names", () => {
    // Used by some configurations alone, or judged and about to be used.
    const decided = [
      "aws:sns/topicSubscription:TopicSubscription",
      "aws:wafv2/webAcl:WebAcl",
      "aws:wafv2/webAclAssociation:WebAclAssociation",
      "kubernetes:apps/v1:DaemonSet",
      "kubernetes:batch/v1:Job",
      "kubernetes:core/v1:PodTemplate",
      "pulumi:pulumi:Stack",
    ];
    const more = [...KNOWN_TYPES].filter((type) => !golden.includes(type));
    assert.deepEqual(
      more.filter((type) => !decided.includes(type)),
      [],
    );
  });
});

describe("the plan", () => {
  it("is 41,000 USD a month, and what config says where a stack is silent", () => {
    const { vpnServers, database, transfer, monitoring } = PLAN.budgets;
    assert.equal(vpnServers + database + transfer + monitoring, 41_000);
    assert.deepEqual(
      [KEYS.budgetVpnServers, KEYS.budgetDatabase, KEYS.budgetTransfer, KEYS.budgetMonitoring].map(
        (key) => key.default,
      ),
      [25_000, 5_000, 7_500, 3_500],
    );
    assert.deepEqual(
      [KEYS.subscribers.default, KEYS.connections.default],
      [PLAN.subscribers, PLAN.connections],
    );
  });
});
