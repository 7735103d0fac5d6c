import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { join } from "node:path";
import { appendFileSync, mkdirSync } from "node:fs";
import type { CloudContext } from "../cloud/context.ts";
import { assertPortsFree } from "../cloud/ports.ts";
import { Upstreams, type Backend } from "./balancer-upstreams.ts";
import { forward, problem } from "./balancer-forward.ts";
import { matchesPath } from "./path-pattern.ts";
import { classify, dispose, originForm, type DesyncMitigation } from "./request-safety.ts";

export interface ForwardAction {
  readonly kind: "forward";
  /** Port of the target group: the NodePort of a Service. */
  readonly nodePort: number;
  /** How long requests under way on a target that left may go on. */
  readonly deregistrationDelayMs: number;
}

export interface FixedAction {
  readonly kind: "fixed";
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type BalancerAction = ForwardAction | FixedAction;

export interface BalancerRule {
  /** Lower is asked first. */
  readonly priority: number;
  readonly paths: readonly string[];
  readonly action: BalancerAction;
}

export interface BalancerConfig {
  readonly name: string;
  readonly rules: readonly BalancerRule[];
  readonly defaultAction: BalancerAction;
  readonly idleTimeoutMs: number;
  readonly desyncMitigation: DesyncMitigation;
  /** Headers whose names have more than letters, digits and hyphens do not reach a target. */
  readonly dropInvalidHeaders: boolean;
  /** Names beside localhost for which it has a certificate. */
  readonly names: readonly string[];
}

/** Ready targets behind a NodePort at this moment. */
export type BackendSource = (nodePort: number) => readonly Backend[];

type BalancerContext = Pick<CloudContext, "stateDir" | "addresses" | "parts" | "ca" | "zone">;

/** Longer than any client's idle time would be wasteful, shorter would cut their reuse: the ALB's own default. */
const CLIENT_IDLE_MS = 60_000;

/** The entry of the region: what an Application Load Balancer is on AWS. */
export class Balancer {
  readonly #ctx: BalancerContext;
  readonly #backends: BackendSource;
  readonly #upstreams = new Upstreams();
  #config: BalancerConfig | undefined;
  #server: https.Server | undefined;
  #certificateNames: string | undefined;
  /** Connections that end with the answer under way: what still comes on them is not read as a request. */
  readonly #ending = new WeakSet<Socket>();
  /** Changes happen in the order in which they were asked for: resources of one `up` come side by side. */
  #queue: Promise<void> = Promise.resolve();

  constructor(ctx: BalancerContext, backends: BackendSource) {
    this.#ctx = ctx;
    this.#backends = backends;
  }

  get port(): number {
    const address = this.#server?.address();
    return isAddressInfo(address) ? address.port : this.#ctx.addresses.balancer.port;
  }

  /** Starts it, or changes a running one without closing a connection. */
  apply(config: BalancerConfig): Promise<void> {
    return this.#inOrder(() => this.#apply(config));
  }

  stop(): Promise<void> {
    return this.#inOrder(() => this.#stop());
  }

  /** Ends it and forgets its names: there is no listener any more. */
  delete(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#stop();
      if (this.#config === undefined) return;
      for (const name of this.#config.names) this.#ctx.zone.delete(name);
      this.#ctx.parts.remove(`balancer/${this.#config.name}`);
      this.#config = undefined;
    });
  }

  #inOrder(change: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #apply(config: BalancerConfig): Promise<void> {
    const previous = this.#config;
    this.#config = { ...config, rules: config.rules.toSorted((a, b) => a.priority - b.priority) };
    if (previous !== undefined && previous.name !== config.name)
      this.#ctx.parts.remove(`balancer/${previous.name}`);
    for (const name of previous?.names ?? [])
      if (!config.names.includes(name)) this.#ctx.zone.delete(name);
    for (const name of config.names) this.#ctx.zone.set(name, this.#ctx.addresses.balancer.host);
    if (this.#server === undefined) await this.#listen();
    else await this.#certify(this.#server);
    this.#report("ready");
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Streams never end by themselves; what is short is given a moment.
      const timer = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(timer);
    }
    this.#upstreams.close();
    if (this.#config !== undefined) this.#report("stopped");
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#ctx.addresses.balancer;
    await assertPortsFree([{ address: host, port, what: "balancer" }]);
    const server = https.createServer(
      {
        keepAliveTimeout: CLIENT_IDLE_MS,
        requestTimeout: CLIENT_IDLE_MS,
        // Leniency of a parser is what smuggling lives on; a flag of the process must not turn it on.
        insecureHTTPParser: false,
        requireHostHeader: true,
      },
      (request, response) => this.#take(request, response),
    );
    // Beyond Node's 2,000 the rest would be left out unseen, a length among it; their bytes are limited.
    server.maxHeadersCount = 0;
    // Node would say 100 Continue before anybody has judged the request.
    server.on("checkContinue", (request, response) => this.#take(request, response));
    server.on("checkExpectation", (request, response) => this.#take(request, response));
    server.on("connect", (_request: IncomingMessage, socket: Duplex) =>
      socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n"),
    );
    this.#certificateNames = undefined;
    await this.#certify(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => resolve());
    });
    this.#server = server;
  }

