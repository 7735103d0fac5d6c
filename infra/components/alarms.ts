import type { Region as AwsRegion } from "@pulumi/aws";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config.ts";
import {
  CACHE_RULES,
  cacheNodes,
  CDN_RULE,
  CERTIFICATE_RULE,
  databaseRules,
  ENTRY_RULES,
  NAT_RULE,
  REACHED_RULE,
  TARGET_RULES,
  type AlarmRule,
} from "../lib/alarm-rules.ts";
import { accountOf } from "../lib/iam.ts";
import { longName, physicalName } from "../lib/names.ts";
import { shardNames } from "../lib/region-config.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { CDN_REGION, type Cdn } from "./cdn.ts";
import type { Entry } from "./entry.ts";
import type { SharedName } from "./shared-name.ts";

export interface AlarmsArgs {
  readonly config: StackConfig;
  readonly entry: Entry;
  readonly cdn: Cdn;
  readonly sharedName: SharedName;
  readonly natGatewayIds: readonly pulumi.Input<string>[];
}

/** A thing that is watched: the last part of its alarms' names, and how CloudWatch names it. */
interface Watched {
  readonly part: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * CloudWatch alarms on what AWS runs for the region; Prometheus watches what runs in the cluster.
 * About 0.10 USD a month each. Removing one loses its history and nothing else.
 */
export class Alarms extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  readonly #config: StackConfig;
  /** Topic by AWS region: CloudFront and Route 53 speak in one region alone. */
  readonly #topics = new Map<string, pulumi.Output<string>>();

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("securevpn:operations:Alarms", name, {}, opts);
    const { config } = args;
    this.#config = config;
    const here = config.region.awsRegion;
    this.topicArn = this.#topic(name, "alarms", here);
    if (here !== CDN_REGION) this.#topic(`${name}-global`, "alarms-global", CDN_REGION);
    this.#databases(name);
    for (const id of cacheNodes(config.region.name, "cache", config.cacheReplicas + 1)) {
      const part = `cache-${id.slice(-3)}`;
      this.#watch(name, { part, dimensions: { CacheClusterId: id } }, CACHE_RULES);
    }
    this.#entry(name, args);
    this.#outside(name, args);
    for (const [index, id] of args.natGatewayIds.entries())
      this.#watch(name, { part: `nat-${index}`, dimensions: { NatGatewayId: id } }, [NAT_RULE]);
    this.registerOutputs({ topicArn: this.topicArn });
  }

  #topic(name: string, part: string, awsRegion: AwsRegion): pulumi.Output<string> {
    const { region, deployerRoleArn, alertEmail, protect } = this.#config;
    const topic = new AlarmTopic(
      name,
      {
        region: region.name,
        awsRegion,
        accountId: accountOf(deployerRoleArn),
        part,
        recipient: alertEmail,
        protect,
      },
      { parent: this },
    );
    this.#topics.set(awsRegion, topic.arn);
    return topic.arn;
  }

  #databases(name: string): void {
    const { region, shards, replicasPerShard, ...config } = this.#config;
    const facts = {
      instanceClass: config.databaseInstanceClass,
      storageGb: config.databaseStorageGb,
    };
    const instance = (part: string, id: string, replica: boolean): void =>
      this.#watch(
        name,
        { part, dimensions: { DBInstanceIdentifier: physicalName(region.name, id) } },
        databaseRules({ ...facts, replica }),
      );
    for (const shard of shardNames(shards)) {
      instance(shard, shard, false);
      for (let index = 0; index < replicasPerShard; index += 1)
        instance(`${shard}-replica-${index}`, `${shard}-r${index}`, true);
    }
  }

  #entry(name: string, { entry, sharedName }: AlarmsArgs): void {
    const balancer = { LoadBalancer: entry.metricName };
    this.#watch(name, { part: "entry", dimensions: balancer }, ENTRY_RULES);
    for (const [service, group] of Object.entries(entry.targets)) {
      const dimensions = { ...balancer, TargetGroup: group };
      this.#watch(name, { part: `entry-${service}`, dimensions }, TARGET_RULES);
    }
    for (const [part, arn] of [
      ["entry-certificate", entry.certificateArn],
      ["shared-certificate", sharedName.certificateArn],
    ] as const)
      this.#watch(name, { part, dimensions: { CertificateArn: arn } }, [CERTIFICATE_RULE]);
  }

  /** What AWS measures in one region, wherever the thing itself is. */
  #outside(name: string, { cdn, sharedName }: AlarmsArgs): void {
    const watch = (
      part: string,
      dimensions: Readonly<Record<string, pulumi.Input<string>>>,
      rule: AlarmRule,
    ): void => this.#watch(name, { part, dimensions }, [rule], CDN_REGION);
    watch("entry", { HealthCheckId: sharedName.healthCheckId }, REACHED_RULE);
    watch("cdn", { DistributionId: cdn.distributionId, Region: "Global" }, CDN_RULE);
    watch("cdn-certificate", { CertificateArn: cdn.certificateArn }, CERTIFICATE_RULE);
  }

  #watch(
    name: string,
    { part, dimensions }: Watched,
    rules: readonly AlarmRule[],
    awsRegion: AwsRegion = this.#config.region.awsRegion,
  ): void {
    const topic = this.#topics.get(awsRegion);
    if (topic === undefined) throw new Error(`alarms of ${awsRegion} have no topic`);
    for (const rule of rules) {
      const alarm = `${part}-${rule.part}`;
      new aws.cloudwatch.MetricAlarm(
        `${name}-${alarm}`,
        {
          // In the subject of the e-mail, so it says where.
          name: longName(this.#config.region.name, alarm),
          ...argsOf(rule),
          dimensions,
          alarmActions: [topic],
          okActions: [topic],
          region: awsRegion,
        },
        { parent: this },
      );
    }
  }
}

function argsOf(rule: AlarmRule): aws.cloudwatch.MetricAlarmArgs {
  const { statistic, over, under = 0 } = rule;
  return {
    alarmDescription: rule.todo,
    namespace: rule.namespace,
    metricName: rule.metric,
    ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
    comparisonOperator: over === undefined ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: over ?? under,
    period: rule.periodSeconds,
    evaluationPeriods: rule.periods,
    datapointsToAlarm: rule.bad ?? rule.periods,
    treatMissingData: rule.missing,
  };
}
