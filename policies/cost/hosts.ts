import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CostError } from "./errors.ts";
import type { Gibibytes } from "./prices.ts";

const KINDS = ["port", "traffic", "bundle"] as const;
type Kind = (typeof KINDS)[number];

/** What a rented host takes, and what was read about it (policies/cost/hosts.csv). */
export interface HostPrice {
  readonly host: string;
  readonly offer: string;
  readonly region: string;
  readonly kind: Kind;
  /** Undefined: the source states none. */
  readonly usd: number | undefined;
  readonly gbit: number | undefined;
  readonly tb: number | undefined;
  readonly counts: string;
  readonly fairUse: string;
  readonly vpn: string;
  readonly source: string;
  readonly date: string;
  readonly mark: string;
}

/** What is carried, in GB a month and at the peak. */
export interface Traffic {
  readonly gb: Gibibytes;
  readonly peakGbit: number;
  /** Part of a port that is planned for. */
  readonly utilisation: number;
}

/** The same traffic on one host's offer, USD a month. */
export interface HostCost {
  readonly name: string;
  readonly monthly: number;
}

const number = (text: string): number | undefined => (text === "" ? undefined : Number(text));

function rowOf(text: string, line: number): HostPrice {
  const cells = text.split(",");
  const [host = "", offer = "", region = "", kind = "", usd = "", gbit = "", tb = ""] = cells;
  const [counts = "", fairUse = "", vpn = "", source = "", date = "", mark = ""] = cells.slice(7);
  const known = KINDS.find((one) => one === kind);
  const figures = [usd, gbit, tb].map(number);
  const isWhole = cells.length === 13 && cells.every((cell, n) => cell !== "" || (n > 3 && n < 7));
  if (known !== undefined && isWhole && figures.every((one) => one === undefined || one >= 0)) {
    const [price, port, terabytes] = figures;
    const words = { counts, fairUse, vpn, source, date, mark };
    return { host, offer, region, kind: known, usd: price, gbit: port, tb: terabytes, ...words };
  }
  throw new CostError(
    `hosts.csv:${line}`,
    `line ${line} of hosts.csv is "${text}": it must have 13 cells, a kind of ${KINDS.join(", ")}, amounts of 0 or more, and words for all that is not known`,
  );
}

/** The table from its text; every line is checked. */
export const parseHosts = (text: string): readonly HostPrice[] =>
  text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#") && !line.startsWith("host,"))
    .map(({ line, number: at }) => rowOf(line, at));

let table: readonly HostPrice[] | undefined;

/** The table beside this file, read once. */
export function hosts(): readonly HostPrice[] {
  table ??= parseHosts(readFileSync(join(import.meta.dirname, "hosts.csv"), "utf8"));
  return table;
}

/** Where hosts stand for an AWS region. */
const areaOf = (region: string): string =>
  region === "ap-southeast-1" ? "sg" : (region.split("-")[0] ?? region);

/** A figure rests on a row that was read, has a date, and is of a host that does not forbid VPN services. */
const isUsed = ({ usd, mark, date, vpn, kind }: HostPrice): boolean =>
  usd !== undefined &&
  kind !== "bundle" &&
  mark === "V" &&
  /^\d{4}-\d\d/.test(date) &&
  !vpn.startsWith("no ");

function monthlyOf({ kind, usd = 0, gbit, counts }: HostPrice, traffic: Traffic): number {
  if (kind === "port")
    return usd * Math.ceil(traffic.peakGbit / ((gbit ?? 1) * traffic.utilisation));
  const terabytes = (traffic.gb * 2 ** 30) / 1e12;
  return usd * terabytes * (counts === "in and out" ? 2 : 1);
}

/** The same traffic on rented hosts, the cheapest first; none: prices there are not established. */
export const hostCosts = (
  region: string,
  traffic: Traffic,
  rows: readonly HostPrice[] = hosts(),
): readonly HostCost[] =>
  rows
    .filter((row) => row.region === areaOf(region) && isUsed(row))
    .map((row) => ({ name: `${row.host} ${row.offer}`, monthly: monthlyOf(row, traffic) }))
    .toSorted((a, b) => a.monthly - b.monthly);
