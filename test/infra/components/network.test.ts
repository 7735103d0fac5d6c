import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { regionProgram, type Program, type Recorded } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

/** Subnets by what their name says they are for. */
const subnetsOf = (tier: string): readonly Recorded[] =>
  prod.ofType("aws:ec2/subnet:Subnet").filter(({ inputs }) => at(inputs, "tags.tier") === tier);

describe("the network", () => {
  it("has a subnet of each kind in each of three zones", () => {
    for (const tier of ["public", "private", "data", "endpoint"]) {
      const zones = subnetsOf(tier).map(({ inputs }) => inputs["availabilityZone"]);
      assert.deepEqual(zones, ["us-east-1a", "us-east-1b", "us-east-1c"], tier);
    }
  });

  it("lies in the zones that config names, and so do the groups of VPN nodes", async () => {
    const zones = ["us-east-1b", "us-east-1d", "us-east-1f"];
    const other = await regionProgram("prod", { changes: { zones } });
    const subnets = other.ofType("aws:ec2/subnet:Subnet");
    for (const tier of ["public", "private", "data", "endpoint"]) {
      const found = subnets.filter(({ inputs }) => at(inputs, "tags.tier") === tier);
      assert.deepEqual(
        found.map(({ inputs }) => inputs["availabilityZone"]),
        zones,
        tier,
      );
    }
    const text = JSON.stringify(other.resources.map(({ inputs }) => inputs));
    assert.doesNotMatch(text, /us-east-1[ac]\b/);
  });

  it("holds a fourth zone, with blocks that overlap nowhere and a way out of its own", async () => {
    const zones = ["a", "b", "c", "d"].map((letter) => `us-east-1${letter}`);
    const four = await regionProgram("prod", { changes: { zones } });
    const blocks = four
      .ofType("aws:ec2/subnet:Subnet")
      .map(({ inputs }) => textAt(inputs, "cidrBlock"));
    assert.equal(new Set(blocks).size, 16);
    assert.equal(four.ofType("aws:ec2/natGateway:NatGateway").length, 4);
  });

  it("gives public addresses on launch in endpoint subnets alone", () => {
    const given = prod
      .ofType("aws:ec2/subnet:Subnet")
      .filter(({ inputs }) => inputs["mapPublicIpOnLaunch"] === true);
    assert.deepEqual(
      given.map(({ name }) => name),
      ["network-endpoint-0", "network-endpoint-1", "network-endpoint-2"],
    );
  });

  it("routes endpoints past NAT, private subnets through their own zone's, and data subnets nowhere", () => {
    const route = (tier: string): Recorded =>
      prod.one("aws:ec2/route:Route", `network-${tier}-out`);
    assert.equal(route("endpoint").inputs["gatewayId"], "network-internet-id");
    assert.equal(route("endpoint").inputs["natGatewayId"], undefined);
    for (const zone of [0, 1, 2]) {
      const { inputs } = route(`private-${zone}`);
      assert.equal(inputs["natGatewayId"], `network-nat-${zone}-id`);
      assert.equal(inputs["routeTableId"], `network-private-${zone}-id`);
      const association = `network-private-${zone}`;
      assert.equal(
        prod.one("aws:ec2/routeTableAssociation:RouteTableAssociation", association).inputs[
          "routeTableId"
        ],
        `network-private-${zone}-id`,
      );
    }
    assert.throws(() => route("data"), /0 aws:ec2\/route:Route named network-data-out/);
  });

  it("logs refused flows of private and data subnets, and none where clients' addresses pass", () => {
    const logged = prod.ofType("aws:ec2/flowLog:FlowLog").map(({ inputs }) => inputs["subnetId"]);
    const wanted = [...subnetsOf("private"), ...subnetsOf("data")].map(({ name }) => `${name}-id`);
    assert.deepEqual([...logged].sort(), wanted.sort());
  });

  it("lets into the data subnets what lies in private and data subnets, and endpoints never", () => {
    const { inputs } = prod.one("aws:ec2/networkAcl:NetworkAcl", "network-data");
    assert.deepEqual(
      inputs["subnetIds"],
      subnetsOf("data").map(({ name }) => `${name}-id`),
    );
    const blocks = [...subnetsOf("private"), ...subnetsOf("data")].map(({ inputs: subnet }) =>
      textAt(subnet, "cidrBlock"),
    );
    for (const side of ["ingress", "egress"]) {
      const rules = listAt(inputs, side);
      assert.deepEqual(
        rules.map((rule) => at(rule, "cidrBlock")),
        blocks,
      );
      assert.ok(rules.every((rule) => at(rule, "action") === "allow"));
    }
  });

  it("lets flow logs write to their own group alone, in a document that a preview knows", async () => {
    const preview = await regionProgram("prod", { preview: true });
    const { inputs } = preview.one("aws:iam/rolePolicy:RolePolicy", "network-flows");
    const arn = "arn:aws:logs:us-east-1:000000000000:log-group:/securevpn/svpn-us-east-1-flows";
    const [statement] = listAt(JSON.parse(textAt(inputs, "policy")), "Statement");
    assert.deepEqual(at(statement, "Resource"), [arn, `${arn}:*`]);
    const { inputs: group } = prod.one("aws:cloudwatch/logGroup:LogGroup", "network-flows");
    assert.equal(arn.endsWith(`:${textAt(group, "name")}`), true);
  });

  it("empties the default security group", () => {
    const group = prod.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default");
    assert.deepEqual([group.inputs["ingress"], group.inputs["egress"]], [[], []]);
  });
});

