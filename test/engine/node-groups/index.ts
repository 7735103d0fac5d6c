/** Network, cluster and node groups of a stack, and nothing that runs on them: the real engine's share of the tests of node groups. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../../infra/components/cluster.ts";
import { Firewall } from "../../../infra/components/firewall.ts";
import { Network } from "../../../infra/components/network.ts";
import { NodeGroups } from "../../../infra/components/node-groups.ts";
import { parseConfig } from "../../../infra/config.ts";
import { defaultTags } from "../../../infra/lib/tags.ts";

/** A label that an edit of the program would add. */
const label = new pulumi.Config("test").get("label");
pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
  type === "aws:eks/nodeGroup:NodeGroup" && label !== undefined
    ? { props: { ...props, labels: { ...props["labels"], label } }, opts }
    : undefined,
);

const all = Object.entries(pulumi.runtime.allConfig());
const own = Object.fromEntries(all.filter(([key]) => key.startsWith("securevpn:")));
const config = parseConfig(pulumi.getStack(), own);
const { region, owner, environment } = config;
const provider = new aws.Provider("aws", {
  region: region.awsRegion,
  defaultTags: { tags: defaultTags(owner, environment, region.name) },
});
const opts = { providers: { aws: provider } };
const network = new Network(
  "network",
  { region, accountId: "000000000000", natPerZone: false },
  opts,
);
const ports = { udpPort: 51820, nodePorts: [30080] };
const firewall = new Firewall("firewall", { vpcId: network.vpcId, ...ports }, opts);
const cluster = new Cluster(
  "cluster",
  { config, subnetIds: network.privateSubnetIds, securityGroupId: firewall.cluster.id },
  opts,
);
new NodeGroups("nodes", { config, cluster, network, firewall }, opts);
