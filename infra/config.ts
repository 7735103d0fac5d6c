import type { z } from "zod";
import { assumed, type AssumptionKey } from "../facts/assumptions.ts";
import type { Key } from "./config-key.ts";
import { KEYS } from "./config-keys.ts";
import { overlaps, parseCidr } from "./lib/cidr.ts";
import { accountOf } from "./lib/iam.ts";
import { sizesOf, type Size, type SizeSettings } from "./lib/sizing.ts";
import { isZoneOf, REGIONS, regionOfStack, type Region } from "./regions.ts";

export type Settings = { readonly [K in keyof typeof KEYS]: z.infer<(typeof KEYS)[K]["schema"]> };

/** The stack's whole configuration, parsed once; sizes that config leaves open are calculated. */
export interface StackConfig extends Settings {
  readonly stack: string;
  readonly region: Region;
  /** The other regions of the same platform. */
  readonly peers: readonly Region[];
  /** Every size with its arithmetic. */
  readonly sizes: readonly Size[];
}

export class ConfigError extends Error {}

const PROJECT = "securevpn";
/** Namespaces of others that the engine itself uses. */
const ENGINE_KEYS = new Set(["pulumi:disable-default-providers", "pulumi:tags", "aws:region"]);

function decode(key: Key, text: string): unknown {
  if (key.type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // the schema says what is wrong with it
  }
}

function parseKey(name: string, key: Key, text: string | undefined, faults: string[]): unknown {
  const value = text === undefined ? key.default : decode(key, text);
  const parsed = key.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => issue.message).join("; ");
  faults.push(`${PROJECT}:${name} is ${JSON.stringify(value)}: ${reason} (${key.description})`);
  return undefined;
}

function unknownKeys(raw: Readonly<Record<string, string>>): string[] {
  const known = Object.keys(KEYS);
  return Object.keys(raw)
    .filter((name) => !ENGINE_KEYS.has(name) && !known.some((key) => name === `${PROJECT}:${key}`))
    .map(
      (name) =>
        `${name} is no config key; keys: ${known.map((key) => `${PROJECT}:${key}`).join(", ")}`,
    );
}

function cidrFaults(region: Region, regions: readonly Region[]): string[] {
  return regions
    .filter((other) => other.name !== region.name)
    .filter((other) => overlaps(parseCidr(other.cidr), parseCidr(region.cidr)))
    .map(
      (other) =>
        `${PROJECT}:vpcCidr is ${region.cidr}: it overlaps region ${other.name}'s ${other.cidr}`,
    );
}

/** Zones that config names and the region does not have. */
function zoneFaults(zones: readonly string[], { awsRegion }: Region): string[] {
  const foreign = zones.filter((zone) => !isZoneOf(awsRegion, zone));
  return foreign.length === 0
    ? []
    : [
        `${PROJECT}:zones is ${JSON.stringify(zones)}: ${foreign.join(", ")} is no zone of ${awsRegion}; a zone is the region's name and a letter, e.g. ${awsRegion}d`,
      ];
}

function accountFaults({ allowedAccountIds, deployerRoleArn }: Settings): string[] {
  // Either may be undefined here: a fault of its own is then already listed.
  if (
    !allowedAccountIds?.length ||
    !deployerRoleArn ||
    allowedAccountIds.includes(accountOf(deployerRoleArn))
  )
    return [];
  return [
    `${PROJECT}:deployerRoleArn is "${deployerRoleArn}": its account is none of ${PROJECT}:allowedAccountIds, ${allowedAccountIds.join(", ")}`,
  ];
}

const EXPECTED = 1;

/** GB a month of an average subscriber: the tiers' expected use, weighed by their shares. */
function gbPerSubscriber(settings: Settings): number {
  const { usageGbFree, usageGbBasic, usageGbPremium, usageGbUltimate, tierShares } = settings;
  const expected = [usageGbFree, usageGbBasic, usageGbPremium, usageGbUltimate].map(
    (estimate) => estimate[EXPECTED] ?? 0,
  );
  return expected.reduce((sum, gb, tier) => sum + (gb * (tierShares[tier] ?? 0)) / 100, 0);
}

function sizesOfStack(settings: Settings, region: Region): readonly Size[] {
  const expected = (key: AssumptionKey): number => assumed(key, settings.assumptions).expected;
  const demand = {
    subscribers: settings.subscribers,
    connections: settings.connections,
    share: region.share,
    zones: region.zones.length,
    gbPerSubscriber: gbPerSubscriber(settings),
    peakOverAverage: (settings.peakOverAveragePercent[EXPECTED] ?? 100) / 100,
    tunnelOverhead: expected("tunnelOverhead"),
    onlineAtPeak: expected("onlineAtPeak"),
    gbitPerVcpu: expected("gbitPerVcpu"),
    utilisation: expected("utilisation"),
    peersPerServer: settings.peersPerServer,
  };
  return sizesOf(demand, settings);
}

const sizeFaults = (sizes: readonly Size[]): string[] =>
  sizes.flatMap(({ key, value, fault, steps }) =>
    fault === undefined
      ? []
      : [
          `${PROJECT}:${key} is ${JSON.stringify(value)}: ${fault}\n    ${steps.map((step) => step.trim()).join("\n    ")}`,
        ],
  );

/** The calculation's answers in place of what config leaves open. */
function sized(settings: Settings, sizes: readonly Size[]): Settings & SizeSettings {
  const values = Object.fromEntries(sizes.map(({ key, value }) => [key, value]));
  return { ...settings, ...values };
}

/**
 * Parses a stack's config (`pulumi.runtime.allConfig()`: every value a string). Throws one
 * ConfigError that lists every fault with key, value and what is allowed, before any resource.
 */
export function parseConfig(
  stack: string,
  raw: Readonly<Record<string, string>>,
  regions: readonly Region[] = REGIONS,
): StackConfig {
  const faults = unknownKeys(raw);
  const entries = Object.entries(KEYS).map(([name, key]) => [
    name,
    parseKey(name, key, raw[`${PROJECT}:${name}`], faults),
  ]);
  // Each value went through its own schema above; where one failed, the faults end it below.
  const settings = Object.fromEntries(entries) as Settings;
  const catalogued = regionOfStack(stack, regions);
  const awsRegion = raw["aws:region"];
  if (awsRegion !== undefined && awsRegion !== catalogued.awsRegion) {
    faults.push(
      `aws:region is ${JSON.stringify(awsRegion)}: stack ${stack} is ${catalogued.awsRegion}; the stack's name decides, leave the key out`,
    );
  }
  const region = {
    ...catalogued,
    ...(settings.vpcCidr ? { cidr: settings.vpcCidr } : {}),
    // Undefined where its own schema refused it above.
    ...(settings.zones?.length ? { zones: settings.zones } : {}),
  };
  if (settings.vpcCidr) faults.push(...cidrFaults(region, regions));
  faults.push(...zoneFaults(settings.zones ?? [], catalogued));
  faults.push(...accountFaults(settings));
  const refuse = (found: readonly string[]): void => {
    if (found.length === 0) return;
    throw new ConfigError(`configuration of stack ${stack}:\n  ${found.join("\n  ")}`);
  };
  refuse(faults);
  const sizes = sizesOfStack(settings, region);
  refuse(sizeFaults(sizes));
  const peers = regions.filter(({ name }) => region.peers.includes(name));
  return Object.freeze({ ...sized(settings, sizes), stack, region, peers, sizes });
}
