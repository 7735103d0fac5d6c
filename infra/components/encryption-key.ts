import type { Region as AwsRegion } from "@pulumi/aws";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface EncryptionKeyArgs {
  readonly description: string;
  /** The alias is `alias/<alias>`. */
  readonly alias: string;
  /** AWS region of the key. @default the provider's */
  readonly awsRegion?: AwsRegion;
  /** Who may use it, as JSON text. @default whoever the account's IAM allows */
  readonly policy?: string;
}

/**
 * A customer-managed KMS key with rotation and an alias. About 1 USD a month. Its loss is the loss
 * of what it encrypts: callers pass `protect`, which its children inherit.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly id: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:secrets:EncryptionKey", name, {}, opts);
    const region = args.awsRegion === undefined ? {} : { region: args.awsRegion };
    const key = new aws.kms.Key(
      name,
      {
        description: args.description,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        ...(args.policy === undefined ? {} : { policy: args.policy }),
        ...region,
      },
      { parent: this },
    );
    new aws.kms.Alias(
      name,
      { name: `alias/${args.alias}`, targetKeyId: key.id, ...region },
      { parent: this },
    );
    this.id = key.id;
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
