import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import type { PlannedStack } from "../../../policies/lib/rule.ts";
import { resourcesOf, TODAY, type Fixture } from "../support.ts";

const provider = (region: string): Fixture => ({
  type: "pulumi:providers:aws",
  name: "aws",
  props: { region, defaultTags: JSON.stringify({ tags: { environment: "prod", region } }) },
});

const subnets = (tier: string): Fixture[] =>
  ["a", "b", "c"].map((zone) => ({
    type: "aws:ec2/subnet:Subnet",
    name: `subnet-${tier}-${zone}`,
    props: { availabilityZone: zone, tags: { tier } },
  }));

const template = (name: string, volumeSize: number): Fixture => ({
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  name,
  props: { blockDeviceMappings: [{ ebs: { volumeSize, volumeType: "gp3" } }] },
});

const group = (
  name: string,
  instance: string,
  desiredSize: number,
  inSubnets: string[],
): Fixture => ({
  type: "aws:eks/nodeGroup:NodeGroup",
  name,
  props: {
    instanceTypes: [instance],
    launchTemplate: { id: UNKNOWN, version: UNKNOWN },
    scalingConfig: { desiredSize, minSize: 1, maxSize: 3 * desiredSize },
    subnetIds: inSubnets.map(() => UNKNOWN),
  },
  from: {
    subnetIds: inSubnets,
    launchTemplate: [name.startsWith("system") ? "t-system" : "t-endpoint"],
  },
});

const KEY: Fixture = { type: "aws:kms/key:Key", name: "key", props: {} };

/** A small region with one of each family that is paid for. */
export function regionFixtures(region: string, facts: PlannedObject = {}): Fixture[] {
  return [
    provider(region),
    { type: "securevpn:region:Region", name: "region", props: { facts } },
    ...subnets("endpoint"),
    ...subnets("public"),
    { type: "aws:eks/cluster:Cluster", name: "cluster", props: { version: "1.36" } },
    template("t-system", 40),
    template("t-endpoint", 20),
    group("system", "m7g.large", 3, ["subnet-public-a", "subnet-public-b", "subnet-public-c"]),
    ...["a", "b", "c"].map((zone) =>
      group(`endpoint-${zone}`, "c6gn.xlarge", 5, [`subnet-endpoint-${zone}`]),
    ),
    { type: "aws:ec2/eip:Eip", name: "nat", props: {} },
    {
      type: "aws:ec2/natGateway:NatGateway",
      name: "nat-gateway",
      props: {},
      from: { subnetId: ["subnet-public-a"] },
    },
    {
      type: "aws:lb/loadBalancer:LoadBalancer",
      name: "entry",
      props: {
        loadBalancerType: "application",
        internal: false,
        subnets: [UNKNOWN, UNKNOWN, UNKNOWN],
      },
      from: { subnets: ["subnet-public-a", "subnet-public-b", "subnet-public-c"] },
    },
    { type: "aws:route53/record:Record", name: "record", props: {} },
    {
      type: "aws:route53/healthCheck:HealthCheck",
      name: "health",
      props: { type: "HTTPS", requestInterval: 30 },
    },
    { type: "aws:cloudfront/distribution:Distribution", name: "cdn", props: {} },
    {
      type: "aws:rds/instance:Instance",
      name: "shard",
      props: {
        instanceClass: "db.m7g.large",
        multiAz: true,
        allocatedStorage: 100,
        storageType: "gp3",
      },
    },
    {
      type: "aws:rds/instance:Instance",
      name: "replica",
      props: { instanceClass: "db.m7g.large", replicateSourceDb: "shard", storageType: "gp3" },
      from: { replicateSourceDb: ["shard"] },
    },
    {
      type: "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
      name: "copy",
      props: {},
      from: { sourceDbInstanceArn: ["shard"] },
    },
    {
      type: "aws:elasticache/replicationGroup:ReplicationGroup",
      name: "cache",
      props: { engine: "valkey", nodeType: "cache.m7g.large", numCacheClusters: 2 },
    },
    KEY,
    { type: "aws:secretsmanager/secret:Secret", name: "secret", props: {} },
    { type: "aws:cloudwatch/metricAlarm:MetricAlarm", name: "alarm", props: { period: 60 } },
    { type: "aws:cloudwatch/logGroup:LogGroup", name: "logs", props: {} },
    { type: "aws:s3/bucket:Bucket", name: "bucket", props: {} },
    {
      type: "kubernetes:core/v1:PersistentVolumeClaim",
      name: "claim",
      props: { spec: { resources: { requests: { storage: "20Gi" } } } },
    },
    { type: "kubernetes:apps/v1:Deployment", name: "deployment", props: {} },
  ];
}

export const stackOfFixtures = (fixtures: readonly Fixture[]): PlannedStack => ({
  stack: "fixtures",
  resources: resourcesOf(fixtures),
  today: TODAY,
});

export const regionStack = (region: string, facts: PlannedObject = {}): PlannedStack =>
  stackOfFixtures(regionFixtures(region, facts));
