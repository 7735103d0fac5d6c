export * from "./claims.ts";
export * from "./connection-pools.ts";
export * from "./manifests.ts";
export * from "./metrics.ts";
export * from "./region-config.ts";
export * from "./revocations.ts";
export * from "./shard-map.ts";
export * from "./tiers.ts";
