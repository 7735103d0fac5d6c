import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { dataClass } from "../lib/tags.ts";

export interface SecretValueArgs {
  /** What the secret is, for the person who finds it in the console. */
  readonly description: string;
  /** `password`: 40 letters and digits. `key`: 32 random bytes as 64 hex digits. */
  readonly kind: "password" | "key";
  readonly kmsKeyArn: pulumi.Input<string>;
  /** Raise it to rotate: a new value is made, and what reads it follows at the next `up`. */
  readonly version: number;
}

const PASSWORD_LENGTH = 40;
/** Days in which a deleted secret can be brought back (AWS allows 7 to 30). */
const RECOVERY_DAYS = 7;

/**
 * A generated secret kept in Secrets Manager; its value is a secret output. About 0.40 USD a month. With
 * the option `protect`, what a rotation replaces (a password and its version) stays replaceable.
 */
export class SecretValue extends pulumi.ComponentResource {
  readonly value: pulumi.Output<string>;
  readonly version: number;

  constructor(name: string, args: SecretValueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:secrets:SecretValue", name, {}, opts);
    this.version = args.version;
    const keepers = { version: String(args.version) };
    // `protect` refuses replacement too, and to be replaced is what a password is for. Its secret, which
    // pods and people know by ARN, stays protected; so does a key, on which sessions and data hang.
    const rotated = args.kind === "password" ? { protect: false } : {};
    const made =
      args.kind === "password"
        ? new random.RandomPassword(
            name,
            { length: PASSWORD_LENGTH, special: false, keepers },
            { parent: this, ...rotated },
          ).result
        : new random.RandomBytes(
            name,
            { length: 32, keepers },
            { parent: this, additionalSecretOutputs: ["hex", "base64"] },
          ).hex;
    // Said here too: not every argument that takes a secret marks it as one.
    this.value = pulumi.secret(made);
    // No fixed name: a deleted secret blocks its name until the recovery window is over.
    const secret = new aws.secretsmanager.Secret(
      name,
      {
        namePrefix: `${name}-`,
        description: args.description,
        kmsKeyId: args.kmsKeyArn,
        recoveryWindowInDays: RECOVERY_DAYS,
        tags: dataClass("operational"),
      },
      { parent: this },
    );
    new aws.secretsmanager.SecretVersion(
      name,
      { secretId: secret.id, secretString: this.value },
      { parent: this, ...rotated },
    );
    this.registerOutputs({});
  }
}
