import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { CloudContext } from "../cloud/context.ts";
import { KUBELET_PORT } from "./node-object.ts";
import type { LocalNodeSpec } from "./node-spec.ts";
import { KUBELET_CLIENT_NAME } from "./pki.ts";
import type { RingLog } from "./ring-log.ts";

const FOLLOW_MS = 200;

export interface LogSource {
  log(container: string): RingLog | undefined;
}

/** The part of a kubelet's API behind `kubectl logs`. Only the API server may ask. */
export class KubeletServer {
  readonly #ctx: CloudContext;
  readonly #spec: LocalNodeSpec;
  readonly #find: (namespace: string, pod: string) => LogSource | undefined;
  #server: Server | undefined;

  constructor(
    ctx: CloudContext,
    spec: LocalNodeSpec,
    find: (namespace: string, pod: string) => LogSource | undefined,
  ) {
    this.#ctx = ctx;
    this.#spec = spec;
    this.#find = find;
  }

  async start(): Promise<void> {
    const { certPem, keyPem } = await this.#ctx.ca.issue({
      commonName: `system:node:${this.#spec.name}`,
      dnsNames: [this.#spec.name],
      ipAddresses: [this.#spec.internalIp],
    });
    const tls = {
      cert: certPem,
      key: keyPem,
      ca: this.#ctx.ca.pem,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const server = createServer(tls, (request, response) => this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(KUBELET_PORT, this.#spec.internalIp, resolve);
    });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // Any certificate of the CA gets here; the CA also signs for databases and balancers.
    const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
    if (name !== KUBELET_CLIENT_NAME)
      return end(response, 403, "only the API server may ask a node");
    const url = new URL(request.url ?? "/", "https://node");
    if (url.pathname === "/healthz") return end(response, 200, "ok");
    const path = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.pathname);
    if (path === null)
      return end(response, 404, "a local node answers /containerLogs and /healthz");
    const [, namespace = "", pod = "", container = ""] = path;
    const log = this.#find(namespace, pod)?.log(container);
    if (log === undefined)
      return end(
        response,
        404,
        `container ${container} of pod ${pod} does not run on ${this.#spec.name}`,
      );
    sendLog(log, url.searchParams, response);
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
}

function sendLog(log: RingLog, query: URLSearchParams, response: ServerResponse): void {
  const previous = query.get("previous") === "true";
  const { from, to } = previous ? log.previousRange() : log.currentRange();
  let position = to ?? log.size();
  const text = log.read(from, position);
  const tail = query.get("tailLines");
  const limit = Number(query.get("limitBytes") ?? text.length);
  response.writeHead(200, { "content-type": "text/plain" });
  response.write(
    tail === null ? text.subarray(0, limit) : lastLines(text, Number(tail)).subarray(0, limit),
  );
  if (query.get("follow") !== "true" || previous) {
    response.end();
    return;
  }
  response.flushHeaders();
  const timer = setInterval(() => {
    const size = log.size();
    if (size < position) position = 0; // it was trimmed
    if (size > position) response.write(log.read(position, size));
    position = size;
  }, FOLLOW_MS);
  response.once("close", () => clearInterval(timer));
}

/** The last n lines of a text. */
export function lastLines(text: Buffer, count: number): Buffer {
  if (count <= 0) return Buffer.alloc(0);
  let at = text.length;
  if (at > 0 && text[at - 1] === 10) at -= 1;
  for (let left = count; left > 0; left--) {
    at = at === 0 ? -1 : text.lastIndexOf(10, at - 1);
    if (at === -1) return text;
  }
  return text.subarray(at + 1);
}
