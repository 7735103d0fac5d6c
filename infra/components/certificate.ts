import type { Region as AwsRegion } from "@pulumi/aws";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface CertificateArgs {
  readonly domainName: string;
  readonly hostedZoneId: string;
  /** AWS region of the certificate. @default the provider's */
  readonly awsRegion?: AwsRegion;
  /**
   * Whether this stack makes the record that proves the name. ACM asks for the same record in every
   * region of an account, so of a name that several stacks share one alone owns it. @default true
   */
  readonly ownsRecord?: boolean;
}

/**
 * A certificate that is validated by DNS, and renewed by ACM as long as its record stands. Free.
 * A new name is a new certificate, made before the old one goes.
 */
export class Certificate extends pulumi.ComponentResource {
  /** Known only once the certificate is valid. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:network:Certificate", name, {}, opts);
    const region = args.awsRegion === undefined ? {} : { region: args.awsRegion };
    const certificate = new aws.acm.Certificate(
      name,
      { domainName: args.domainName, validationMethod: "DNS", ...region },
      { parent: this },
    );
    const record = (args.ownsRecord ?? true) ? [this.#record(name, args, certificate)] : [];
    const validation = new aws.acm.CertificateValidation(
      name,
      {
        certificateArn: certificate.arn,
        ...(record.length > 0 ? { validationRecordFqdns: record.map(({ fqdn }) => fqdn) } : {}),
        ...region,
      },
      { parent: this },
    );
    this.arn = validation.certificateArn;
    this.registerOutputs({ arn: this.arn });
  }

  #record(
    name: string,
    args: CertificateArgs,
    certificate: aws.acm.Certificate,
  ): aws.route53.Record {
    const option = certificate.domainValidationOptions.apply((options) => {
      const [first] = options;
      return { name: first?.resourceRecordName ?? "", value: first?.resourceRecordValue ?? "" };
    });
    return new aws.route53.Record(
      `${name}-validation`,
      {
        zoneId: args.hostedZoneId,
        name: option.name,
        // ACM validates by CNAME and by nothing else.
        type: "CNAME",
        records: [option.value],
        ttl: 300,
      },
      { parent: this },
    );
  }
}
