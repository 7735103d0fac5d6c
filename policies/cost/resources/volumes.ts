import { objectsAt, textAt, type Planned } from "../../lib/planned.ts";
import type { PlannedStack } from "../../lib/rule.ts";
import type { Charge, Family } from "../charge.ts";
import { knownGibibytes, knownNumber } from "../known.ts";

const STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";

/** Volume type of a claim's class; a class that the stack does not make is the cluster's gp3. */
function volumeType(stack: PlannedStack, claim: Planned | undefined): string {
  const name = textAt(claim, "storageClassName");
  const storageClass = stack.resources.find(
    ({ type, props }) => type === STORAGE_CLASS && textAt(props, "metadata.name") === name,
  );
  return textAt(storageClass?.props, "parameters.type") ?? "gp3";
}

const charge = (item: string, gb: number, type: string): Charge => ({
  component: "monitoring and operations",
  item: `${item}, ${type}`,
  quantity: gb,
  price: ["ebs", `${type}-storage`],
});

export const volumeClaim: Family = {
  types: ["kubernetes:core/v1:PersistentVolumeClaim"],
  charges: (claim, { stack }) => [
    charge(
      "volume",
      knownGibibytes(claim, "spec.resources.requests.storage"),
      volumeType(stack, claim.props["spec"]),
    ),
  ],
};

/** Every pod of a StatefulSet has its own volume of each template. */
export const statefulSet: Family = {
  types: ["kubernetes:apps/v1:StatefulSet"],
  charges: (set, { stack }) =>
    objectsAt(set.props, "spec.volumeClaimTemplates").map((template, index) => {
      const path = `spec.volumeClaimTemplates.${index}.spec.resources.requests.storage`;
      const pods = knownNumber(set, "spec.replicas", 1);
      const gb = pods * knownGibibytes(set, path);
      return charge(`volumes of ${pods} pods`, gb, volumeType(stack, template["spec"]));
    }),
};
