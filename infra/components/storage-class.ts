import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/**
 * Encrypted gp3 volumes, made in the zone that the scheduler chose. A volume outlives its claim: what
 * a mistake deletes can be attached again, and removing it for good is a step of its own.
 */
export class StorageClass extends pulumi.ComponentResource {
  readonly className: pulumi.Output<string>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:kubernetes:StorageClass", name, {}, opts);
    const made = new kubernetes.storage.v1.StorageClass(
      name,
      {
        metadata: { name: "securevpn-gp3" },
        provisioner: "ebs.csi.aws.com",
        parameters: { type: "gp3", encrypted: "true" },
        reclaimPolicy: "Retain",
        volumeBindingMode: "WaitForFirstConsumer",
        allowVolumeExpansion: true,
      },
      { parent: this },
    );
    this.className = made.metadata.name;
    this.registerOutputs({});
  }
}

/** A volume that one node at a time may write. Growing it is an edit; shrinking it is refused. */
export function claim(
  parent: pulumi.Resource,
  name: string,
  namespace: pulumi.Input<string>,
  storageClassName: pulumi.Input<string>,
  sizeGi: number,
): kubernetes.core.v1.PersistentVolumeClaim {
  return new kubernetes.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: {
        name,
        namespace,
        // It is bound when its pod is scheduled, and the pod is made after it: nobody may wait here.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName,
        resources: { requests: { storage: `${sizeGi}Gi` } },
      },
    },
    { parent },
  );
}
