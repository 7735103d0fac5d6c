import { generateKeyPairSync, randomBytes } from "node:crypto";

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A client of auth that never throws for a status; the test looks at it. */
export class AuthClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(
    method: string,
    path: string,
    options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === "" ? {} : JSON.parse(text);
    const body = typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
    return { status: response.status, body, headers: response.headers };
  }

  signUp(email: string, passphrase: string): Promise<Answer> {
    return this.call("POST", "/v1/accounts", { body: { email, passphrase } });
  }

  async login(email: string, passphrase: string): Promise<Tokens> {
    return tokensOf(await this.call("POST", "/v1/sessions", { body: { email, passphrase } }));
  }

  refresh(refreshToken: string): Promise<Answer> {
    return this.call("POST", "/v1/sessions/refresh", { body: { refreshToken } });
  }

  addDevice(token: string, publicKey = wireguardKey(), name = "phone"): Promise<Answer> {
    return this.call("POST", "/v1/devices", { token, body: { name, publicKey } });
  }
}

export function tokensOf(answer: Answer): Tokens {
  const { accessToken, refreshToken } = answer.body;
  if (typeof accessToken !== "string" || typeof refreshToken !== "string")
    throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return { accessToken, refreshToken };
}

export const claimsOf = (token: string): Record<string, unknown> => ({
  ...JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()),
});

/** A WireGuard public key of a fresh pair. */
export function wireguardKey(): string {
  const spki = generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "der" });
  return spki.subarray(-32).toString("base64");
}

export const someone = (): { email: string; passphrase: string } => ({
  email: `${randomBytes(6).toString("hex")}@example.com`,
  passphrase: randomBytes(12).toString("base64url"),
});
