import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subnetCidr, tierCidrs, type Tier } from "../lib/subnets.ts";
import type { Region } from "../regions.ts";
import { FlowLogs } from "./flow-logs.ts";

export interface NetworkArgs {
  readonly region: Region;
  readonly accountId: string;
  /** A way out for every zone's private subnet, so that a zone lost is one zone lost; else one for all. */
  readonly natPerZone: boolean;
}

/** A route table, and what must be there before its subnets have their way out. */
interface Routed {
  readonly table: aws.ec2.RouteTable;
  readonly way: readonly pulumi.Resource[];
}

/**
 * VPC of a region over its zones: private subnets (system nodes, out through NAT), public ones
 * (entry, NAT), endpoint ones (VPN nodes, straight to the internet gateway: tunnel traffic through
 * NAT would cost 0.045 USD a GB) and data ones (databases and cache, no route out).
 *
 * Costs: about 33 USD a month for each NAT gateway, and its traffic. Replacing one cuts its zone off.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** One, or one per zone. */
  readonly natGatewayIds: readonly pulumi.Output<string>[];
  readonly privateSubnetIds: readonly pulumi.Output<string>[];
  readonly publicSubnetIds: readonly pulumi.Output<string>[];
  readonly dataSubnetIds: readonly pulumi.Output<string>[];
  /** One per zone, in the region's order of zones. */
  readonly endpointSubnetIds: readonly pulumi.Output<string>[];
  /** The public subnets' way to the internet: AWS refuses a balancer in a VPC that has no gateway yet. */
  readonly publicWay: readonly pulumi.Resource[];
  /** The ways of private and endpoint subnets: a node that boots before its own cannot join. */
  readonly nodeWays: readonly pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Network", name, {}, opts);
    const vpc = this.#vpc(name, args.region);
    const gateway = new aws.ec2.InternetGateway(
      `${name}-internet`,
      { vpcId: vpc.id },
      { parent: this },
    );
    const subnets = (tier: Tier): aws.ec2.Subnet[] =>
      args.region.zones.map((zone, index) =>
        this.#subnet(name, vpc, args.region, tier, zone, index),
      );
    const [publics, privates, data, endpoints] = [
      subnets("public"),
      subnets("private"),
      subnets("data"),
      subnets("endpoint"),
    ];

    const toInternet = { destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id };
    const publicTable = this.#routeTable(name, "public", vpc, publics, toInternet);
    this.publicWay = [gateway, ...publicTable.way];
    const nats = this.#nats(name, args.natPerZone ? publics : publics.slice(0, 1));
    const nodeTables = [
      this.#routeTable(name, "endpoint", vpc, endpoints, toInternet),
      ...this.#privateTables(name, vpc, privates, nats),
    ];
    this.nodeWays = nodeTables.flatMap(({ way }) => way);
    this.#routeTable(name, "data", vpc, data);
    // Image layers come from S3: a gateway endpoint is free and keeps them off the NAT. Databases have
    // no need of it: their backups go by AWS's own network.
    new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${args.region.awsRegion}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: nodeTables.map(({ table }) => table.id),
      },
      { parent: this },
    );

    this.#dataWalls(name, vpc, args.region, data);
    this.#flowLogs(name, args, { private: privates, data });

    const ids = (list: readonly aws.ec2.Subnet[]): pulumi.Output<string>[] =>
      list.map((item) => item.id);
    this.vpcId = vpc.id;
    this.natGatewayIds = nats.map(({ id }) => id);
    this.publicSubnetIds = ids(publics);
    this.privateSubnetIds = ids(privates);
    this.dataSubnetIds = ids(data);
    this.endpointSubnetIds = ids(endpoints);
    this.registerOutputs({ vpcId: this.vpcId });
  }

  #flowLogs(
    name: string,
    { region, accountId }: NetworkArgs,
    tiers: Readonly<Record<string, readonly aws.ec2.Subnet[]>>,
  ): void {
    const subnets = Object.entries(tiers).flatMap(([tier, list]) =>
      list.map(({ id }, index): [string, pulumi.Output<string>] => [`${tier}-${index}`, id]),
    );
    new FlowLogs(
      `${name}-flows`,
      { region, accountId, subnets: Object.fromEntries(subnets) },
      { parent: this },
    );
  }

  /**
   * Routes inside a VPC lead everywhere. Beside the security groups this list keeps endpoint nodes,
   * which carry strangers' traffic, and the public subnets away from the data, whatever a group says.
   */
  #dataWalls(
    name: string,
    vpc: aws.ec2.Vpc,
    region: Region,
    data: readonly aws.ec2.Subnet[],
  ): void {
    const blocks = [...tierCidrs(region, "private"), ...tierCidrs(region, "data")];
    const rules = blocks.map((cidrBlock, index) => ({
      ruleNo: 100 + 10 * index,
      action: "allow",
      protocol: "-1",
      fromPort: 0,
      toPort: 0,
      cidrBlock,
    }));
    new aws.ec2.NetworkAcl(
      `${name}-data`,
      {
        vpcId: vpc.id,
        subnetIds: data.map(({ id }) => id),
        ingress: rules,
        egress: rules,
        tags: { Name: `${name}-data`, tier: "data" },
      },
      { parent: this },
    );
  }

  #vpc(name: string, region: Region): aws.ec2.Vpc {
    const vpc = new aws.ec2.Vpc(
      name,
      {
        cidrBlock: region.cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: { Name: name },
      },
      { parent: this },
    );
    // The default group allows its members everything; emptied, it can do no harm when picked by mistake.
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: vpc.id, ingress: [], egress: [] },
      { parent: this },
    );
    return vpc;
  }

  #subnet(
    name: string,
    vpc: aws.ec2.Vpc,
    region: Region,
    tier: Tier,
    zone: string,
    index: number,
  ): aws.ec2.Subnet {
    return new aws.ec2.Subnet(
      `${name}-${tier}-${index}`,
      {
        vpcId: vpc.id,
        cidrBlock: subnetCidr(region, tier, index),
        availabilityZone: zone,
        // A managed node group gives public addresses only where the subnet does.
        mapPublicIpOnLaunch: tier === "endpoint",
        tags: { Name: `${name}-${tier}-${zone}`, tier },
      },
      { parent: this },
    );
  }

  /** AWS refuses a NAT gateway, and may refuse an address, before the VPC has its internet gateway. */
  #nats(name: string, publicSubnets: readonly aws.ec2.Subnet[]): aws.ec2.NatGateway[] {
    const options = { parent: this, dependsOn: [...this.publicWay] };
    return publicSubnets.map((subnet, index) => {
      const address = new aws.ec2.Eip(`${name}-nat-${index}`, { domain: "vpc" }, options);
      return new aws.ec2.NatGateway(
        `${name}-nat-${index}`,
        { subnetId: subnet.id, allocationId: address.allocationId },
        options,
      );
    });
  }

  /** One table a NAT gateway: a private subnet leaves by its own zone's where there is one. */
  #privateTables(
    name: string,
    vpc: aws.ec2.Vpc,
    subnets: readonly aws.ec2.Subnet[],
    nats: readonly aws.ec2.NatGateway[],
  ): Routed[] {
    return nats.map((nat, index) =>
      this.#routeTable(
        name,
        "private",
        vpc,
        nats.length === 1 ? subnets : subnets.slice(index, index + 1),
        { destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
        index,
      ),
    );
  }

  #routeTable(
    name: string,
    tier: Tier,
    vpc: aws.ec2.Vpc,
    subnets: readonly aws.ec2.Subnet[],
    route?: Omit<aws.ec2.RouteArgs, "routeTableId">,
    number?: number,
  ): Routed {
    const tableName = number === undefined ? `${name}-${tier}` : `${name}-${tier}-${number}`;
    const table = new aws.ec2.RouteTable(
      tableName,
      { vpcId: vpc.id, tags: { Name: tableName, tier } },
      { parent: this },
    );
    const out =
      route === undefined
        ? []
        : [
            new aws.ec2.Route(
              `${tableName}-out`,
              { routeTableId: table.id, ...route },
              { parent: this },
            ),
          ];
    const associations = subnets.map(
      (item, index) =>
        new aws.ec2.RouteTableAssociation(
          `${name}-${tier}-${index + (number ?? 0)}`,
          { subnetId: item.id, routeTableId: table.id },
          { parent: this },
        ),
    );
    return { table, way: [...out, ...associations] };
  }
}
