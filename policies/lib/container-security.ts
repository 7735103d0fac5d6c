import {
  at,
  flagAt,
  isSet,
  listAt,
  numberAt,
  textAt,
  UNKNOWN,
  type Planned,
  type PlannedObject,
} from "./planned.ts";
import type { Container, Pod } from "./pods.ts";

/** A setting of the container, else that of its pod. */
const either = <T>(
  container: Container,
  pod: Pod,
  read: (from: PlannedObject, path: string) => T | undefined,
  key: string,
): T | undefined =>
  isSet(container.props, `securityContext.${key}`)
    ? read(container.props, `securityContext.${key}`)
    : read(pod.spec, `securityContext.${key}`);

/** Whether a container runs as somebody else than root. */
export function isNonRoot(container: Container, pod: Pod): boolean {
  return (
    either(container, pod, flagAt, "runAsNonRoot") === true &&
    either(container, pod, numberAt, "runAsUser") !== 0
  );
}

/** A profile of the node's own files (`Localhost`) could allow anything. */
export const hasDefaultSeccomp = (container: Container, pod: Pod): boolean =>
  either(container, pod, textAt, "seccompProfile.type") === "RuntimeDefault";

export const dropsAll = ({ props }: Container): boolean =>
  listAt(props, "securityContext.capabilities.drop").includes("ALL");

/** What a container adds to no capabilities; an unknown list adds something that is no capability. */
export function addedCapabilities({ props }: Container): readonly Planned[] {
  const added = at(props, "securityContext.capabilities.add");
  return added === UNKNOWN ? [UNKNOWN] : listAt(props, "securityContext.capabilities.add");
}

export const cannotEscalate = ({ props }: Container): boolean =>
  flagAt(props, "securityContext.allowPrivilegeEscalation") === false;

export const hasReadOnlyRoot = ({ props }: Container): boolean =>
  flagAt(props, "securityContext.readOnlyRootFilesystem") === true;

/** A profile of AppArmor or SELinux that is weaker than the node's own; the annotation is the older spelling. */
export function isConfined(container: Container, pod: Pod): boolean {
  const annotation = pod.annotations[`${APP_ARMOR}${container.name}`];
  const wanted = either(container, pod, at, "appArmorProfile.type");
  return (
    (annotation === undefined || annotation === "runtime/default") &&
    (wanted === undefined || wanted === "RuntimeDefault") &&
    !isSet(container.props, "securityContext.seLinuxOptions") &&
    !isSet(pod.spec, "securityContext.seLinuxOptions")
  );
}
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** Whether no group of a container is root's, by whichever of the four settings. */
export function hasNoRootGroup(container: Container, pod: Pod): boolean {
  const groups = [
    either(container, pod, at, "runAsGroup"),
    at(pod.spec, "securityContext.fsGroup"),
    ...listAt(pod.spec, "securityContext.supplementalGroups"),
  ];
  return (
    at(pod.spec, "securityContext.supplementalGroups") !== UNKNOWN &&
    groups.every((group) => group !== 0 && group !== "0" && group !== UNKNOWN)
  );
}
