import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./bundle.ts";

/** Bytes of content that an object may hold; the API server's request with base64 stays under 1 MiB. */
const MAX_BYTES = 700 * 1024;

const sizeOfBase64 = (text: string): number => Buffer.byteLength(text, "base64");

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
  const bytes = [
    ...Object.values(data).map((text) => Buffer.byteLength(text)),
    ...Object.values(binaryData).map(sizeOfBase64),
  ].reduce((sum, size) => sum + size, 0);
  if (bytes > MAX_BYTES)
    throw new RangeError(`ConfigMap ${name} holds ${bytes} bytes; at most ${MAX_BYTES}`);
  const hash = contentHash(JSON.stringify([data, binaryData]));
  return new kubernetes.core.v1.ConfigMap(
    name,
    { metadata: { name: `${name}-${hash}`, namespace }, immutable: true, data, binaryData },
    { parent },
  );
}
