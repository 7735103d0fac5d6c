import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { endpointGeneration } from "../../../infra/components/node-template.ts";
import { AMI_RELEASES } from "../../../infra/versions.ts";
import { configOf, regionProgram, type Program } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

/** Of the nodes that the program makes now. */
const GENERATION = endpointGeneration(configOf("prod"), "1.36");
const generationOf = (minor: string): string =>
  endpointGeneration(configOf("prod"), minor.replace("-", "."));
const ZONES = [0, 1, 2];

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

describe("the cluster", () => {
  const inputs = (program = prod) => program.one("aws:eks/cluster:Cluster", "cluster").inputs;

  it("is private, with own key, all logs, access by API entries and no admin by creation", () => {
    assert.equal(at(inputs(), "vpcConfig.endpointPrivateAccess"), true);
    assert.equal(at(inputs(), "vpcConfig.endpointPublicAccess"), false);
    assert.equal(
      at(inputs(), "encryptionConfig.provider.keyArn"),
      "arn:aws:mock:us-east-1:000000000000:cluster",
    );
    assert.deepEqual(inputs()["enabledClusterLogTypes"], [
      "api",
      "audit",
      "authenticator",
      "controllerManager",
      "scheduler",
    ]);
    assert.deepEqual(inputs()["accessConfig"], {
      authenticationMode: "API",
      bootstrapClusterCreatorAdminPermissions: false,
    });
    assert.equal(inputs()["bootstrapSelfManagedAddons"], false);
    assert.equal(inputs()["deletionProtection"], true);
  });

  it("opens its API to the CIDRs in config and to no others", async () => {
    const opened = await regionProgram("prod", { changes: { publicApiCidrs: ["192.0.2.0/24"] } });
    assert.equal(at(inputs(opened), "vpcConfig.endpointPublicAccess"), true);
    assert.deepEqual(at(inputs(opened), "vpcConfig.publicAccessCidrs"), ["192.0.2.0/24"]);
  });

  it("knows the deployer as its only admin", () => {
    const [entry, ...more] = prod.ofType("aws:eks/accessEntry:AccessEntry");
    assert.equal(
      entry?.inputs["principalArn"],
      "arn:aws:iam::000000000000:role/securevpn-deployer",
    );
    assert.deepEqual(more, []);
  });

  it("gives the CNI its rights by Pod Identity, and nodes none of them", () => {
    const addon = prod.one("aws:eks/addon:Addon", "cluster-vpc-cni").inputs;
    assert.equal(at(addon, "podIdentityAssociations.0.serviceAccount"), "aws-node");
    assert.deepEqual(JSON.parse(textAt(addon, "configurationValues")), {
      enableNetworkPolicy: "true",
    });
    const holders = prod
      .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
      .filter((item) => String(item.inputs["policyArn"]).endsWith("/AmazonEKS_CNI_Policy"));
    assert.deepEqual(
      holders.map(({ inputs: { role } }) => role),
      ["cluster-vpc-cni-name"],
    );
  });

  it("has a kubeconfig that asks AWS for a token and holds no credential", () => {
    const [provider] = prod.ofType("pulumi:providers:kubernetes");
    const kubeconfig = JSON.parse(textAt(provider?.inputs, "kubeconfig"));
    assert.deepEqual(Object.keys(kubeconfig.users[0].user), ["exec"]);
    const { exec } = kubeconfig.users[0].user;
    assert.deepEqual(exec.args.slice(0, 2), ["eks", "get-token"]);
    // Whose token it is, the environment says: no profile, no role, no web identity of its own.
    assert.equal(exec.env, undefined);
    assert.doesNotMatch(JSON.stringify(exec.args), /--(?:role-arn|profile)/);
    assert.equal(kubeconfig.clusters[0].cluster.server, "https://cluster.test");
    assert.equal(provider?.inputs["clusterIdentifier"], "svpn-us-east-1-cluster");
  });
});

