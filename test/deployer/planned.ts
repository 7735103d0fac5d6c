/** What the golden files plan at AWS, with the ARNs that it gets there. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { at, textAt } from "../infra/support/read.ts";

export const ACCOUNT = "000000000000";
export const ZONE_ID = "Z0000000000000000000";
const GOLDEN = join(import.meta.dirname, "..", "golden");

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

export interface Planned {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** AWS region that it lies in: its own, or its stack's. */
  readonly region: string;
  /** All resources of its stack. */
  readonly stack: readonly Planned[];
}

/** Types that no golden stack has and config can add, each with the key that does. */
const ADDED_BY_CONFIG = ["aws:sns/topicSubscription:TopicSubscription"]; // alertEmail

function plannedIn(file: string): Planned[] {
  const golden: unknown = JSON.parse(readFileSync(join(GOLDEN, file), "utf8"));
  const resources = at(golden, "resources");
  if (!isRecord(resources)) throw new Error(`${file} has no resources`);
  const home = /^prod-(.+)\.json$/.exec(file)?.[1] ?? "us-east-1";
  const stack: Planned[] = [];
  for (const [key, value] of Object.entries(resources)) {
    const [type = "", name = ""] = key.split(" ");
    const found = at(value, "inputs");
    const inputs = isRecord(found) ? found : {};
    const region = typeof inputs["region"] === "string" ? inputs["region"] : home;
    stack.push({ type, name, inputs, region, stack });
  }
  for (const type of ADDED_BY_CONFIG)
    stack.push({ type, name: "added", inputs: {}, region: home, stack });
  return stack;
}

/** AWS resources of every production stack. */
export const PLANNED: readonly Planned[] = readdirSync(GOLDEN)
  .filter((file) => file.endsWith(".json"))
  .flatMap(plannedIn)
  .filter(({ type }) => type.startsWith("aws:"));

/** An input of a resource, as text; empty where the plan has none. */
export const input = ({ inputs }: Planned, key: string): string => {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
};

export const arn = (service: string, { region }: Planned, resource: string): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
export const globalArn = (service: string, resource: string): string =>
  `arn:aws:${service}::${ACCOUNT}:${resource}`;

/** What the provider and AWS add to a name that the program does not fix. */
const SUFFIX = "20261124120000000000000001";
export const ID = "0123456789abcdef0";
export const UUID = "11111111-2222-3333-4444-555555555555";

/** Name of a resource: fixed, behind a prefix, or Pulumi's own. */
export const physical = (item: Planned): string =>
  input(item, "name") ||
  (input(item, "namePrefix") ? `${input(item, "namePrefix")}${SUFFIX}` : `${item.name}-0a1b2c3`);

export const roleArn = (role: Planned): string => globalArn("iam", `role/${physical(role)}`);

/** Role that an input names: by its ARN under mocks, or by its name. */
export function roleBehind(item: Planned, reference: string): Planned {
  const name = reference.slice(reference.lastIndexOf(":") + 1).replace(/^role\//, "");
  const role = item.stack.find(
    (one) =>
      one.type === "aws:iam/role:Role" &&
      [one.name, `${one.name}-name`, input(one, "name")].includes(name),
  );
  if (role === undefined) throw new Error(`${item.type} ${item.name} names no role: ${reference}`);
  return role;
}

export const roleNamed = (item: Planned, reference: string): string =>
  roleArn(roleBehind(item, reference));

export const roleOf = (item: Planned, key: string): string =>
  roleNamed(item, textAt(item.inputs, key));
