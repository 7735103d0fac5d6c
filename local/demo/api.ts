import { Agent, request } from "node:https";
import type { z } from "zod";

const REQUEST_TIMEOUT_MS = 15_000;

/** An answer that is not the one the client needs, or none; the message is for a person. */
export class ApiFailure extends Error {
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }

  /** A region that only just comes up fails so: no listener yet, or a balancer without ready pods. */
  get passing(): boolean {
    if (this.status !== undefined) return this.status >= 502;
    const code: unknown =
      this.cause instanceof Error && "code" in this.cause ? this.cause.code : undefined;
    return code === "ECONNREFUSED" || code === "ECONNRESET";
  }
}

export interface Call {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A client of the region's API that trusts one CA and keeps its connection. */
export class Api {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #signal: AbortSignal;

  constructor(apiUrl: string, caPem: string, signal: AbortSignal) {
    this.#base = new URL(apiUrl);
    this.#agent = new Agent({ ca: caPem, keepAlive: true, maxSockets: 2 });
    this.#signal = signal;
  }

  /** Calls and checks the answer's shape; anything but a 2xx of that shape is an `ApiFailure`. */
  async json<T>(method: string, path: string, shape: z.ZodType<T>, call: Call = {}): Promise<T> {
    const text = await this.text(method, path, call);
    const checked = shape.safeParse(parse(text));
    if (checked.success) return checked.data;
    const issue = checked.error.issues[0];
    const where = issue === undefined ? "" : ` at "${issue.path.join(".")}": ${issue.message}`;
    throw new ApiFailure(
      `${method} ${path} answered in another shape${where}; the body was ${shorten(text)}`,
    );
  }

  async text(method: string, path: string, call: Call = {}): Promise<string> {
    const { status, text } = await this.#send(method, path, call);
    if (status >= 200 && status < 300) return text;
    throw new ApiFailure(
      `${method} ${path} answered ${status}: ${shorten(text) || "(no body)"}`,
      status,
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(method: string, path: string, call: Call): Promise<Answer> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers: Record<string, string> = {
      accept: "application/json",
      "user-agent": "securevpn-demo",
      ...call.headers,
    };
    if (call.token !== undefined) headers["authorization"] = `Bearer ${call.token}`;
    if (body !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const url = new URL(path, this.#base);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const sent = request(url, { method, agent: this.#agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
    try {
      return await promise;
    } catch (error) {
      if (this.#signal.aborted) throw new ApiFailure("stopped", undefined, error);
      const why = signal.aborted
        ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`
        : messageOf(error);
      throw new ApiFailure(
        `${method} ${path} on ${this.#base.origin} failed: ${why}`,
        undefined,
        error,
      );
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const shorten = (text: string): string =>
  (text.length > 600 ? `${text.slice(0, 600)}...` : text).replace(/\s+/g, " ");

/** A refused connection to several addresses is an AggregateError with an empty message. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
