import type { KeyObject } from "node:crypto";
import type { Counter } from "prom-client";
import type { RegionConfig } from "../contract/index.ts";
import type { AccessTokenVerifier, Jwk } from "../shared/jwt.ts";
import type { Logger } from "../shared/log.ts";
import type { Shards } from "../shared/postgres.ts";
import type { PasswordHasher } from "./domain/password.ts";
import type { TokenIssuer } from "./domain/tokens.ts";
import type { Revocations } from "./store/revocations.ts";

/** What every handler of auth gets. */
export interface AuthContext {
  readonly region: RegionConfig;
  readonly shards: Shards;
  readonly hasher: PasswordHasher;
  /** Hash of a passphrase that nobody has: an unknown e-mail costs as much as a known one. */
  readonly dummyHash: string;
  readonly emailKey: Buffer;
  readonly issuer: TokenIssuer;
  readonly jwks: readonly Jwk[];
  readonly verificationKeys: ReadonlyMap<string, KeyObject>;
  readonly verifier: AccessTokenVerifier;
  readonly revocations: Revocations;
  readonly attempts: Counter<"kind" | "outcome">;
  readonly log: Logger;
}
