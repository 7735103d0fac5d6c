import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AwsProvider } from "../../../local/providers/aws/provider.ts";
import type { CallOptions, Properties } from "../../../local/providers/provider.ts";
import { fakeBackends } from "./fake-backends.ts";

const options: CallOptions = {
  preview: false,
  configuration: { region: "eu-central-1" },
  signal: new AbortController().signal,
};
const NAT = "aws:ec2/natGateway:NatGateway";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const MANAGED = "arn:aws:iam::aws:policy";

describe("the embedded cloud refuses what AWS refuses:", () => {
  let stateDir: string;
  let provider: AwsProvider;
  let joined: string[];

  const ref = (type: string, name: string) => ({
    urn: `urn:pulumi:dev::p::${type}::${name}`,
    type,
    name,
  });
  /** As the engine makes it: checked, then created. */
  async function make(type: string, inputs: Properties, name = "x"): Promise<Properties> {
    const checked = await provider.check(ref(type, name), inputs, undefined);
    assert.deepEqual(checked.failures, []);
    const { id, outputs } = await provider.create(ref(type, name), checked.inputs, options);
    return { ...outputs, id };
  }

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "aws-"));
    joined = [];
    provider = new AwsProvider(
      stateDir,
      fakeBackends({
        nodeGroup: {
          apply: ({ name }) => Promise.resolve(void joined.push(name)),
          delete: () => Promise.resolve(),
          has: () => true,
        },
      }),
    );
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  it("a budget with a filter expression and no metrics", async () => {
    const budget = ref("aws:budgets/budget:Budget", "x");
    const inputs = { budgetType: "COST", timeUnit: "MONTHLY", filterExpression: { tags: {} } };
    const { failures } = await provider.check(budget, inputs, undefined);
    assert.deepEqual(failures, [
      {
        property: "filterExpression",
        reason: 'all of "filterExpression,metrics" must be specified',
      },
    ]);
    const whole = { ...inputs, metrics: "UnblendedCost" };
    assert.deepEqual((await provider.check(budget, whole, undefined)).failures, []);
  });

  it("a launch template with security groups of the instance beside an interface's", async () => {
    const template = "aws:ec2/launchTemplate:LaunchTemplate";
    const networkInterfaces = [{ deviceIndex: 0, securityGroups: ["sg-1"] }];
    await assert.rejects(
      make(template, { networkInterfaces, vpcSecurityGroupIds: ["sg-1"] }),
      /InvalidParameterCombination: Network interfaces and an instance-level security groups/,
    );
    await make(template, { networkInterfaces });
    await make(template, { vpcSecurityGroupIds: ["sg-1"] }, "other");
  });

  describe("before the VPC has its internet gateway", () => {
    let vpcId: string;
    let subnetId: string;
    beforeEach(async () => {
      vpcId = String((await make("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" }))["id"]);
      subnetId = String((await make("aws:ec2/subnet:Subnet", { vpcId }))["id"]);
    });
    const attach = () => make("aws:ec2/internetGateway:InternetGateway", { vpcId });

    it("a public NAT gateway", async () => {
      await assert.rejects(
        make(NAT, { subnetId, allocationId: "a" }),
        new RegExp(`Gateway.NotAttached: Network ${vpcId} has no Internet gateway attached`),
      );
      assert.ok(!provider.list().some(({ type }) => type === NAT), "nothing is left of it");
      await make(NAT, { subnetId, connectivityType: "private" }, "private");
      await attach();
      await make(NAT, { subnetId, allocationId: "a" });
    });

    it("a balancer that faces the internet", async () => {
      await assert.rejects(
        make(BALANCER, { subnets: [subnetId] }),
        new RegExp(`InvalidSubnet: VPC ${vpcId} has no internet gateway`),
      );
      await make(BALANCER, { subnets: [subnetId], internal: true }, "internal");
      await attach();
      await make(BALANCER, { subnets: [subnetId] });
    });
  });

  describe("nodes whose role lacks a right that joining takes,", () => {
    let role: string;
    let roleArn: string;
    beforeEach(async () => {
      const made = await make("aws:iam/role:Role", { assumeRolePolicy: "{}" });
      role = String(made["id"]);
      roleArn = String(made["arn"]);
    });
    const attach = (policy: string) =>
      make(ATTACHMENT, { role, policyArn: `${MANAGED}/${policy}` }, policy);
    const inline = (statement: object, name = "own") =>
      make(
        "aws:iam/rolePolicy:RolePolicy",
        { role, policy: JSON.stringify({ Statement: statement }) },
        name,
      );
    const nodes = () =>
      make(NODE_GROUP, {
        clusterName: "c",
        nodeRoleArn: roleArn,
        subnetIds: [],
        scalingConfig: { desiredSize: 1, minSize: 1, maxSize: 1 },
      });
    const DESCRIBE = { Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: "*" };

    it("each named in EKS's error", async () => {
      await attach("AmazonEKSWorkerNodeMinimalPolicy");
      await assert.rejects(nodes(), (error: Error) => {
        assert.match(error.message, /^NodeCreationFailure: Instances failed to join the kube/);
        assert.match(error.message, /ec2:DescribeInstances .*ecr:GetAuthorizationToken/);
        assert.doesNotMatch(error.message, /eks-auth/);
        return true;
      });
      assert.deepEqual(joined, []);
    });

    it("and takes those that have them, by managed policies or inline", async () => {
      await attach("AmazonEKSWorkerNodeMinimalPolicy");
      await attach("AmazonEC2ContainerRegistryPullOnly");
      await assert.rejects(nodes(), /lacks ec2:DescribeInstances \([^)]*\)$/);
      await inline(DESCRIBE);
      await nodes();
      assert.equal(joined.length, 1);
    });

    it("or whose size lies outside its bounds", async () => {
      const sized = (desiredSize: number, minSize: number, maxSize: number) =>
        make(NODE_GROUP, {
          clusterName: "c",
          nodeRoleArn: roleArn,
          subnetIds: [],
          scalingConfig: { desiredSize, minSize, maxSize },
        });
      await assert.rejects(
        sized(3, 4, 9),
        /Minimum capacity 4 can't be greater than desired size 3/,
      );
      await assert.rejects(sized(3, 1, 2), /desired capacity 3 can't be greater than max size 2/);
    });

    it("as a right denied elsewhere is none", async () => {
      await attach("AmazonEKSWorkerNodePolicy");
      await attach("AmazonEC2ContainerRegistryReadOnly");
      await inline([DESCRIBE, { Effect: "Deny", Action: "EC2:describe*", Resource: "*" }]);
      await assert.rejects(nodes(), /lacks ec2:DescribeInstances/);
    });
  });
});
