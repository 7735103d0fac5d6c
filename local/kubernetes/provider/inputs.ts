import { randomBytes } from "node:crypto";
import { parse } from "yaml";
import {
  Secret,
  UNKNOWN,
  type CheckFailure,
  type Properties,
  type ResourceRef,
  type Value,
} from "../../providers/provider.ts";
import { reveal } from "../../providers/values.ts";
import type { JsonObject } from "../objects.ts";
import { parseType, type Address } from "./resources.ts";
import { objectOf, textOf } from "./wire.ts";

const WAIT_MS = 300_000;
/** As the real provider writes it: the name is the engine's, so a replacement may have another. */
const AUTONAMED = "pulumi.com/autonamed";
const TIMEOUT = "pulumi.com/timeoutSeconds";

const REFUSED = /^kubernetes:(yaml|helm|kustomize)/;

export function refuseType(type: string): CheckFailure | undefined {
  if (REFUSED.test(type))
    return {
      property: "",
      reason: `${type} is not supported by the embedded cloud: use typed resources`,
    };
  if (/(Patch|List)$/.test(type) && parseType(type).apiVersion !== "") {
    return {
      property: "",
      reason: `${type} is not supported by the embedded cloud: only whole objects are`,
    };
  }
  return undefined;
}

export function addressOf(ref: ResourceRef, inputs: Properties): Address {
  const token = parseType(ref.type);
  return {
    apiVersion: textOf(inputs["apiVersion"]) ?? token.apiVersion,
    kind: textOf(inputs["kind"]) ?? token.kind,
    name: textOf(objectOf(inputs["metadata"])["name"]) ?? ref.name,
    namespace: textOf(objectOf(inputs["metadata"])["namespace"]),
  };
}

/** `namespace/name`, or the name alone: the ids of the real provider. */
export const idOf = ({ namespace, name }: Address): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

export function partsOf(id: string): { namespace: string | undefined; name: string } {
  const slash = id.indexOf("/");
  return slash === -1
    ? { namespace: undefined, name: id }
    : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

export const annotation = (inputs: Properties, name: string): string | undefined =>
  textOf(objectOf(objectOf(inputs["metadata"])["annotations"])[name]);

export const isAutonamed = (inputs: Properties): boolean =>
  annotation(inputs, AUTONAMED) === "true";

export function waitMs(inputs: Properties): number {
  const seconds = Number(annotation(inputs, TIMEOUT) ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : WAIT_MS;
}

/** Fills what the engine may leave out: apiVersion, kind, a name of its own, the provider's namespace. */
export function withName(
  ref: ResourceRef,
  news: Properties,
  olds: Properties | undefined,
  namespace: string | undefined,
): Properties {
  const token = parseType(ref.type);
  const inputs: Properties = {
    ...news,
    apiVersion: news["apiVersion"] ?? token.apiVersion,
    kind: news["kind"] ?? token.kind,
  };
  const given = objectOf(news["metadata"]);
  const metadata: Properties = { ...given };
  if (
    namespace !== undefined &&
    metadata["namespace"] === undefined &&
    !CLUSTER_SCOPED.has(token.kind)
  )
    metadata["namespace"] = namespace;
  if (metadata["name"] === undefined && metadata["generateName"] === undefined) {
    const before =
      olds !== undefined && isAutonamed(olds)
        ? textOf(objectOf(olds["metadata"])["name"])
        : undefined;
    metadata["name"] = before ?? `${ref.name.toLowerCase()}-${randomBytes(4).toString("hex")}`;
    metadata["annotations"] = { ...objectOf(given["annotations"]), [AUTONAMED]: "true" };
  }
  return { ...inputs, metadata };
}

/** Kinds that the provider's default namespace is not for; the check must not need a cluster to know. */
const CLUSTER_SCOPED = new Set([
  "Namespace",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "StorageClass",
  "PriorityClass",
  "PersistentVolume",
  "Node",
  "IngressClass",
  "RuntimeClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);

export function previewOutputs(inputs: Properties): Properties {
  const outputs: Properties = { ...inputs, status: UNKNOWN };
  const spec = objectOf(inputs["spec"]);
  if (inputs["kind"] === "Service" && spec["clusterIP"] === undefined)
    outputs["spec"] = { ...spec, clusterIP: UNKNOWN };
  return outputs;
}

export function serverOf(kubeconfig: Value | undefined): string | undefined {
  const text = textOf(kubeconfig === undefined ? undefined : reveal(kubeconfig));
  if (text === undefined || text === "") return undefined;
  const config = parse(text) as {
    readonly clusters?: readonly {
      readonly name?: string;
      readonly cluster?: { readonly server?: string };
    }[];
  } | null;
  return config?.clusters?.[0]?.cluster?.server;
}

/** `stringData` is never read back: what it wrote is in `data`. */
export function withoutStringData(inputs: Properties): Properties {
  const { stringData: _, ...rest } = inputs;
  return rest;
}

export function withLiveStringData(
  projected: Properties,
  inputs: Properties,
  live: JsonObject,
): Properties {
  const given = inputs["stringData"];
  if (given === undefined) return projected;
  const data = objectOf(live["data"]);
  const now = Object.entries(objectOf(given)).flatMap(([key, value]): [string, Value][] => {
    const encoded = textOf(data[key]);
    if (encoded === undefined) return [];
    const text = Buffer.from(encoded, "base64").toString();
    return [[key, text === textOf(value) ? value : text]];
  });
  return { ...projected, stringData: new Secret(Object.fromEntries(now)) };
}
