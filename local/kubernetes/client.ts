import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { KubernetesObject } from "./objects.ts";

const PATIENCE_MS = 15_000;
const RETRY_MS = 200;

export interface ClientOptions {
  /** `https://host:port`. */
  readonly server: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** An answer of the API server that is not a success: its Status object. */
export class KubernetesError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly { readonly field?: string; readonly message?: string }[];

  constructor(status: number, body: string, what: string) {
    const parsed = parseStatus(body);
    super(`${what}: ${parsed.message ?? (body.slice(0, 300) || `HTTP ${status}`)}`);
    this.status = status;
    this.reason = parsed.reason ?? "";
    this.causes = parsed.details?.causes ?? [];
  }
}

interface StatusObject {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

function parseStatus(body: string): StatusObject {
  try {
    return JSON.parse(body) as StatusObject;
  } catch {
    return {};
  }
}

export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof KubernetesError && error.status === status;

export interface CallOptions {
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export type WatchEvent<T> = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
};

/**
 * A thin client of the API server. Its own, because the informers, the status patches and the
 * server-side apply of this cloud want the JSON as it is on the wire, and a dependency's 400
 * generated classes cost 300 ms at every start.
 */
export class KubernetesClient {
  readonly server: string;
  readonly #tls: { ca: string; cert: string; key: string };
  readonly #agent: Agent;
  #closed = false;

  constructor(options: ClientOptions) {
    this.server = options.server;
    this.#tls = { ca: options.caPem, cert: options.certPem, key: options.keyPem };
    this.#agent = new Agent({ ...this.#tls, keepAlive: true, maxSockets: 16 });
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.call<T>("GET", path, options);
  }

  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const payload =
      options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const response = await this.#sendWithPatience(method, path, options, payload);
    let text = "";
    response.setEncoding("utf8");
    for await (const chunk of response) text += String(chunk);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new KubernetesError(status, text, `${method} ${path}`);
    return (response.headers["content-type"]?.includes("json") ? JSON.parse(text) : text) as T;
  }

  /** Streams changes until the server ends the watch (it does every few minutes) or `signal` aborts. */
  async watch<T extends KubernetesObject>(
    path: string,
    query: Readonly<Record<string, string>>,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const options = {
      query: { ...query, watch: "true", allowWatchBookmarks: "true" },
      timeoutMs: 0,
      signal,
    };
    const response = await this.#send("GET", path, options, undefined, false);
    if (response.statusCode !== 200) {
      response.resume();
      throw new KubernetesError(response.statusCode ?? 0, "", `watch ${path}`);
    }
    for await (const line of createInterface({ input: response })) {
      const event = JSON.parse(line) as
        WatchEvent<T> | { type: "ERROR"; object: { code?: number } };
      if (event.type === "ERROR") {
        response.destroy();
        throw new KubernetesError(
          event.object.code ?? 500,
          JSON.stringify(event.object),
          `watch ${path}`,
        );
      }
      onEvent(event);
    }
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  /** An API server that just crashed is back in seconds: what it cannot have seen is sent again. */
  async #sendWithPatience(
    method: string,
    path: string,
    options: CallOptions,
    payload: Buffer | undefined,
  ): Promise<IncomingMessage> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.#send(method, path, options, payload, this.#agent);
      } catch (error) {
        const unseen = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
        if (!unseen || this.#closed || Date.now() > deadline || options.signal?.aborted === true)
          throw error;
        await delay(RETRY_MS);
      }
    }
  }

  #send(
    method: string,
    path: string,
    options: CallOptions,
    payload: Buffer | undefined,
    agent: Agent | false,
  ): Promise<IncomingMessage> {
    const url = new URL(path, this.server);
    for (const [key, value] of Object.entries(options.query ?? {}))
      url.searchParams.set(key, value);
    const headers: Record<string, string> = { accept: "application/json" };
    if (payload !== undefined) {
      headers["content-type"] = options.contentType ?? "application/json";
      headers["content-length"] = String(payload.length);
    }
    const settings: RequestOptions = {
      ...this.#tls,
      method,
      headers,
      agent,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, settings, resolve);
      const timeoutMs = options.timeoutMs ?? 30_000;
      if (timeoutMs > 0) {
        outgoing.setTimeout(timeoutMs, () =>
          outgoing.destroy(new Error(`${method} ${path}: no answer in ${timeoutMs} ms`)),
        );
      }
      outgoing.once("error", reject);
      outgoing.end(payload);
    });
  }
}
