import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { Upstream, Upstreams } from "./balancer-upstreams.ts";

/** Headers that speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Forwards a request to the first candidate that takes the connection. A target that cannot be reached
 * has seen nothing of the request, so the next one is asked; once a target has it, it is never sent
 * twice, save a GET or HEAD that met a kept connection which the target was just closing.
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  candidates: readonly Upstream[],
  upstreams: Upstreams,
  idleTimeoutMs: number,
): void {
  const [upstream, ...others] = candidates;
  if (upstream === undefined) {
    problem(response, 503, "Service Unavailable", "No healthy target answers for this path.");
    return;
  }
  const { host, port } = upstream.backend;
  const outgoing = httpRequest({
    host,
    port,
    method: request.method,
    path: request.url,
    headers: forwardedHeaders(request),
    agent: upstream.agent,
    timeout: idleTimeoutMs,
  });
  const abandon = (): void => void outgoing.destroy();
  response.once("close", abandon);
  let sent = false;
  onConnected(outgoing, () => {
    sent = true;
    request.pipe(outgoing);
  });
  outgoing.once("response", (incoming) => relay(incoming, response));
  let timedOut = false;
  outgoing.once("timeout", () => {
    timedOut = true;
    outgoing.destroy();
    problem(response, 504, "Gateway Timeout", "The target did not answer in time.");
  });
  outgoing.once("error", () => {
    response.off("close", abandon);
    if (timedOut) return;
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (!sent) upstreams.suspect(upstream);
    if (!sent || isRepeatable(request, outgoing)) {
      forward(request, response, sent ? candidates : others, upstreams, idleTimeoutMs);
      return;
    }
    request.unpipe(outgoing);
    request.resume();
    problem(response, 502, "Bad Gateway", "The target closed the connection before it answered.");
  });
}

/** The body is read only when somebody is there to take it: a failed connect leaves it whole. */
function onConnected(outgoing: ClientRequest, connected: () => void): void {
  outgoing.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", connected);
    else connected();
  });
}

function isRepeatable(request: IncomingMessage, outgoing: ClientRequest): boolean {
  return outgoing.reusedSocket && (request.method === "GET" || request.method === "HEAD");
}

function relay(incoming: IncomingMessage, response: ServerResponse): void {
  const headers = withoutHopByHop(incoming.headers);
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage ?? "", headers);
  // Streams of events begin with a header and may say nothing for long.
  response.flushHeaders();
  incoming.pipe(response);
  // Ending a half-sent answer cleanly would pass it off as whole.
  incoming.once("error", () => response.destroy());
  incoming.once("aborted", () => response.destroy());
}

/**
 * What the client itself claims of its address is thrown away: behind this there is exactly one hop
 * whose word counts.
 */
function forwardedHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const address = request.socket.remoteAddress ?? "";
  return {
    ...withoutHopByHop(request.headers),
    "x-forwarded-for": address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address,
    "x-forwarded-proto": "https",
    "x-forwarded-port": String(request.socket.localPort ?? 443),
    // A body of unknown length keeps its chunks; Node frames them anew.
    ...(request.headers["transfer-encoding"] === undefined
      ? {}
      : { "transfer-encoding": "chunked" }),
  };
}

function withoutHopByHop(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const named = String(headers["connection"] ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
  );
}

/** The balancer's own errors look as the services' do (RFC 9457). */
function problem(response: ServerResponse, status: number, title: string, detail: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    "content-type": "application/problem+json",
    ...(status === 503 ? { "retry-after": "1" } : {}),
  });
  response.end(JSON.stringify({ type: "about:blank", title, status, detail }));
}
