import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NAMESPACES, type RegionConfig } from "../../services/contract/index.ts";
import { contentHash } from "../lib/bundle.ts";

/**
 * An immutable ConfigMap whose name carries the hash of its content. New content makes a new
 * object first, the workloads roll to it, and the old one goes; an immutable one of a fixed name
 * would be deleted before its replacement.
 */
export function hashedConfigMap(
  parent: pulumi.Resource,
  name: string,
  namespace: pulumi.Input<string>,
  data: Readonly<Record<string, string>>,
  binaryData: Readonly<Record<string, string>> = {},
): kubernetes.core.v1.ConfigMap {
  const hash = contentHash(JSON.stringify([data, binaryData]));
  return new kubernetes.core.v1.ConfigMap(name, { metadata: { name: `${name}-${hash}`, namespace }, immutable: true, data, binaryData }, { parent });
}

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
        metadata: { name: text.apply((json) => `${name}-${contentHash(json)}`), namespace: args.namespace },
        immutable: true,
        data: { "region.json": text },
      },
      { parent: this },
    );
    this.configMapName = map.metadata.name;
    this.registerOutputs({});
  }
}

export const PLATFORM_NAMESPACE = NAMESPACES.platform;
