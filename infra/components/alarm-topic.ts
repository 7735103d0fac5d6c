import type { Region as AwsRegion } from "@pulumi/aws";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { documentOf } from "../lib/iam.ts";
import { longName } from "../lib/names.ts";
import { EncryptionKey } from "./encryption-key.ts";

export interface AlarmTopicArgs {
  readonly region: string;
  /** Where the topic lies: an alarm speaks to a topic of its own AWS region. */
  readonly awsRegion: AwsRegion;
  readonly accountId: string;
  /** Last part of the topic's and the key's names. */
  readonly part: string;
  /** E-mail address or https URL; empty: nobody is told. */
  readonly recipient: string;
  readonly protect: boolean;
}

/** Services that may speak to it. */
const SPEAKERS = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"];

/**
 * Where alarms and budgets go, under a key of its own: AWS's own key for SNS lets neither in. About
 * 1 USD a month. An e-mail address must answer AWS's question once before it hears anything.
 */
export class AlarmTopic extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: AlarmTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:operations:AlarmTopic", name, {}, opts);
    const { awsRegion: region, accountId } = args;
    const topicName = longName(args.region, args.part);
    // From names, so that a policy can judge the document in preview.
    const arn = `arn:aws:sns:${region}:${accountId}:${topicName}`;
    const key = new EncryptionKey(
      name,
      {
        description: "Alarms of the region",
        alias: topicName,
        awsRegion: region,
        policy: documentOf([ownerOf(accountId), speakers(accountId, KEY_USE, "*")]),
      },
      { parent: this, protect: args.protect },
    );
    const topic = new aws.sns.Topic(
      name,
      { name: topicName, kmsMasterKeyId: key.id, region },
      { parent: this },
    );
    const policy = new aws.sns.TopicPolicy(
      name,
      {
        arn: topic.arn,
        policy: documentOf([speakers(accountId, ["sns:Publish"], arn)]),
        region,
      },
      { parent: this },
    );
    if (args.recipient !== "")
      new aws.sns.TopicSubscription(
        name,
        {
          topic: topic.arn,
          protocol: args.recipient.startsWith("https:") ? "https" : "email",
          endpoint: args.recipient,
          region,
        },
        { parent: this },
      );
    // Known only when its policy is there: a budget's first act is to try the topic.
    this.arn = pulumi.all([topic.arn, policy.id]).apply(([known]) => known);
    this.registerOutputs({ arn: this.arn });
  }
}

const KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*"];

const ownerOf = (accountId: string) => ({
  Sid: "Account",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${accountId}:root` },
  Action: "kms:*",
  Resource: "*",
});

const speakers = (accountId: string, actions: readonly string[], resource: string) => ({
  Sid: "Alarms",
  Effect: "Allow",
  Principal: { Service: SPEAKERS },
  Action: actions,
  Resource: resource,
  Condition: { StringEquals: { "aws:SourceAccount": accountId } },
});