describe("add-ons", () => {
  const names = (): (string | undefined)[] =>
    prod.ofType("aws:eks/addon:Addon").map(({ inputs }) => textAt(inputs, "addonName"));

  it("are those that nodes need, then those that run on them", () => {
    assert.deepEqual([...names()].sort(), [
      "amazon-cloudwatch-observability",
      "aws-ebs-csi-driver",
      "coredns",
      "eks-pod-identity-agent",
      "kube-proxy",
      "kube-state-metrics",
      "metrics-server",
      "prometheus-node-exporter",
      "vpc-cni",
    ]);
    const order = prod.resources.map(({ type, name }) => `${type}::${name}`);
    const place = (name: string): number => order.indexOf(`aws:eks/${name}`);
    const system = place("nodeGroup:NodeGroup::nodes-system-0");
    for (const name of ["vpc-cni", "pod-identity", "kube-proxy"])
      assert.ok(place(`addon:Addon::cluster-${name}`) < system, name);
    for (const name of ["coredns", "metrics-server", "ebs-csi", "kube-state-metrics"])
      assert.ok(place(`addon:Addon::cluster-${name}`) > system, name);
  });

  it("get the driver of volumes its rights by Pod Identity", () => {
    const addon = prod.one("aws:eks/addon:Addon", "cluster-ebs-csi").inputs;
    assert.equal(at(addon, "podIdentityAssociations.0.serviceAccount"), "ebs-csi-controller-sa");
    assert.equal(
      at(addon, "podIdentityAssociations.0.roleArn"),
      "arn:aws:mock:us-east-1:000000000000:addons-ebs-csi",
    );
  });
});

describe("the Cluster Autoscaler's access", () => {
  const cluster = "svpn-us-east-1-cluster";

  it("belongs to one service account of the cluster", () => {
    const { inputs } = prod.one(
      "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      "autoscaler",
    );
    assert.equal(inputs["namespace"], "securevpn-system");
    assert.equal(inputs["serviceAccount"], "cluster-autoscaler");
    assert.equal(inputs["roleArn"], "arn:aws:mock:us-east-1:000000000000:autoscaler");
  });

  it("changes no group but the tagged ones, and every node group is tagged", () => {
    const { inputs } = prod.one("aws:iam/rolePolicy:RolePolicy", "autoscaler");
    const tags = {
      "k8s.io/cluster-autoscaler/enabled": "true",
      [`k8s.io/cluster-autoscaler/${cluster}`]: "owned",
    };
    for (const statement of listAt(JSON.parse(textAt(inputs, "policy")), "Statement")) {
      const reads = listAt(statement, "Action").every((action) =>
        /:(Describe|Get)/.test(String(action)),
      );
      if (reads) continue;
      assert.deepEqual(at(statement, "Condition"), {
        StringEquals: Object.fromEntries(
          Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
        ),
      });
    }
    const found = prod
      .ofType("aws:autoscaling/tag:Tag")
      .map(({ inputs: tag }) => [
        tag["autoscalingGroupName"],
        at(tag, "tag.key"),
        at(tag, "tag.value"),
      ]);
    const wanted = [
      ...ZONES.map((zone) => `system-${zone}`),
      ...ZONES.map((zone) => `endpoint-${zone}-v1-36-${GENERATION}`),
    ].flatMap((group) =>
      Object.entries(tags).map(([key, value]) => [`nodes-${group}-asg`, key, value]),
    );
    assert.deepEqual(found, wanted);
  });
});

