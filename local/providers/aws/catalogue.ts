import type { ResourceRef } from "../provider.ts";
import type { Model } from "./model.ts";
import { CLUSTER } from "./models/cluster.ts";
import { DATA } from "./models/data.ts";
import { DELIVERY } from "./models/delivery.ts";
import { ENTRY } from "./models/entry.ts";
import { NETWORK } from "./models/network.ts";
import { OPERATIONS } from "./models/operations.ts";
import { STORAGE } from "./models/storage.ts";

/** Every type that the embedded cloud has. */
export const MODELS: Readonly<Record<string, Model>> = {
  ...NETWORK,
  ...CLUSTER,
  ...DATA,
  ...ENTRY,
  ...DELIVERY,
  ...STORAGE,
  ...OPERATIONS,
};

export function modelOf(ref: ResourceRef): Model {
  const model = MODELS[ref.type];
  if (model === undefined) throw new Error(`the embedded cloud has no ${ref.type}`);
  return model;
}
