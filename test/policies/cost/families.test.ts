import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { fixedCost } from "../../../policies/cost/fixed.ts";
import { FREE, freeReason } from "../../../policies/cost/free.ts";
import { familyOf } from "../../../policies/cost/families.ts";
import { prices } from "../../../policies/cost/prices.ts";
import { sizingOf } from "../../../policies/cost/sizing.ts";
import type { PlannedObject } from "../../../policies/lib/planned.ts";
import type { Fixture } from "../support.ts";
import { stackOfFixtures } from "./region.ts";

const cost = (fixtures: readonly Fixture[], region = "us-east-1") =>
  fixedCost(stackOfFixtures(fixtures), prices(), region);

/** Quantity and price row of one resource's lines. */
const lines = (type: string, props: PlannedObject, also: readonly Fixture[] = []) =>
  cost([...also, { type, name: "it", props }]).lines.map(({ quantity, price }) => [
    quantity,
    `${price.service} ${price.item}`,
  ]);

describe("what resources cost", () => {
  it("prices every family by its own rows", () => {
    const rules = [{ name: "one" }, { name: "two" }];
    const metric = { metric: { metricName: "m", period: 60 } };
    const cases: [type: string, props: PlannedObject, expected: unknown][] = [
      [
        "aws:lb/loadBalancer:LoadBalancer",
        { loadBalancerType: "network", internal: true, subnets: ["a"] },
        [[730, "elb nlb"]],
      ],
      [
        "aws:lb/loadBalancer:LoadBalancer",
        { loadBalancerType: "network", subnetMappings: [{}, {}] },
        [
          [730, "elb nlb"],
          [1460, "vpc public-ipv4-in-use"],
        ],
      ],
      [
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        { vpcEndpointType: "Interface", subnetIds: ["a", "b"] },
        [[1460, "vpc interface-endpoint"]],
      ],
      [
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        { vpcEndpointType: "Gateway" },
        [[730, "vpc gateway-endpoint"]],
      ],
      ["aws:route53/zone:Zone", {}, [[1, "route53 hosted-zone"]]],
      [
        "aws:route53/healthCheck:HealthCheck",
        { type: "HTTPS_STR_MATCH", requestInterval: 10, measureLatency: true },
        [
          [1, "route53 health-check-aws-endpoint"],
          [4, "route53 health-check-option-aws"],
        ],
      ],
      [
        "aws:route53/healthCheck:HealthCheck",
        { type: "TCP" },
        [[1, "route53 health-check-aws-endpoint"]],
      ],
      [
        "aws:wafv2/webAcl:WebAcl",
        { rules },
        [
          [1, "wafv2 web-acl"],
          [2, "wafv2 rule"],
        ],
      ],
      ["aws:kms/replicaKey:ReplicaKey", {}, [[1, "kms customer-key"]]],
      [
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        { period: 10 },
        [[1, "cloudwatch alarm-high-resolution"]],
      ],
      [
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        { metricQueries: [metric, metric, { expression: "a+b" }] },
        [[2, "cloudwatch alarm-standard"]],
      ],
      ["aws:cloudwatch/compositeAlarm:CompositeAlarm", {}, [[1, "cloudwatch alarm-composite"]]],
      [
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        {},
        [[1, "cloudwatch custom-metric-first-10000"]],
      ],
      ["aws:cloudwatch/dashboard:Dashboard", {}, [[1, "cloudwatch dashboard"]]],
      [
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {
          engine: "valkey",
          nodeType: "cache.m7g.large",
          numNodeGroups: 3,
          replicasPerNodeGroup: 1,
        },
        [[6 * 730, "elasticache-valkey cache.m7g.large"]],
      ],
      [
        "aws:rds/instance:Instance",
        {
          instanceClass: "db.m7g.xlarge",
          multiAz: false,
          allocatedStorage: "50",
          databaseInsightsMode: "advanced",
        },
        [
          [730, "rds-postgres db.m7g.xlarge-single-az"],
          [50, "rds gp3-storage-single-az"],
          [4 * 730, "rds database-insights-advanced"],
        ],
      ],
      ["kubernetes:core/v1:Service", { spec: { type: "NodePort" } }, []],
    ];
    for (const [type, props, expected] of cases)
      assert.deepEqual(lines(type, props), expected, type);
  });

  it("counts a Service of type LoadBalancer with an address in every zone", () => {
    const zones: Fixture[] = ["a", "b", "a"].map((availabilityZone, index) => ({
      type: "aws:ec2/subnet:Subnet",
      name: `subnet-${index}`,
      props: { availabilityZone },
    }));
    assert.deepEqual(
      lines("kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } }, zones),
      [
        [730, "elb nlb"],
        [1460, "vpc public-ipv4-in-use"],
      ],
    );
  });

  it("counts a volume for every pod of a set, of its storage class", () => {
    const storage: Fixture = {
      type: "kubernetes:storage.k8s.io/v1:StorageClass",
      name: "class",
      props: { metadata: { name: "fast" }, parameters: { type: "gp3" } },
    };
    const template = {
      spec: { storageClassName: "fast", resources: { requests: { storage: "1Ti" } } },
    };
    const set = { spec: { replicas: 3, volumeClaimTemplates: [template] } };
    assert.deepEqual(lines("kubernetes:apps/v1:StatefulSet", set, [storage]), [
      [3072, "ebs gp3-storage"],
    ]);
    const unreadable = { spec: { resources: { requests: { storage: "much" } } } };
    const { faults } = cost([
      { type: "kubernetes:core/v1:PersistentVolumeClaim", name: "claim", props: unreadable },
    ]);
    assert.match(
      faults[0]?.message ?? "",
      /storage of .* claim is "much": to price it, it must be a size, e.g. "20Gi"/,
    );
  });

  it("prices what is in another region there: by itself, or by its provider", () => {
    const key = (props: PlannedObject, provider?: PlannedObject): Fixture => ({
      type: "aws:secretsmanager/secret:Secret",
      name: "secret",
      props,
      ...(provider === undefined ? {} : { provider }),
    });
    const region = (fixture: Fixture): string | undefined => cost([fixture]).lines[0]?.price.region;
    assert.equal(region(key({})), "us-east-1");
    assert.equal(region(key({ region: "eu-central-1" })), "eu-central-1");
    assert.equal(region(key({}, { region: "ap-southeast-1" })), "ap-southeast-1");
  });

  it("has a reason for every free type, and none of them a price", () => {
    for (const [type, reason] of Object.entries(FREE)) {
      assert.ok(reason.length > 10, type);
      assert.equal(familyOf(type), undefined, type);
    }
    assert.ok(freeReason("aws:s3/bucketPolicy:BucketPolicy") !== undefined);
    assert.ok(freeReason("securevpn:data:Cache") !== undefined);
    // Their services' other types are free, and a prefix would let these through.
    for (const paid of [
      "aws:acmpca/certificateAuthority:CertificateAuthority",
      "aws:iam/newThing:NewThing",
      "aws:vpc/ipamPool:IpamPool",
      "aws:budgets/budgetAction:BudgetAction",
      "aws:s3/bucketMetric:BucketMetric",
      "aws:sns/smsPreferences:SmsPreferences",
    ])
      assert.equal(freeReason(paid), undefined, paid);
    assert.equal(freeReason("kubernetes:networking.k8s.io/v1:Ingress"), undefined);
  });
});

describe("the size of the VPN servers", () => {
  const load = {
    gb: 1e6,
    peakOverAverage: 2,
    gbitPerVcpu: 1,
    utilisation: 0.65,
    peers: 0,
    peersPerServer: 10_000,
    zones: 3,
  };

  it("names the limit that binds", () => {
    assert.equal(sizingOf("c6gn.xlarge", load).limit, "vCPU");
    assert.equal(sizingOf("c6gn.2xlarge", load).limit, "internet gateway");
    assert.equal(sizingOf("c7g.large", load).limit, "network baseline");
    assert.equal(sizingOf("c6gn.16xlarge", load).limit, "internet gateway");
    assert.equal(sizingOf("c6gn.xlarge", { ...load, gb: 1, peers: 50_000 }).limit, "peers");
  });

  it("goes from GB to average, to peak, to nodes at 65 % of their rate", () => {
    const { averageGbit, peakGbit, carrying, nodes } = sizingOf("c6gn.xlarge", load);
    assert.equal(averageGbit.toFixed(3), ((1e6 * 2 ** 30 * 8) / (730 * 3600) / 1e9).toFixed(3));
    assert.equal(peakGbit, 2 * averageGbit);
    assert.equal(carrying, Math.ceil(peakGbit / (4 * 0.65)));
    // Without any one of three zones the others carry them.
    assert.equal(nodes, 3 * Math.ceil(carrying / 2));
  });

  it("refuses an instance whose rate is not known, with those that are", () => {
    assert.throws(
      () => sizingOf("x9z.large", load),
      /is x9z.large: its rate is not known; it must be one of c6gn.medium/,
    );
  });
});
