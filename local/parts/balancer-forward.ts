import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { answerHeaders, forwardedHeaders, hasBody } from "./balancer-headers.ts";
import type { Upstream, Upstreams } from "./balancer-upstreams.ts";

export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and query as the target gets them. */
  readonly path: string;
  /** Targets in the order in which to try them. */
  readonly candidates: readonly Upstream[];
  readonly upstreams: Upstreams;
  readonly idleTimeoutMs: number;
  readonly dropInvalidHeaders: boolean;
  /** On a connection of its own, closed after it: nothing of it can be taken for another's. */
  readonly alone: boolean;
}

/**
 * Forwards a request to the first candidate that takes the connection. A target that cannot be reached
 * has seen nothing of the request, so the next one is asked; once a target has it, it is never sent
 * twice, save a GET or HEAD that met a kept connection which the target was just closing.
 */
export function forward(forwarding: Forwarding): void {
  const { request, response, candidates, upstreams } = forwarding;
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
    path: forwarding.path,
    headers: forwardedHeaders(request, forwarding.dropInvalidHeaders),
    agent: forwarding.alone ? false : upstream.agent,
    timeout: forwarding.idleTimeoutMs,
  });
  const abandon = (): void => void outgoing.destroy();
  response.once("close", abandon);
  let sent = false;
  onConnected(outgoing, () => {
    sent = true;
    if (request.headers.expect !== undefined) response.writeContinue();
    if (hasBody(request)) request.pipe(outgoing);
    else outgoing.end();
  });
  outgoing.once("response", (incoming) => relay(incoming, response));
  // No Upgrade was passed on: a target that switches protocols all the same speaks of another request.
  outgoing.once("upgrade", (_answer, socket) => {
    socket.destroy();
    problem(response, 502, "Bad Gateway", "The target switched protocols.");
  });
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
      forward({ ...forwarding, candidates: sent ? candidates : others });
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
  const harmless = request.method === "GET" || request.method === "HEAD";
  return outgoing.reusedSocket && harmless && !hasBody(request);
}

function relay(incoming: IncomingMessage, response: ServerResponse): void {
  response.writeHead(
    incoming.statusCode ?? 502,
    incoming.statusMessage ?? "",
    answerHeaders(incoming),
  );
  // Streams of events begin with a header and may say nothing for long.
  response.flushHeaders();
  incoming.pipe(response);
  // Ending a half-sent answer cleanly would pass it off as whole.
  incoming.once("error", () => response.destroy());
  incoming.once("aborted", () => response.destroy());
}

/** The balancer's own errors look as the services' do (RFC 9457). */
export function problem(
  response: ServerResponse,
  status: number,
  title: string,
  detail: string,
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    "content-type": "application/problem+json",
    ...(status === 503 ? { "retry-after": "1" } : {}),
  });
  response.end(JSON.stringify({ type: "about:blank", title, status, detail }));
}