  async #certify(server: https.Server): Promise<void> {
    const names = [...(this.#config?.names ?? [])].sort();
    if (this.#certificateNames === names.join()) return;
    const { certPem, keyPem } = await this.#ctx.ca.issue({
      commonName: names[0] ?? "localhost",
      dnsNames: ["localhost", ...names],
      ipAddresses: ["127.0.0.1"],
    });
    server.setSecureContext({ cert: certPem, key: keyPem, minVersion: "TLSv1.2" });
    this.#certificateNames = names.join();
  }

  /** Judges how sure a request's bounds are before anything is done with it. */
  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#ending.has(request.socket)) return;
    const config = this.#config;
    if (config === undefined) return void response.writeHead(503).end();
    const { method = "", url: target = "", httpVersion: version, rawHeaders } = request;
    const { tier, reason } = classify({ method, target, version, rawHeaders });
    const disposal = dispose(tier, config.desyncMitigation);
    const path = originForm(target);
    this.#logAnswer(request, response, path ?? "-");
    if (disposal !== "forward" || path === undefined || method === "TRACE") {
      this.#ending.add(request.socket);
      response.shouldKeepAlive = false;
    }
    if (disposal === "refuse" || path === undefined)
      problem(response, 400, "Bad Request", `${reason}.`);
    else if (method === "TRACE") problem(response, 405, "Method Not Allowed", "There is no TRACE.");
    else this.#route(config, request, response, path, disposal === "alone");
  }

  #route(
    config: BalancerConfig,
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    alone: boolean,
  ): void {
    const pathAlone = pathOf(path);
    const action =
      config.rules.find((rule) => rule.paths.some((pattern) => matchesPath(pattern, pathAlone)))
        ?.action ?? config.defaultAction;
    if (action.kind === "fixed") {
      response.writeHead(action.status, { "content-type": action.contentType }).end(action.body);
      return;
    }
    forward({
      request,
      response,
      path,
      candidates: this.#upstreams.candidates(action, this.#backends(action.nodePort)),
      upstreams: this.#upstreams,
      idleTimeoutMs: config.idleTimeoutMs,
      dropInvalidHeaders: config.dropInvalidHeaders,
      alone,
    });
  }

  #logAnswer({ method = "?" }: IncomingMessage, response: ServerResponse, path: string): void {
    const startedAt = Date.now();
    response.once("close", () =>
      this.#log(method, pathOf(path), response.statusCode, Date.now() - startedAt),
    );
  }

  /** Method, path and status alone: the log must not say who asked. */
  #log(method: string, path: string, status: number, ms: number): void {
    const shown = path.replaceAll(/[0-9a-fA-F-]{16,}|\d{6,}/g, "{id}");
    mkdirSync(join(this.#ctx.stateDir, "logs"), { recursive: true });
    appendFileSync(
      this.#logFile(),
      `${new Date().toISOString()} ${status} ${ms} ms ${method} ${shown}\n`,
    );
  }

  #logFile(): string {
    return join(this.#ctx.stateDir, "logs", "balancer.log");
  }

  #report(state: "ready" | "stopped"): void {
    this.#ctx.parts.report({
      name: `balancer/${this.#config?.name ?? ""}`,
      kind: "balancer",
      state,
      address: `${this.#ctx.addresses.balancer.host}:${this.port}`,
      logFile: this.#logFile(),
      detail: `${this.#config?.rules.length ?? 0} path rules`,
    });
  }
}

const pathOf = (target: string): string => target.split("?")[0] ?? "/";

function isAddressInfo(address: AddressInfo | string | null | undefined): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
