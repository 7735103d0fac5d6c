/** Shapes of config values; each says in its message what is allowed. */
import { isIP } from "node:net";
import { z } from "zod";
import { allowedOf, ASSUMABLE, rangeOf } from "../facts/assumptions.ts";
import { DISCOUNTED, MOST_DISCOUNT_PERCENT } from "../facts/contract-terms.ts";
import { overlaps, parseCidr } from "./lib/cidr.ts";
import { MAX_VPC_PREFIX, MAX_ZONES, MIN_ZONES } from "./lib/subnets.ts";
import { TUNNEL_BLOCK } from "./regions.ts";
import { KUBERNETES_VERSION } from "./versions.ts";

function isCidr(text: string): boolean {
  try {
    return parseCidr(text).prefix >= 0;
  } catch {
    return false;
  }
}

/** Whether a VPC of this block holds all subnets and is clear of the tunnels' addresses. */
function isVpcBlock(text: string): boolean {
  return (
    isCidr(text) &&
    parseCidr(text).prefix <= MAX_VPC_PREFIX &&
    !overlaps(parseCidr(text), parseCidr(TUNNEL_BLOCK))
  );
}

/** The addresses of one office or runner; the policy of the public endpoint has the same bound. */
const LEAST_API_PREFIX = 24;

export const apiCidr = z
  .string()
  .refine(isCidr, { error: "an IPv4 CIDR without host bits, e.g. 192.0.2.0/24", abort: true })
  .refine(
    (text) => parseCidr(text).prefix >= LEAST_API_PREFIX,
    `of /${LEAST_API_PREFIX} or narrower: two halves are the whole internet`,
  );
export const vpcCidr = z
  .string()
  .refine(
    (text) => text === "" || isVpcBlock(text),
    `an IPv4 CIDR without host bits, of /${MAX_VPC_PREFIX} or larger, outside the tunnels' ${TUNNEL_BLOCK}`,
  );
/** Letters of the zones; whether they are the region's is known only with the stack (config.ts). */
export const zoneNames = z
  .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone's name, e.g. us-east-1d"))
  .refine(({ length }) => length === 0 || (length >= MIN_ZONES && length <= MAX_ZONES), {
    error: `${MIN_ZONES} or ${MAX_ZONES} zones, or none: the catalogue's`,
  })
  .refine((zones) => new Set(zones).size === zones.length, "each once");
/** One of a table's types. */
export const oneOf = (types: Readonly<Record<string, unknown>>) =>
  z.string().refine((type) => type in types, `one of ${Object.keys(types).join(", ")}`);
/** One of a table's types, or empty: the calculation chooses. */
export const oneOfOrCalculated = (types: Readonly<Record<string, unknown>>) =>
  z
    .string()
    .refine(
      (type) => type === "" || type in types,
      `one of ${Object.keys(types).join(", ")}, or empty: calculated`,
    );

/** `9.9.9.9#dns.quad9.net`: where a resolver is asked over TLS, and the name its certificate must carry. */
const DNS_UPSTREAM =
  /^(?<address>[0-9a-f.:]+)#(?<name>([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})$/;
const isDnsUpstream = (text: string): boolean =>
  isIP(DNS_UPSTREAM.exec(text)?.groups?.["address"] ?? "") !== 0;
export const dnsUpstreams = z
  .array(z.string().refine(isDnsUpstream, "an address, # and a DNS name: 9.9.9.9#dns.quad9.net"))
  .min(1, "at least one: without it clients resolve nothing")
  .max(8, "eight at most")
  .refine((upstreams) => new Set(upstreams).size === upstreams.length, "each once");

/** Low, expected and high figure of an assumption. */
export const estimate = (min: number, max: number) =>
  z
    .array(z.number().int().min(min).max(max))
    .length(3, "three whole numbers: low, expected and high")
    .refine(([low = 0, expected = 0, high = 0]) => low <= expected && expected <= high, {
      error: "low <= expected <= high",
    });
/** Assumptions by name, each a number or three. */
export const assumptions = z.record(z.string(), z.unknown()).superRefine((stated, context) => {
  for (const [name, value] of Object.entries(stated)) {
    const key = ASSUMABLE.find((known) => known === name);
    const message =
      key === undefined
        ? `there is no assumption ${name}: one of ${ASSUMABLE.join(", ")}`
        : rangeOf(key, value) === undefined
          ? `${name} must be ${allowedOf(key)}`
          : undefined;
    if (message !== undefined) context.addIssue({ code: "custom", message });
  }
});
/** Percent off list prices, by group of services. */
export const discounts = z.partialRecord(
  z.enum(DISCOUNTED),
  z.number().min(0).max(MOST_DISCOUNT_PERCENT),
  { error: `0 to ${MOST_DISCOUNT_PERCENT} percent by ${DISCOUNTED.join(", ")}` },
);
export const percentages = z
  .array(z.number().int().min(0).max(100))
  .length(4, "four whole numbers: FREE, BASIC, PREMIUM and ULTIMATE")
  .refine((parts) => parts.reduce((sum, part) => sum + part, 0) === 100, "together 100");

export const count = (min: number, max: number): z.ZodType<number> =>
  z.number().int().min(min).max(max);

/** Who gets messages of the operations. */
export const recipient = z.union([z.literal(""), z.email(), z.url({ protocol: /^https$/ })], {
  error: "an e-mail address, an https URL, or empty",
});

const minorOf = (version: string): number => Number.parseInt(version.split(".")[1] ?? "", 10);
/** Whether the cluster's API server takes nodes of this minor (Kubernetes version skew policy). */
const isServed = (version: string): boolean => {
  const older = minorOf(KUBERNETES_VERSION) - minorOf(version);
  return older >= 0 && older <= 3;
};
/** Kubernetes minors of node groups that stand side by side, an older generation named by its hash. */
export const minors = z
  .array(
    z
      .string()
      .regex(
        /^1\.\d{2}(-[0-9a-f]{7})?$/,
        'a Kubernetes minor, e.g. "1.35", or with the generation that stays, e.g. "1.35-0a1b2c3"',
      ),
  )
  .min(1)
  .max(2, "two at most: the old and the new")
  .refine((versions) => new Set(versions).size === versions.length, "each once")
  .refine((versions) => versions.every(isServed), {
    error: `none newer than the cluster's ${KUBERNETES_VERSION}, and three minors older at most`,
  });