describe("the firewall", () => {
  const ingress = (): readonly Recorded[] =>
    prod.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
  const into = (group: string): readonly Recorded[] =>
    ingress().filter(({ inputs }) => inputs["securityGroupId"] === `firewall-${group}-id`);

  it("opens to the world HTTPS at the entry and WireGuard at the endpoints, and nothing else", () => {
    const world = ingress().filter(({ inputs }) => inputs["cidrIpv4"] !== undefined);
    assert.deepEqual(
      world.map(({ inputs }) => [
        inputs["securityGroupId"],
        inputs["ipProtocol"],
        inputs["fromPort"],
        inputs["toPort"],
      ]),
      [
        ["firewall-entry-id", "tcp", 443, 443],
        ["firewall-endpoint-id", "udp", 51820, 51820],
      ],
    );
  });

  it("lets system nodes alone into databases and cache, on their ports", () => {
    for (const [group, port] of [
      ["database", 5432],
      ["cache", 6379],
    ] as const) {
      const rules = into(group).map(({ inputs }) => [
        inputs["referencedSecurityGroupId"],
        inputs["fromPort"],
        inputs["toPort"],
      ]);
      assert.deepEqual(rules, [["firewall-system-id", port, port]]);
    }
  });

  it("lets the entry reach the services' NodePorts and the nodes' health", () => {
    const ports = into("system")
      .filter(({ inputs }) => inputs["referencedSecurityGroupId"] === "firewall-entry-id")
      .map(({ inputs }) => inputs["fromPort"]);
    assert.deepEqual(ports, [30080, 30081, 10256]);
  });

  it("says of every rule what it is for", () => {
    for (const { inputs, name } of ingress())
      assert.ok(String(inputs["description"]).length > 5, name);
  });
});

describe("the entry", () => {
  it("speaks TLS 1.2 or newer alone and answers unknown paths itself", () => {
    const listeners = prod.ofType("aws:lb/listener:Listener");
    assert.equal(listeners.length, 1);
    const [listener] = listeners;
    assert.equal(listener?.inputs["protocol"], "HTTPS");
    assert.match(String(listener?.inputs["sslPolicy"]), /^ELBSecurityPolicy-TLS13-1-2/);
    assert.equal(at(listener?.inputs, "defaultActions.0.fixedResponse.statusCode"), "404");
  });

  it("has rules of at most five patterns, with priorities of their own, that cover every service's paths", async () => {
    const { SERVICES } = await import("../../../services/contract/index.ts");
    const rules = prod.ofType("aws:lb/listenerRule:ListenerRule");
    const priorities = rules.map(({ inputs }) => inputs["priority"]);
    assert.equal(new Set(priorities).size, rules.length);
    const values = rules.map(({ inputs }) => listAt(inputs, "conditions.0.pathPattern.values"));
    for (const list of values) assert.ok(list.length >= 1 && list.length <= 5);
    assert.deepEqual(values.flat().sort(), SERVICES.flatMap(({ paths }) => paths).sort());
  });

  it("asks a target's node for its health and lets it drain for a stated time", () => {
    for (const { inputs } of prod.ofType("aws:lb/targetGroup:TargetGroup")) {
      assert.equal(textAt(inputs, "healthCheck.path"), "/healthz");
      assert.equal(inputs["deregistrationDelay"], 20);
      assert.equal(inputs["targetType"], "instance");
    }
  });

  it("sits in public subnets, protected and dropping invalid headers", () => {
    const { inputs } = prod.one("aws:lb/loadBalancer:LoadBalancer", "entry");
    assert.deepEqual(
      inputs["subnets"],
      subnetsOf("public").map(({ name }) => `${name}-id`),
    );
    assert.equal(inputs["enableDeletionProtection"], true);
    assert.equal(inputs["dropInvalidHeaderFields"], true);
  });
});
