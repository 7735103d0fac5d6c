import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RegionConfig } from "../../services/contract/index.ts";
import { contentHash } from "../lib/bundle.ts";

export interface RegionMapArgs {
  readonly namespace: pulumi.Input<string>;
  readonly config: pulumi.Input<RegionConfig>;
}

/** region.json: what every service knows about the region. Its name is hashed from the content. */
export class RegionMap extends pulumi.ComponentResource {
  readonly configMapName: pulumi.Output<string>;

  constructor(name: string, args: RegionMapArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:RegionMap", name, {}, opts);
    const text = pulumi.output(args.config).apply((config) => JSON.stringify(config, null, 1));
    const map = new kubernetes.core.v1.ConfigMap(
      name,
      {
        metadata: {
          name: text.apply((json) => `${name}-${contentHash(json)}`),
          namespace: args.namespace,
        },
        immutable: true,
        data: { "region.json": text },
      },
      { parent: this },
    );
    this.configMapName = map.metadata.name;
    this.registerOutputs({});
  }
}
