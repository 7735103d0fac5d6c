/** Names, certificates, delivery, alarms, budgets, logs. Sources: as in network.ts. */
import { arn, globalArn, input, UUID, ZONE_ID, type Planned } from "./planned.ts";
import type { Table } from "./rights.ts";

const certificate = (item: Planned): string => arn("acm", item, `certificate/${UUID}`);

export const ACM: Table = {
  // acm/certificate.go
  "aws:acm/certificate:Certificate": {
    arn: certificate,
    create: "RequestCertificate AddTagsToCertificate",
    read: "DescribeCertificate ListTagsForCertificate",
    update: "AddTagsToCertificate RemoveTagsFromCertificate",
    delete: "DeleteCertificate",
  },
  // acm/certificate_validation.go
  "aws:acm/certificateValidation:CertificateValidation": {
    arn: certificate,
    create: "DescribeCertificate",
    read: "DescribeCertificate",
    update: "",
    delete: "",
  },
};

const TAGS = "TagResource UntagResource";

export const CLOUDFRONT: Table = {
  // cloudfront/distribution.go
  "aws:cloudfront/distribution:Distribution": {
    arn: () => globalArn("cloudfront", "distribution/E0123456789ABC"),
    create: "CreateDistribution TagResource",
    read: "GetDistribution ListTagsForResource",
    update: `UpdateDistribution ${TAGS}`,
    delete: "DeleteDistribution",
  },
  // cloudfront/cache_policy.go
  "aws:cloudfront/cachePolicy:CachePolicy": {
    arn: () => globalArn("cloudfront", `cache-policy/${UUID}`),
    create: "CreateCachePolicy",
    read: "GetCachePolicy",
    update: "UpdateCachePolicy",
    delete: "DeleteCachePolicy",
  },
  // cloudfront/function.go
  "aws:cloudfront/function:Function": {
    arn: () => globalArn("cloudfront", "function/cdn-refuse-0a1b2c3"),
    create: "CreateFunction PublishFunction",
    read: "DescribeFunction GetFunction",
    update: "UpdateFunction PublishFunction",
    delete: "DeleteFunction",
  },
};

export const ROUTE53: Table = {
  // route53/record.go
  "aws:route53/record:Record": {
    arn: () => `arn:aws:route53:::hostedzone/${ZONE_ID}`,
    create: "ChangeResourceRecordSets GetHostedZone",
    read: "ListResourceRecordSets GetHostedZone",
    update: "ChangeResourceRecordSets",
    delete: "ChangeResourceRecordSets",
    also: () => [{ action: "route53:GetChange", arn: "arn:aws:route53:::change/C0123456789ABC" }],
  },
  // route53/health_check.go
  "aws:route53/healthCheck:HealthCheck": {
    arn: () => `arn:aws:route53:::healthcheck/${UUID}`,
    create: "CreateHealthCheck ChangeTagsForResource",
    read: "GetHealthCheck ListTagsForResource",
    update: "UpdateHealthCheck ChangeTagsForResource",
    delete: "DeleteHealthCheck",
  },
};

export const CLOUDWATCH: Table = {
  // cloudwatch/metric_alarm.go
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    arn: (item) => arn("cloudwatch", item, `alarm:${input(item, "name")}`),
    create: "PutMetricAlarm TagResource",
    read: "DescribeAlarms ListTagsForResource",
    update: `PutMetricAlarm ${TAGS}`,
    delete: "DeleteAlarms",
  },
};

export const LOGS: Table = {
  // logs/group.go
  "aws:cloudwatch/logGroup:LogGroup": {
    arn: (item) => arn("logs", item, `log-group:${input(item, "name")}`),
    create: "CreateLogGroup PutRetentionPolicy TagResource",
    read: "DescribeLogGroups ListTagsForResource",
    update: `PutRetentionPolicy AssociateKmsKey ${TAGS}`,
    delete: "DeleteLogGroup",
  },
};

export const BUDGETS: Table = {
  // budgets/budget.go
  "aws:budgets/budget:Budget": {
    arn: (item) => globalArn("budgets", `budget/${input(item, "name")}`),
    create: "ModifyBudget TagResource",
    read: "ViewBudget ListTagsForResource",
    update: `ModifyBudget ${TAGS}`,
    delete: "ModifyBudget",
  },
};

const topic = (item: Planned): string => {
  const found = item.stack.find(({ type }) => type === "aws:sns/topic:Topic");
  return arn("sns", item, found === undefined ? "?" : input(found, "name"));
};

export const SNS: Table = {
  // sns/topic.go
  "aws:sns/topic:Topic": {
    arn: topic,
    create: "CreateTopic SetTopicAttributes TagResource",
    read: "GetTopicAttributes ListTagsForResource",
    update: `SetTopicAttributes ${TAGS}`,
    delete: "DeleteTopic",
  },
  // sns/topic_policy.go
  "aws:sns/topicPolicy:TopicPolicy": {
    arn: topic,
    create: "SetTopicAttributes",
    read: "GetTopicAttributes",
    update: "SetTopicAttributes",
    delete: "SetTopicAttributes",
  },
  // sns/topic_subscription.go: in a stack that sets `alertEmail`
  "aws:sns/topicSubscription:TopicSubscription": {
    arn: topic,
    create: "Subscribe",
    read: "GetSubscriptionAttributes",
    update: "SetSubscriptionAttributes",
    delete: "Unsubscribe",
  },
};