describe("node groups", () => {
  const group = (name: string) => prod.one("aws:eks/nodeGroup:NodeGroup", name).inputs;

  it("are one a zone for the system in private subnets and one a zone for endpoints", () => {
    for (const zone of ZONES) {
      assert.deepEqual(group(`nodes-system-${zone}`)["subnetIds"], [`network-private-${zone}-id`]);
      assert.deepEqual(group(`nodes-endpoint-${zone}-v1-36-${GENERATION}`)["subnetIds"], [
        `network-endpoint-${zone}-id`,
      ]);
    }
  });

  it("of the system share its nodes evenly, and lose none of the number", async () => {
    const sizes = async (systemNodes: number): Promise<unknown[]> => {
      const program = await regionProgram("prod", { changes: { systemNodes } });
      return ZONES.map((zone) =>
        at(
          program.one("aws:eks/nodeGroup:NodeGroup", `nodes-system-${zone}`).inputs,
          "scalingConfig.desiredSize",
        ),
      );
    };
    assert.deepEqual(await sizes(9), [3, 3, 3]);
    assert.deepEqual(await sizes(10), [4, 3, 3]);
  });

  it("bear the name of what their nodes are made from, and of nothing else", async () => {
    const names = async (changes: Readonly<Record<string, unknown>>): Promise<string[]> => {
      const program = await regionProgram("prod", { changes });
      return program.ofType("aws:eks/nodeGroup:NodeGroup").map(({ name }) => name);
    };
    const now = await names({});
    assert.deepEqual(await names({ owner: "night-shift", endpointNodesPerZone: 9 }), now);
    const other = await names({ endpointInstanceType: "c7gn.xlarge" });
    assert.deepEqual(
      other.filter((name) => now.includes(name)),
      ["nodes-system-0", "nodes-system-1", "nodes-system-2"],
    );
  });

  it("for endpoints stand side by side in two minors while VPN servers move", async () => {
    const both = await regionProgram("prod", { changes: { endpointVersions: ["1.35", "1.36"] } });
    const versions = both
      .ofType("aws:eks/nodeGroup:NodeGroup")
      .map(({ name, inputs }) => `${name} ${String(inputs["version"])}`);
    assert.deepEqual(versions, [
      ...ZONES.map((zone) => `nodes-system-${zone} 1.36`),
      ...["1-35", "1-36"].flatMap((minor) =>
        ZONES.map(
          (zone) =>
            `nodes-endpoint-${zone}-v${minor}-${generationOf(minor)} ${minor.replace("-", ".")}`,
        ),
      ),
    ]);
  });

  it("give every node what nodeadm asks of EC2, system nodes Session Manager, and no other right", () => {
    const session = [
      {
        Effect: "Allow",
        Action: ["ssm:UpdateInstanceInformation"],
        Resource: ["arn:aws:ec2:us-east-1:000000000000:instance/*"],
      },
      {
        Effect: "Allow",
        Action: [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ],
        Resource: ["*"],
      },
    ];
    const more = { "nodes-system": session, "nodes-endpoint": [] };
    for (const [name, statements] of Object.entries(more)) {
      const { inputs } = prod.one("aws:iam/rolePolicy:RolePolicy", name);
      assert.deepEqual(listAt(JSON.parse(textAt(inputs, "policy")), "Statement"), [
        { Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: ["*"] },
        ...statements,
      ]);
      assert.equal(inputs["role"], `${name}-name`);
    }
  });

  it("for endpoints keep all other pods off by a taint, and the system's has none", () => {
    assert.deepEqual(group(`nodes-endpoint-0-v1-36-${GENERATION}`)["taints"], [
      { key: "securevpn.example/role", value: "endpoint", effect: "NO_SCHEDULE" },
    ]);
    assert.equal(group("nodes-system-0")["taints"], undefined);
  });

  it("run the pinned release of the machine image", () => {
    for (const { name, inputs } of prod.ofType("aws:eks/nodeGroup:NodeGroup"))
      assert.equal(inputs["releaseVersion"], AMI_RELEASES["1.36"], name);
  });

  it("take the machine image of their instance type's architecture", async () => {
    const changed = await regionProgram("prod", {
      changes: { systemInstanceType: "m8g.large", endpointInstanceType: "c7gn.xlarge" },
    });
    for (const { inputs } of changed.ofType("aws:eks/nodeGroup:NodeGroup")) {
      assert.equal(inputs["amiType"], "AL2023_ARM_64_STANDARD");
    }
  });

  it("ask IMDSv2 of every node, encrypt disks, tag what nodes make and name their own security group", () => {
    const templates = prod.ofType("aws:ec2/launchTemplate:LaunchTemplate");
    assert.equal(templates.length, 2);
    for (const { inputs, name } of templates) {
      assert.equal(at(inputs, "metadataOptions.httpTokens"), "required", name);
      assert.equal(at(inputs, "metadataOptions.httpPutResponseHopLimit"), 1, name);
      assert.equal(at(inputs, "blockDeviceMappings.0.ebs.encrypted"), "true", name);
      for (const index of [0, 1, 2])
        assert.equal(at(inputs, `tagSpecifications.${index}.tags.owner`), "platform");
    }
    const groups = templates.map(
      ({ inputs }) =>
        inputs["vpcSecurityGroupIds"] ?? at(inputs, "networkInterfaces.0.securityGroups"),
    );
    assert.deepEqual(groups.sort(), [["firewall-endpoint-id"], ["firewall-system-id"]]);
  });

  it("for endpoints forget idle connections before their network card's table is full", () => {
    const { inputs } = prod.one(
      "aws:ec2/launchTemplate:LaunchTemplate",
      `nodes-endpoint-${GENERATION}`,
    );
    assert.equal(listAt(inputs, "networkInterfaces").length, 1);
    assert.equal(inputs["vpcSecurityGroupIds"], undefined, "EC2 refuses both");
    const tracking = at(inputs, "networkInterfaces.0.connectionTrackingSpecification");
    assert.deepEqual(tracking, {
      tcpEstablishedTimeout: 7440,
      udpStreamTimeout: 180,
      udpTimeout: 30,
    });
    // The subnet decides on public addresses.
    assert.equal(at(inputs, "networkInterfaces.0.associatePublicIpAddress"), undefined);
  });

  it("for endpoints forward packets and load WireGuard at boot; the system's do not", () => {
    const userData = Buffer.from(
      textAt(
        prod.one("aws:ec2/launchTemplate:LaunchTemplate", `nodes-endpoint-${GENERATION}`).inputs,
        "userData",
      ),
      "base64",
    ).toString();
    assert.match(userData, /^MIME-Version: 1\.0\n/);
    assert.match(userData, /\nnet\.ipv4\.ip_forward = 1\n/);
    // A resolver may start before the interface whose addresses it answers at.
    for (const family of ["ipv4", "ipv6"])
      assert.ok(userData.includes(`\nnet.${family}.ip_nonlocal_bind = 1\n`));
    assert.match(userData, /\nmodprobe -a wireguard nf_conntrack\n/);
    assert.match(userData, /printf '%s\\n' wireguard nf_conntrack/);
    assert.equal(
      prod.one("aws:ec2/launchTemplate:LaunchTemplate", "nodes-system").inputs["userData"],
      undefined,
    );
  });
});

describe("trust and rights in IAM", () => {
  it("name one principal each, never everybody, and no right over everything", () => {
    for (const { inputs, name } of prod.ofType("aws:iam/role:Role")) {
      for (const statement of listAt(JSON.parse(textAt(inputs, "assumeRolePolicy")), "Statement")) {
        assert.match(textAt(statement, "Principal.Service"), /^[a-z0-9.-]+\.amazonaws\.com$/, name);
      }
    }
    for (const { inputs, name } of prod.ofType("aws:iam/rolePolicy:RolePolicy")) {
      for (const statement of listAt(JSON.parse(textAt(inputs, "policy")), "Statement")) {
        for (const action of listAt(statement, "Action"))
          assert.doesNotMatch(String(action), /\*$/, name);
        // Reads of EC2 and of autoscaling groups, and channels of Session Manager, know no narrower resource.
        const placeless = listAt(statement, "Action").every((action) =>
          /^((autoscaling|ec2):(Describe|Get)|ssmmessages:(Create|Open)(Control|Data)Channel$)/.test(
            String(action),
          ),
        );
        if (placeless) continue;
        for (const resource of listAt(statement, "Resource")) assert.notEqual(resource, "*", name);
      }
    }
  });
});
