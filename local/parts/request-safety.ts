/**
 * How sure a request's bounds are. The tiers, and most of what falls into each, are those of AWS's
 * http-desync-guardian, by which an ALB judges (https://github.com/aws/http-desync-guardian). Node's
 * parser runs first, without leniency, and refuses what is no HTTP at all: bare line feeds, spaces
 * in names, differing or doubled lengths, a length beside a transfer coding.
 */
export type SafetyTier = "compliant" | "acceptable" | "ambiguous" | "severe";

/** `routing.http.desync_mitigation_mode` of an ALB. */
export type DesyncMitigation = "monitor" | "defensive" | "strictest";

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** "1.0" or "1.1"; the parser lets "0.9" and "2.0" pass, too. */
  readonly version: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

export interface Verdict {
  readonly tier: SafetyTier;
  readonly reason: string;
}

type Header = readonly [name: string, value: string];

/** What an ALB lets through with `drop_invalid_header_fields`: letters, digits and hyphens. */
export const VALID_NAME = /^[-A-Za-z0-9]+$/;
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
/** All of a URI that is not a fragment (RFC 3986); what else may follow `#` means something to some servers only. */
const TARGET = /^\/[\x21\x22\x24-\x7e]*$/;
/**
 * Meant for whoever answers, never for one hop: a sender must not name them in Connection (RFC 9110,
 * 7.6.1), and a proxy that removed them would change how long the request is or who asks.
 */
const END_TO_END =
  /^(?:host|transfer-encoding|content-.+|authorization|cookie|forwarded|via|x-.*forwarded.*|x-amzn-.+|x-real-ip|x-request-id|origin|referer|user-agent|expect|date|range|cache-control|if-.+|accept.*)$/;

export const isEndToEnd = (name: string): boolean => END_TO_END.test(name);

const RANK: readonly SafetyTier[] = ["compliant", "acceptable", "ambiguous", "severe"];

/** The worst that can be said of a request which the parser took. */
export function classify(head: RequestHead): Verdict {
  const headers = pairs(head.rawHeaders);
  const findings = [
    ...(["1.0", "1.1"].includes(head.version) ? [] : [severe("the version is not HTTP/1.x")]),
    ...targetFindings(head, valuesOf(headers, "host")),
    ...hostFindings(valuesOf(headers, "host")),
    ...framingFindings(head, headers),
    ...connectionFindings(headers),
    ...headers.flatMap(nameFindings),
  ];
  return findings.reduce(
    (worst, finding) => (RANK.indexOf(finding.tier) > RANK.indexOf(worst.tier) ? finding : worst),
    { tier: "compliant", reason: "" },
  );
}

/**
 * What an ALB does with a request of that tier: an ambiguous one goes over a connection of its own,
 * which is closed after it on both sides. `monitor` lets an ALB pass all; here it protects as
 * `defensive` does, since the policies refuse it.
 */
export function dispose(tier: SafetyTier, mode: DesyncMitigation): "forward" | "alone" | "refuse" {
  if (tier === "compliant") return "forward";
  if (tier === "severe" || mode === "strictest") return "refuse";
  return tier === "ambiguous" ? "alone" : "forward";
}

/** Path and query as a target gets them; undefined: the form is none that a load balancer serves. */
export function originForm(target: string): string | undefined {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  const path = absolute === null ? target : absolute[1];
  if (path === undefined) return undefined;
  const origin = path.startsWith("/") ? path : absolute === null ? path : `/${path}`;
  return TARGET.test(origin) ? origin : undefined;
}

export function pairs(rawHeaders: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.push([(rawHeaders[index] ?? "").toLowerCase(), rawHeaders[index + 1] ?? ""]);
  return headers;
}

/** The options of all Connection headers, in lower case. */
export const connectionOptions = (headers: readonly Header[]): string[] =>
  valuesOf(headers, "connection")
    .flatMap((value) => value.toLowerCase().split(","))
    .map((option) => option.trim())
    .filter((option) => option !== "");

const valuesOf = (headers: readonly Header[], name: string): string[] =>
  headers.filter((header) => header[0] === name).map((header) => header[1]);

const severe = (reason: string): Verdict => ({ tier: "severe", reason });
const ambiguous = (reason: string): Verdict => ({ tier: "ambiguous", reason });
const acceptable = (reason: string): Verdict => ({ tier: "acceptable", reason });

/** In absolute form the target names the host (RFC 9112, 3.2.2): a Host that says otherwise is a trap. */
function targetFindings({ target }: RequestHead, hosts: readonly string[]): Verdict[] {
  if (originForm(target) === undefined) return [severe("the target is no path")];
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
  if (authority === undefined) return [];
  return hosts[0]?.toLowerCase() === authority.toLowerCase()
    ? [acceptable("the target is in absolute form")]
    : [severe("the target and Host name different hosts")];
}

function hostFindings(hosts: readonly string[]): Verdict[] {
  if (hosts.length > 1) return [severe("there are several Host headers")];
  return hosts[0] === undefined || HOST.test(hosts[0]) ? [] : [severe("Host is no host")];
}

/** RFC 9112, section 6. */
function framingFindings(head: RequestHead, headers: readonly Header[]): Verdict[] {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  const expectations = valuesOf(headers, "expect");
  const findings: Verdict[] = [];
  if (lengths.length + codings.length > 1) findings.push(severe("the length is told twice"));
  if (lengths.some((length) => !/^\d{1,15}$/.test(length)))
    findings.push(severe("Content-Length is no number"));
  if (codings.some((coding) => coding.toLowerCase() !== "chunked"))
    findings.push(severe("Transfer-Encoding is not exactly chunked"));
  if (expectations.length > 1 || expectations.some((e) => e.toLowerCase() !== "100-continue"))
    findings.push(severe("Expect is not exactly 100-continue"));
  if (codings.length > 0 && head.version !== "1.1")
    findings.push(ambiguous(`HTTP/${head.version} has no Transfer-Encoding`));
  if (head.method === "GET" || head.method === "HEAD") {
    if (codings.length > 0 || lengths.some((length) => Number(length) > 0))
      findings.push(ambiguous(`a ${head.method} has a body`));
    else if (lengths.length > 0) findings.push(acceptable(`a ${head.method} has a length`));
  }
  return findings;
}

function connectionFindings(headers: readonly Header[]): Verdict[] {
  return connectionOptions(headers)
    .filter(isEndToEnd)
    .map((option) => severe(`Connection names ${option}`));
}

/** Names that some server behind may take for the ones that say where a request ends. */
function nameFindings([name]: Header): Verdict[] {
  if (VALID_NAME.test(name) && !/--/.test(name)) return [];
  const letters = name.replaceAll(/[^a-z]/g, "");
  return letters === "contentlength" || letters === "transferencoding"
    ? [ambiguous("a header's name looks like one that tells the length")]
    : [acceptable("a header's name has characters beside letters, digits and hyphens")];
}
