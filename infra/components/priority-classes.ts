import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Who stays when a cluster is full: clients' tunnels first, what only watches last. */
const CLASSES = {
  vpn: { value: 1_000_000, description: "VPN servers: clients' tunnels hang on them" },
  platform: { value: 900_000, description: "Services that clients call" },
  system: { value: 800_000, description: "What makes room for the others" },
  monitoring: { value: 100_000, description: "What watches; it gives way to what it watches" },
} as const;

export type PriorityName = keyof typeof CLASSES;

/** Priorities of the region's pods. All may push out pods of a lower one, so an order is stated here. */
export class PriorityClasses extends pulumi.ComponentResource {
  readonly names: Readonly<Record<PriorityName, pulumi.Output<string>>>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:PriorityClasses", name, {}, opts);
    this.names = {
      vpn: this.#make("vpn"),
      platform: this.#make("platform"),
      system: this.#make("system"),
      monitoring: this.#make("monitoring"),
    };
    this.registerOutputs({});
  }

  /** Pods take the name from here, so that the class is there before they are. */
  #make(key: PriorityName): pulumi.Output<string> {
    const { value, description } = CLASSES[key];
    const made = new kubernetes.scheduling.v1.PriorityClass(
      `priority-${key}`,
      { metadata: { name: `securevpn-${key}` }, value, description, globalDefault: false },
      { parent: this },
    );
    return made.metadata.name;
  }
}
