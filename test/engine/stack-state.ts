import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";

/** Key and mark of a secret in an exported state (sdk/nodejs/runtime/rpc). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
  readonly parent?: string;
  readonly protect?: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const isResource = (value: unknown): value is StateResource =>
  isRecord(value) && typeof value["urn"] === "string" && typeof value["type"] === "string";

/** The state with its secrets open, as `pulumi stack export --show-secrets` gives it. */
export async function openState(stack: Stack): Promise<readonly StateResource[]> {
  const { deployment } = await stack.exportStack();
  const resources: unknown = isRecord(deployment) ? deployment["resources"] : undefined;
  if (!Array.isArray(resources)) throw new Error("the exported state has no resources");
  return resources.filter(isResource);
}

/** Everything that the backend has written: state, history, checkpoints. */
export function writtenState(engineDir: string): string {
  const backend = join(engineDir, "backend");
  return readdirSync(backend, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

/** Every text that the state marks as secret, the parts of a secret object apart. */
export function secretTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(secretTexts);
  if (!isRecord(value)) return [];
  if (value[SIGNATURE_KEY] !== SECRET_MARK) return Object.values(value).flatMap(secretTexts);
  const plaintext = value["plaintext"];
  return typeof plaintext === "string" ? textsIn(JSON.parse(plaintext)) : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** Inputs by URN, to compare two states; secrets are open here. */
export const inputsByUrn = (resources: readonly StateResource[]): Record<string, unknown> =>
  Object.fromEntries(resources.map(({ urn, inputs }) => [urn, inputs ?? {}]));

export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
