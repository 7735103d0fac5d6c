/** A small program for the engine test: one of each thing that the embedded AWS enacts on single processes. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const config = new pulumi.Config();
const replicas = config.getNumber("replicas") ?? 1;
const passwordVersion = config.getNumber("passwordVersion") ?? 1;
const logValue = config.get("logValue") ?? "-1";

const provider = new aws.Provider("aws", {
  region: "eu-central-1",
  allowedAccountIds: ["111122223333"],
  defaultTags: { tags: { owner: config.get("owner") ?? "team" } },
});
// A second one of the same package: both share one attached server.
const elsewhere = new aws.Provider("elsewhere", { region: "us-east-1" });
const opts = { provider };
const randoms = { provider: new random.Provider("random") };

const vpc = new aws.ec2.Vpc(
  "vpc",
  {
    cidrBlock: config.get("cidr") ?? "10.0.0.0/16",
    tags: { Name: "vpc" },
    ...(config.getBoolean("unknownProperty") ? { ipv4IpamPoolId: "pool" } : {}),
  },
  opts,
);
const subnet = new aws.ec2.Subnet(
  "subnet",
  { vpcId: vpc.id, cidrBlock: "10.0.1.0/24", availabilityZone: "eu-central-1a" },
  opts,
);
const group = new aws.ec2.SecurityGroup("group", { vpcId: vpc.id, description: "databases" }, opts);
const key = new aws.kms.Key(
  "elsewhere",
  { description: "in another region" },
  { provider: elsewhere },
);

const password = new random.RandomPassword(
  "owner",
  { length: 30, special: false, keepers: { version: String(passwordVersion) } },
  randoms,
);
const subnets = new aws.rds.SubnetGroup("databases", { subnetIds: [subnet.id] }, opts);
const parameters = new aws.rds.ParameterGroup(
  "shard",
  { family: "postgres18", parameters: [{ name: "log_min_duration_statement", value: logValue }] },
  opts,
);
const common = {
  instanceClass: "db.t4g.micro",
  parameterGroupName: parameters.name,
  skipFinalSnapshot: true,
  vpcSecurityGroupIds: [group.id],
};
const primary = new aws.rds.Instance(
  "shard",
  {
    ...common,
    identifier: "engine-shard",
    engine: "postgres",
    allocatedStorage: 20,
    dbSubnetGroupName: subnets.name,
    dbName: "app",
    username: "owner",
    passwordWo: password.result,
    passwordWoVersion: passwordVersion,
    deletionProtection: config.getBoolean("protected") ?? false,
  },
  opts,
);
for (let n = 0; n < replicas; n++) {
  new aws.rds.Instance(
    `shard-replica-${n}`,
    { ...common, identifier: `engine-shard-r${n}`, replicateSourceDb: primary.identifier },
    opts,
  );
}

export const shardAddress = pulumi.interpolate`${primary.address}:${primary.port}`;
export const ownerPassword = password.result;
export const keyArn = key.arn;
export const vpcTags = vpc.tagsAll;
