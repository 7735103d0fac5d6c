import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { endpointGeneration } from "../../../infra/components/node-template.ts";
import { configOf, regionProgram, type Program, type Recorded } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const TOPIC = "arn:aws:mock:us-east-1:000000000000:alarms";

let prod: Program;
let far: Program;
before(async () => {
  prod = await regionOf("prod");
  far = await regionProgram("prod-eu-central-1", {
    changes: { alertEmail: "night@securevpn.example" },
  });
});

const alarm = (part: string, program = prod): Recorded => program.one(ALARM, `alarms-${part}`);

describe("alarms", () => {
  it("watch every primary and every replica, and replicas' lag besides", () => {
    for (const name of prod.ofType("aws:rds/instance:Instance").map((item) => item.name)) {
      for (const metric of ["cpu", "storage", "memory", "connections"])
        assert.equal(
          at(alarm(`${name}-${metric}`).inputs, "dimensions.DBInstanceIdentifier"),
          prod.one("aws:rds/instance:Instance", name).inputs["identifier"],
        );
      const lag = prod.ofType(ALARM).filter((item) => item.name === `alarms-${name}-lag`);
      assert.equal(lag.length, name.includes("replica") ? 1 : 0, name);
    }
  });

  it("take their limits from the instances' own size", () => {
    const { inputs } = prod.one("aws:rds/instance:Instance", "shard-0");
    assert.equal(
      alarm("shard-0-storage").inputs["threshold"],
      0.15 * Number(inputs["allocatedStorage"]) * 2 ** 30,
    );
    // db.m7g.large: 8 GiB, 829 connections by RDS's default.
    assert.equal(inputs["instanceClass"], "db.m7g.large");
    assert.equal(alarm("shard-0-connections").inputs["threshold"], 663);
  });

  it("watch each node of the cache, the entry, its targets, certificates and the NAT gateway", () => {
    for (const part of ["cpu", "memory", "evictions", "lag"])
      for (const node of ["001", "002"])
        assert.equal(
          at(alarm(`cache-${node}-${part}`).inputs, "dimensions.CacheClusterId"),
          `svpn-us-east-1-cache-${node}`,
        );
    for (const part of [
      "entry-5xx",
      "entry-latency",
      "entry-auth-5xx",
      "entry-auth-unhealthy",
      "entry-selector-unhealthy",
      "entry-reached",
      "entry-certificate-expiry",
      "shared-certificate-expiry",
      "cdn-certificate-expiry",
      "cdn-5xx",
      "nat-0-ports",
    ])
      alarm(part);
    assert.equal(alarm("entry-certificate-expiry").inputs["metricName"], "DaysToExpiry");
    assert.equal(alarm("entry-latency").inputs["extendedStatistic"], "p99");
  });

  it("each say what to do, what silence means, and whom to tell", () => {
    for (const { inputs, name } of prod.ofType(ALARM)) {
      assert.ok(textAt(inputs, "alarmDescription").length > 40, name);
      assert.match(textAt(inputs, "treatMissingData"), /^(breaching|notBreaching|ignore)$/, name);
      assert.deepEqual(inputs["alarmActions"], [TOPIC], name);
      assert.deepEqual(inputs["okActions"], [TOPIC], name);
      assert.match(textAt(inputs, "name"), /^svpn-us-east-1-[a-z0-9-]+$/, name);
    }
  });

  it("on what AWS measures in us-east-1 alone speak to a topic there", () => {
    for (const part of ["entry-reached", "cdn-5xx", "cdn-certificate-expiry"]) {
      const { inputs } = alarm(part, far);
      assert.equal(inputs["region"], "us-east-1", part);
      assert.deepEqual(inputs["alarmActions"], [`${TOPIC}-global`], part);
    }
    assert.equal(alarm("entry-5xx", far).inputs["region"], "eu-central-1");
    assert.deepEqual(alarm("entry-5xx", far).inputs["alarmActions"], [TOPIC]);
    const topic = far.one("aws:sns/topic:Topic", "alarms-global").inputs;
    assert.equal(topic["region"], "us-east-1");
    assert.equal(far.one("aws:kms/key:Key", "alarms-global").inputs["region"], "us-east-1");
  });
});

