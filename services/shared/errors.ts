/** Base of the `type` URIs; the path is the stable code. */
const TYPE_BASE = "https://errors.securevpn.example/";

export interface ProblemOptions {
  /** For the log alone; never sent. */
  readonly privateDetail?: string;
  readonly cause?: unknown;
  /** Sent as the Retry-After header. */
  readonly retryAfterSeconds?: number;
  /** Extension members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An error that a client may see, as RFC 9457 renders it. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly options: ProblemOptions;

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.title = title;
    this.options = options;
  }

  /** The problem document. */
  document(requestId: string): Record<string, unknown> {
    return {
      type: TYPE_BASE + this.code,
      title: this.title,
      status: this.status,
      detail: this.message,
      requestId,
      ...this.options.extensions,
    };
  }
}

export class InvalidRequest extends Problem {
  constructor(detail: string, errors: readonly { path: string; message: string }[] = []) {
    super(
      400,
      "invalid-request",
      "Invalid request",
      detail,
      errors.length > 0 ? { extensions: { errors } } : {},
    );
  }
}

export class Unauthorized extends Problem {
  constructor(
    detail = "The access token is missing, expired or not valid.",
    privateDetail?: string,
  ) {
    super(
      401,
      "unauthorized",
      "Unauthorized",
      detail,
      privateDetail === undefined ? {} : { privateDetail },
    );
  }
}

export class NotFound extends Problem {
  constructor(detail: string) {
    super(404, "not-found", "Not found", detail);
  }
}

export class Conflict extends Problem {
  constructor(code: string, detail: string) {
    super(409, code, "Conflict", detail);
  }
}

export class LimitExceeded extends Problem {
  constructor(code: string, detail: string, retryAfterSeconds: number) {
    super(429, code, "Too many requests", detail, { retryAfterSeconds });
  }
}

export class Unavailable extends Problem {
  constructor(detail: string, options: ProblemOptions = {}) {
    super(503, "unavailable", "Temporarily unavailable", detail, {
      retryAfterSeconds: 1,
      ...options,
    });
  }
}
