import * as pulumi from "@pulumi/pulumi";
import { DATABASE_ROLES, SECRET_FILES, type DatabaseRole } from "../../services/contract/index.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { SecretValue } from "./secret-value.ts";

export interface SecretsArgs {
  readonly alias: string;
  /** Refuses the removal of keys and secrets, and no rotation (see SecretValue). */
  readonly protect: boolean;
  readonly shards: readonly string[];
  /** Raised by one to rotate every password at the next `up`. */
  readonly version?: number;
}

/** Every generated secret of a region, under one KMS key. */
export class Secrets extends pulumi.ComponentResource {
  readonly kmsKeyArn: pulumi.Output<string>;
  readonly cachePassword: SecretValue;
  /** Of the cache's user that sees how the server is and no key. */
  readonly cacheMonitorPassword: SecretValue;
  /** Part of every pod template that mounts them, so that a rotation rolls the pods. */
  readonly version: number;
  readonly #owners = new Map<string, SecretValue>();
  readonly #roles = new Map<string, SecretValue>();
  readonly #signingSeed: SecretValue;
  readonly #emailKey: SecretValue;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:secrets:Secrets", name, {}, opts);
    const key = new EncryptionKey(
      name,
      { description: "Secrets of the region", alias: args.alias },
      { parent: this, protect: args.protect },
    );
    this.kmsKeyArn = key.arn;
    this.version = args.version ?? 1;
    const make = (
      part: string,
      kind: "password" | "key",
      description: string,
      version = this.version,
    ): SecretValue =>
      new SecretValue(
        `${name}-${part}`,
        { kind, description, kmsKeyArn: key.arn, version },
        { parent: this, protect: args.protect },
      );

    this.cachePassword = make("cache", "password", "Password of the services' cache user");
    this.cacheMonitorPassword = make(
      "cache-monitor",
      "password",
      "Password of the cache's monitoring user",
    );
    // These two are never made anew by a version: sessions and the directory hang on them.
    this.#signingSeed = make("token-signing", "key", "Seed of the access tokens' signing key", 1);
    this.#emailKey = make("email-hash", "key", "Key of the e-mail directory's hash", 1);
    for (const shard of args.shards) {
      this.#owners.set(shard, make(`${shard}-owner`, "password", `Master password of ${shard}`));
      for (const role of DATABASE_ROLES)
        this.#roles.set(
          `${shard}/${role}`,
          make(`${shard}-${role}`, "password", `Password of ${role} on ${shard}`),
        );
    }
    this.registerOutputs({});
  }

  owner(shard: string): SecretValue {
    return found(this.#owners, shard);
  }

  role(shard: string, role: DatabaseRole): SecretValue {
    return found(this.#roles, `${shard}/${role}`);
  }

  /** Files of a service's pods: what it needs and no more. */
  serviceFiles(role: DatabaseRole): Record<string, pulumi.Output<string>> {
    const files: Record<string, pulumi.Output<string>> = {
      [SECRET_FILES.cachePassword]: this.cachePassword.value,
      ...this.roleFiles(role),
    };
    // Only auth signs tokens and reads the e-mail directory.
    if (role === "auth") {
      files[SECRET_FILES.tokenSigningSeeds] = this.#signingSeed.value;
      files[SECRET_FILES.emailHashKey] = this.#emailKey.value;
    }
    return files;
  }

  /** Passwords of one role, a file a shard. */
  roleFiles(role: DatabaseRole): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
      [...this.#owners.keys()].map((shard) => [
        SECRET_FILES.rolePassword(shard, role),
        this.role(shard, role).value,
      ]),
    );
  }

  /** Files of the migrations' container: the owner, and the passwords that it gives the roles. */
  migrationFiles(): Record<string, pulumi.Output<string>> {
    const files: Record<string, pulumi.Output<string>> = {};
    for (const [shard, owner] of this.#owners) {
      files[SECRET_FILES.ownerPassword(shard)] = owner.value;
      for (const role of DATABASE_ROLES)
        files[SECRET_FILES.rolePassword(shard, role)] = this.role(shard, role).value;
    }
    return files;
  }
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined)
    throw new Error(`no secret for ${key}; there are: ${[...map.keys()].join(", ")}`);
  return value;
}
