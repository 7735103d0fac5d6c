import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import helmet from "helmet";
import { Histogram, type Registry } from "prom-client";
import type { z } from "zod";
import { METRICS } from "../contract/index.ts";
import { InvalidRequest, NotFound, Problem } from "./errors.ts";
import type { Logger } from "./log.ts";

/** No body of this API is larger than some kilobytes. */
const BODY_LIMIT_BYTES = 16 * 1024;
/** Above the load balancer's idle timeout of 60 s: the balancer must be the one that closes. */
const KEEP_ALIVE_MS = 75_000;

export interface ApiOptions {
  readonly log: Logger;
  readonly registry: Registry;
  readonly trustedHops: number;
}

/** Request id of a request, as `X-Request-Id` told or made here. */
export const requestIdOf = (response: Response): string =>
  String(response.getHeader("x-request-id") ?? "");

/** An Express app with the parts that every API of ours shares; `routes` adds the service's own. */
export function createApi(options: ApiOptions, routes: (app: Express) => void): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", options.trustedHops);
  app.use(identify, measure(options), helmet());
  // The load balancer asks this on the public port; it says only that the process answers.
  app.get("/healthz", (_request, response) => void response.type("text").send("ok\n"));
  // Bodies are small: a compressed one is refused rather than inflated.
  app.use(
    express.json({
      limit: BODY_LIMIT_BYTES,
      strict: true,
      inflate: false,
      type: "application/json",
    }),
    requireJson,
  );
  routes(app);
  app.use((request) => {
    throw new NotFound(`There is no ${request.method} ${request.path}.`);
  });
  app.use(renderError(options.log));
  return app;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

const identify: RequestHandler = (request, response, next) => {
  const given = request.get("x-request-id");
  response.setHeader(
    "x-request-id",
    given !== undefined && REQUEST_ID.test(given) ? given : randomUUID(),
  );
  next();
};

/** One buffered log line and one observation a request, by route pattern: a path holds ids. */
function measure({ log, registry }: ApiOptions): RequestHandler {
  const seconds = new Histogram({
    name: METRICS.httpRequestSeconds,
    help: "Duration of HTTP requests",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  return (request, response, next) => {
    const from = process.hrtime.bigint();
    response.once("finish", () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? "unmatched";
      const duration = Number(process.hrtime.bigint() - from) / 1e9;
      seconds.observe({ method: request.method, route, status: response.statusCode }, duration);
      log.debug(
        {
          method: request.method,
          route,
          status: response.statusCode,
          ms: Math.round(duration * 1e3),
          requestId: requestIdOf(response),
        },
        "request",
      );
    });
    next();
  };
}

/** A body of another type would be ignored silently; say so instead. */
const requireJson: RequestHandler = (request, _response, next) => {
  const length = request.get("content-length");
  const hasBody =
    (length !== undefined && length !== "0") || request.get("transfer-encoding") !== undefined;
  if (hasBody && !request.is("application/json")) {
    throw unsupportedMediaType("The body must be application/json.");
  }
  next();
};

const unsupportedMediaType = (detail: string): Problem =>
  new Problem(415, "unsupported-media-type", "Unsupported media type", detail);

/** Parses a request's part with a schema; unknown keys are refused by strict objects. */
export function parse<T>(
  schema: z.ZodType<T>,
  value: unknown,
  part: "body" | "query" | "path" = "body",
): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
  }));
  throw new InvalidRequest(
    `The ${part} is not valid: ${errors.map((e) => (e.path === "" ? e.message : `${e.path}: ${e.message}`)).join("; ")}.`,
    errors,
  );
}

/** Errors that Express and its body parser make for a request that is wrong. */
interface ClientError {
  readonly status: number;
}

const isClientError = (error: unknown): error is ClientError =>
  error instanceof Error &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status >= 400 &&
  error.status < 500;

/** Any thrown value as a problem; what we do not know is a 500 that says nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof URIError)
    return new InvalidRequest("The path is not valid percent-encoding.");
  if (isClientError(error)) {
    if (error.status === 413)
      return new Problem(
        413,
        "too-large",
        "Payload too large",
        `The body is larger than ${BODY_LIMIT_BYTES} bytes.`,
      );
    if (error.status === 415)
      return unsupportedMediaType("The body must be UTF-8 and not compressed.");
    return new InvalidRequest("The body is not valid JSON.");
  }
  return new Problem(
    500,
    "internal",
    "Internal error",
    "Something went wrong on our side; quote the request id when you ask.",
    { cause: error },
  );
}

function renderError(log: Logger) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    const requestId = requestIdOf(response);
    if (problem.status >= 500)
      log.error(
        {
          err: problem.options.cause ?? problem,
          requestId,
          code: problem.code,
          detail: problem.options.privateDetail,
        },
        problem.title,
      );
    if (problem.options.retryAfterSeconds !== undefined)
      response.setHeader("retry-after", String(problem.options.retryAfterSeconds));
    response
      .status(problem.status)
      .type("application/problem+json")
      .send(JSON.stringify(problem.document(requestId)));
  };
}

export interface InternalOptions {
  readonly registry: Registry;
  /** Names of dependencies that are not usable now; empty: ready. */
  readonly notReady: () => readonly string[];
  readonly log: Logger;
}

/** The internal port: probes, metrics, and what `routes` adds. Never behind the entry. */
export function createInternal(
  options: InternalOptions,
  routes: (app: Express) => void = () => {},
): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(identify);
  app.get("/livez", (_request, response) => void response.type("text").send("ok\n"));
  app.get("/readyz", (_request, response) => {
    const reasons = options.notReady();
    response
      .status(reasons.length === 0 ? 200 : 503)
      .type("text")
      .send(reasons.length === 0 ? "ok\n" : `not ready: ${reasons.join(", ")}\n`);
  });
  app.get("/metrics", async (_request, response) => {
    response.type(options.registry.contentType).send(await options.registry.metrics());
  });
  routes(app);
  app.use(renderError(options.log));
  return app;
}

/** Listens on one address (never a wildcard: it would take the port of every pod of the machine). */
export function listen(app: Express, host: string, port: number): Promise<Server> {
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = 30_000;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}
