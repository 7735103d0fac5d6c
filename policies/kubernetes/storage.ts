import {
  at,
  isObject,
  isSet,
  objectsAt,
  textAt,
  UNKNOWN,
  type PlannedObject,
} from "../lib/planned.ts";
import { podOf } from "../lib/pods.ts";
import { found, unless, type PlannedStack, type Rule, type StackResource } from "../lib/rule.ts";

const STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const DRIVER = "ebs.csi.aws.com";
/** The older spelling, which Kubernetes still puts before the field. */
const OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

interface Claim {
  /** What its sentences begin with. */
  readonly where: string;
  readonly props: PlannedObject;
}

/** Claims of volumes, wherever they stand. */
function claimsOf(resource: StackResource): Claim[] {
  if (resource.type === CLAIM) return [{ where: "", props: resource.props }];
  const templates = objectsAt(resource.props, "spec.volumeClaimTemplates").map((props) => ({
    where: `claim ${textAt(props, "metadata.name") ?? "?"}: `,
    props,
  }));
  const volumes = objectsAt(podOf(resource)?.spec, "volumes").flatMap((volume) => {
    const props = at(volume, "ephemeral.volumeClaimTemplate");
    return isObject(props) ? [{ where: `volume ${textAt(volume, "name") ?? "?"}: `, props }] : [];
  });
  return [...templates, ...volumes];
}

function isOfThisStack({ props }: Claim, owner: StackResource, stack: PlannedStack): boolean {
  const name = at(props, "spec.storageClassName");
  if (name === UNKNOWN) return owner.relations("spec").some(({ type }) => type === STORAGE_CLASS);
  return stack.resources.some(
    (other) => other.type === STORAGE_CLASS && textAt(other.props, "metadata.name") === name,
  );
}

function judgeClaim(claim: Claim, owner: StackResource, stack: PlannedStack): string[] {
  const annotations = at(claim.props, "metadata.annotations");
  return unless(
    [
      isOfThisStack(claim, owner, stack) && !(isObject(annotations) && OLD_CLASS in annotations),
      `${claim.where}spec.storageClassName must be a StorageClass of this stack: the cluster's own may not encrypt`,
    ],
    [
      !isSet(claim.props, "spec.volumeName"),
      `${claim.where}spec.volumeName must be left out: a volume is made for its claim`,
    ],
  );
}

export const storage: Rule = {
  id: "K16",
  name: "k16-storage",
  level: "mandatory",
  description:
    "Volumes of pods are encrypted disks, made for their claim by a StorageClass of this stack",
  source: "EC2.3, OWN",
  resource: {
    types: [STORAGE_CLASS],
    check: ({ props }) =>
      unless(
        [
          textAt(props, "provisioner") === DRIVER,
          `provisioner must be ${DRIVER}: in-tree drivers do not read our parameters`,
        ],
        [
          textAt(props, "parameters.encrypted") === "true",
          'parameters.encrypted must be "true": the driver does not encrypt by itself',
        ],
      ),
  },
  stack: (stack) =>
    stack.resources.flatMap((resource) =>
      found(
        resource,
        claimsOf(resource).flatMap((claim) => judgeClaim(claim, resource, stack)),
      ),
    ),
};
