import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { parseConfig } from "./config.ts";
import { watchCost } from "./lib/cost-output.ts";
import { explainSizes } from "./lib/sizing.ts";
import { defaultTags } from "./lib/tags.ts";
import { catalogueFaults, REGIONS } from "./regions.ts";
import { RegionStack } from "./region.ts";

const faults = catalogueFaults(REGIONS);
if (faults.length > 0) throw new pulumi.RunError(`infra/regions.ts: ${faults.join("; ")}`);

function configuration() {
  try {
    return parseConfig(pulumi.getStack(), pulumi.runtime.allConfig());
  } catch (error) {
    // RunError: the engine shows the message alone, without a stack trace.
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}

const config = configuration();
const { transformation, cost: costOfAll } = watchCost();
const watched = { transformations: [transformation] };
const provider = new aws.Provider(
  "aws",
  {
    region: config.region.awsRegion,
    ...(config.allowedAccountIds.length > 0
      ? { allowedAccountIds: [...config.allowedAccountIds] }
      : {}),
    defaultTags: { tags: defaultTags(config.owner, config.environment, config.region.name) },
  },
  watched,
);
// random has no account to protect, but default providers are off, so it is explicit as well.
const randomProvider = new random.Provider("random");
const stack = new RegionStack(
  config.region.name,
  { config },
  { providers: { aws: provider, random: randomProvider }, ...watched },
);

export const region = config.region.name;
export const apiUrl = stack.entry.url;
export const balancerDnsName = stack.entry.dnsName;
export const clusterName = stack.cluster.name;
export const kubeconfig = pulumi.secret(stack.cluster.kubeconfig);
export const shards = stack.database.shards.map(({ name, primary, replicas }) => ({
  name,
  primary,
  replicas,
}));
export const cache = { host: stack.cache.host, port: stack.cache.port };
export const vpnServers = stack.vpnServers;
/** Every size with the arithmetic that leads to it. */
export const sizes = explainSizes(config.sizes);
/** Cost a month in USD, by the plan's components and by tier. */
export const cost = costOfAll();