describe("the topic of alarms", () => {
  it("lets CloudWatch and Budgets of this account in, through its key too, and nobody else", () => {
    const { inputs } = prod.one("aws:sns/topicPolicy:TopicPolicy", "alarms");
    const [publish, ...more] = listAt(JSON.parse(textAt(inputs, "policy")), "Statement");
    assert.deepEqual(more, []);
    assert.deepEqual(publish, {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] },
      Action: ["sns:Publish"],
      Resource: "arn:aws:sns:us-east-1:000000000000:svpn-us-east-1-alarms",
      Condition: { StringEquals: { "aws:SourceAccount": "000000000000" } },
    });
    assert.equal(prod.one("aws:sns/topic:Topic", "alarms").inputs["kmsMasterKeyId"], "alarms-id");
    const key: unknown = JSON.parse(textAt(prod.one("aws:kms/key:Key", "alarms").inputs, "policy"));
    assert.deepEqual(at(listAt(key, "Statement")[1], "Principal"), at(publish, "Principal"));
  });

  it("tells the address in config, and without one nobody", () => {
    const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
    assert.deepEqual(prod.ofType(SUBSCRIPTION), []);
    for (const { inputs } of far.ofType(SUBSCRIPTION)) {
      assert.equal(inputs["protocol"], "email");
      assert.equal(inputs["endpoint"], "night@securevpn.example");
    }
    assert.equal(far.ofType(SUBSCRIPTION).length, 2);
  });
});

describe("budgets", () => {
  const amounts = (program: Program): Record<string, unknown> =>
    Object.fromEntries(
      program
        .ofType("aws:budgets/budget:Budget")
        .map(({ name, inputs }) => [name, inputs["limitAmount"]]),
    );

  it("are the plan's at home, and each region's share in its own stack", () => {
    assert.deepEqual(amounts(prod), {
      "budgets-budget": "20500",
      "budgets-budget-total": "41000",
      "budgets-budget-vpn": "25000",
      "budgets-budget-database": "5000",
      "budgets-budget-transfer": "7500",
      "budgets-budget-monitoring": "3500",
    });
    assert.deepEqual(amounts(far), { "budgets-budget": "12300" });
  });

  it("say which cost they count, without which AWS takes no filter", () => {
    for (const { name, inputs } of prod.ofType("aws:budgets/budget:Budget"))
      assert.equal(inputs["metrics"], "UnblendedCost", name);
  });

  it("tell at 80 and 100 percent, of the forecast and of what was spent", () => {
    for (const { inputs } of prod.ofType("aws:budgets/budget:Budget")) {
      const told = listAt(inputs, "notifications").map((item) => [
        at(item, "threshold"),
        at(item, "notificationType"),
      ]);
      assert.deepEqual(told, [
        [80, "FORECASTED"],
        [80, "ACTUAL"],
        [100, "FORECASTED"],
        [100, "ACTUAL"],
      ]);
      for (const item of listAt(inputs, "notifications"))
        assert.deepEqual(at(item, "subscriberSnsTopicArns"), [TOPIC]);
    }
  });

  it("count by tags that the resources carry", () => {
    const template = prod.one(
      "aws:ec2/launchTemplate:LaunchTemplate",
      `nodes-endpoint-${endpointGeneration(configOf("prod"), "1.36")}`,
    ).inputs;
    for (const index of [0, 1, 2])
      assert.equal(at(template, `tagSpecifications.${index}.tags.cost-component`), "vpn-servers");
    const system = prod.one("aws:ec2/launchTemplate:LaunchTemplate", "nodes-system").inputs;
    assert.equal(at(system, "tagSpecifications.0.tags.cost-component"), undefined);
  });
});
