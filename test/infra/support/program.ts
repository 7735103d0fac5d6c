import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import YAML from "yaml";
import type { StackConfig } from "../../../infra/config.ts";
import { parseConfig } from "../../../infra/config.ts";
import type { Artifacts } from "../../../infra/lib/bundle.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** Key and mark of a secret on the wire (sdk/nodejs/runtime/rpc). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** Inputs as the engine gets them; a secret is `Secret` around its value. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A value that the program marked as secret. */
export class Secret {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Turns the wire's signature-tagged secrets into `Secret`. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (!isRecord(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_MARK) return new Secret(unwrap(value["value"]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)]));
}

/** Outputs that a cloud would add, by type token; the rest of the state echoes the inputs. */
const COMPUTED: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  "aws:eks/cluster:Cluster": () => ({
    endpoint: "https://cluster.test",
    certificateAuthority: { data: "Y2E=" },
  }),
  "aws:eks/nodeGroup:NodeGroup": (name) => ({
    resources: [{ autoscalingGroups: [{ name: `${name}-asg` }] }],
  }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:rds/instance:Instance": (name) => ({ address: `${name}.test`, port: 15432 }),
  "aws:elasticache/replicationGroup:ReplicationGroup": (name) => ({
    primaryEndpointAddress: `${name}.test`,
    port: 16379,
  }),
  "aws:acm/certificate:Certificate": () => ({
    domainValidationOptions: [
      {
        resourceRecordName: "_x.test",
        resourceRecordType: "CNAME",
        resourceRecordValue: "_y.test",
      },
    ],
  }),
  "aws:lb/loadBalancer:LoadBalancer": () => ({
    dnsName: "entry.test",
    zoneId: "ZLB",
    arnSuffix: "app/entry/0",
  }),
  "aws:route53/record:Record": () => ({ fqdn: "record.test" }),
  "random:index/randomPassword:RandomPassword": (name) => ({ result: `password-of-${name}` }),
  "random:index/randomBytes:RandomBytes": (name) => ({ hex: `key-of-${name}`, base64: "" }),
  "random:index/randomId:RandomId": () => ({ hex: "0a1b2c3d" }),
};

/** Services need not exist for the program to be tested; the bytes depend on the name alone. */
export const fakeArtifacts: Artifacts = {
  bundle: (entry) => ({
    base64: Buffer.from(entry).toString("base64"),
    hash: "0",
    bytes: entry.length,
  }),
  text: (path) => `# ${path}\n`,
};

export class Program {
  readonly resources: readonly Recorded[];
  readonly outputs: unknown;

  constructor(resources: readonly Recorded[], outputs: unknown) {
    this.resources = resources;
    this.outputs = outputs;
  }

  ofType(type: string): readonly Recorded[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one resource of that type and name. */
  one(type: string, name: string): Recorded {
    const found = this.resources.filter(
      (resource) => resource.type === type && resource.name === name,
    );
    const [first] = found;
    if (first === undefined || found.length > 1) {
      const names = this.ofType(type).map((resource) => resource.name);
      throw new Error(`${found.length} ${type} named ${name}; there are: ${names.join(", ")}`);
    }
    return first;
  }
}

class Recorder implements pulumi.runtime.Mocks {
  readonly resources: Recorded[] = [];
  readonly duplicates: string[] = [];
  readonly #seen = new Set<string>();
  readonly #preview: boolean;

  constructor(preview: boolean) {
    this.#preview = preview;
  }

  call(args: pulumi.runtime.MockCallArgs): never {
    throw new Error(`the program invokes ${args.token}; a preview needs no credentials`);
  }

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string | undefined; state: object } {
    const key = `${args.type}::${args.name}`;
    // The engine refuses a repeated name; mocks do not look.
    if (this.#seen.has(key)) this.duplicates.push(key);
    this.#seen.add(key);
    const inputs = unwrap(args.inputs);
    this.resources.push({
      type: args.type,
      name: args.name,
      custom: args.custom ?? true,
      inputs: isRecord(inputs) ? inputs : {},
    });
    if (this.#preview) return { id: undefined, state: args.inputs };
    const account = "000000000000";
    return {
      id: `${args.name}-id`,
      state: {
        arn: `arn:aws:mock:us-east-1:${account}:${args.name}`,
        name: `${args.name}-name`,
        identifier: `${args.name}-identifier`,
        certificateArn: `arn:aws:acm:us-east-1:${account}:certificate/${args.name}`,
        ...args.inputs,
        ...COMPUTED[args.type]?.(args.name),
      },
    };
  }
}

/** Runs `body` under mocks until everything that it registered has settled. */
export async function runProgram(
  stack: string,
  body: () => unknown,
  { preview = false }: { preview?: boolean } = {},
): Promise<Program> {
  const recorder = new Recorder(preview);
  await pulumi.runtime.setMocks(recorder, "securevpn", stack, preview);
  const outputs = await body();
  await pulumi.runtime.disconnect();
  if (recorder.duplicates.length > 0) {
    throw new Error(`names used twice: ${recorder.duplicates.join(", ")}`);
  }
  return new Program(recorder.resources, outputs);
}

/** Value of an output, for the time in which mocks are set. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value));
  });
}

/** The config that the engine hands to the program: the stack file's, every value a string. */
export function stackFile(stack: string): Record<string, string> {
  const text = readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8");
  const parsed: unknown = YAML.parse(text);
  const config = isRecord(parsed) && isRecord(parsed["config"]) ? parsed["config"] : {};
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Config of a stack with some keys replaced (names without the project). */
export function configOf(
  stack: string,
  changes: Readonly<Record<string, unknown>> = {},
): StackConfig {
  const raw = stackFile(stack);
  for (const [key, value] of Object.entries(changes)) {
    raw[`securevpn:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return parseConfig(stack, raw);
}

/** A whole region of a stack, built with stand-ins for the services' bundles. */
export async function regionProgram(
  stack: string,
  options: { preview?: boolean; changes?: Readonly<Record<string, unknown>> } = {},
): Promise<Program> {
  const config = configOf(stack, options.changes);
  return runProgram(
    stack,
    async () => {
      const { RegionStack } = await import("../../../infra/region.ts");
      return new RegionStack(config.region.name, { config, artifacts: fakeArtifacts });
    },
    options,
  );
}
