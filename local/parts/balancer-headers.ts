import type { IncomingMessage } from "node:http";
import { connectionOptions, isEndToEnd, pairs, VALID_NAME } from "./request-safety.ts";

/** Headers that speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Replaced or answered here, not passed on as they came. */
const OURS: ReadonlySet<string> = new Set([
  "content-length",
  "expect",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
]);

type Headers = Record<string, string | string[]>;

/** A request without either header has no body (RFC 9112, 6.3). */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/**
 * A request's headers as its target gets them. How long the body is is said anew, from what the
 * parser went by: nothing that a client writes decides where a request ends for the target alone.
 * The client's address is appended to X-Forwarded-For, as an ALB does: behind this there is exactly
 * one hop whose word counts, the last.
 */
export function forwardedHeaders(request: IncomingMessage, dropInvalid: boolean): Headers {
  const kept = endToEnd(request.rawHeaders).filter(
    ([name]) => !OURS.has(name) && (!dropInvalid || VALID_NAME.test(name)),
  );
  const address = request.socket.remoteAddress ?? "";
  const told = request.headersDistinct["x-forwarded-for"] ?? [];
  const length = request.headers["content-length"];
  return {
    ...grouped(kept),
    "x-forwarded-for": [...told, address.replace(/^::ffff:/, "")].join(", "),
    "x-forwarded-proto": "https",
    "x-forwarded-port": String(request.socket.localPort ?? 443),
    // A body of unknown length keeps its chunks; Node frames them anew.
    ...(request.headers["transfer-encoding"] !== undefined
      ? { "transfer-encoding": "chunked" }
      : length === undefined
        ? {}
        : { "content-length": length }),
  };
}

/** An answer's headers as the client gets them; Node frames the body. */
export const answerHeaders = (answer: IncomingMessage): Headers =>
  grouped(endToEnd(answer.rawHeaders));

/** What Connection names goes, save what it has no business to name. */
function endToEnd(rawHeaders: readonly string[]): [string, string][] {
  const headers = pairs(rawHeaders);
  const named = new Set(connectionOptions(headers).filter((name) => !isEndToEnd(name)));
  return headers.flatMap(([name, value]): [string, string][] =>
    HOP_BY_HOP.has(name) || named.has(name) ? [] : [[name, value]],
  );
}

/** Repeated headers stay repeated: which of two counts is the target's to say. */
function grouped(headers: readonly (readonly [string, string])[]): Headers {
  const groups = new Map<string, string[]>();
  for (const [name, value] of headers) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(
    [...groups].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}
