import { model, type ModelTable } from "../model.ts";

/** Alarms, budgets and copies of backups are kept and given back: nothing here measures, bills or copies. */
export const OPERATIONS: ModelTable = {
  "aws:sns/topic:Topic": model({
    echoes:
      "name namePrefix displayName kmsMasterKeyId policy deliveryPolicy signatureVersion tracingConfig fifoTopic",
    replaceOn: "name namePrefix fifoTopic",
    autoName: "name",
    id: "arn:aws:sns:{region}:{account}:{name}",
    computed: { arn: "{id}", owner: "{account}" },
  }),
  "aws:sns/topicPolicy:TopicPolicy": model({
    echoes: "arn policy",
    required: "arn policy",
    replaceOn: "arn",
    id: "{arn}",
    computed: { owner: "{account}" },
    tagged: false,
  }),
  "aws:sns/topicSubscription:TopicSubscription": model({
    echoes:
      "topic protocol endpoint rawMessageDelivery filterPolicy deliveryPolicy redrivePolicy endpointAutoConfirms confirmationTimeoutInMinutes",
    required: "topic protocol endpoint",
    replaceOn: "topic protocol endpoint",
    id: "{topic}:{hex8}-{hex4}-{hex4}-{hex4}-{hex12}",
    // As AWS has it until somebody answers the mail.
    computed: { arn: "{id}", pendingConfirmation: () => true, ownerId: "{account}" },
    tagged: false,
  }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": model({
    echoes: [
      "name alarmDescription namespace metricName dimensions statistic extendedStatistic comparisonOperator threshold period evaluationPeriods datapointsToAlarm",
      "treatMissingData alarmActions okActions insufficientDataActions actionsEnabled unit metricQueries evaluateLowSampleCountPercentiles",
    ].join(" "),
    required: "comparisonOperator evaluationPeriods",
    replaceOn: "name",
    autoName: "name",
    id: "{name}",
    computed: { arn: "arn:aws:cloudwatch:{region}:{account}:alarm:{id}" },
  }),
  "aws:budgets/budget:Budget": model({
    echoes:
      "name namePrefix accountId budgetType timeUnit timePeriodStart timePeriodEnd limitAmount limitUnit costFilters filterExpression metrics costTypes notifications",
    required: "budgetType timeUnit",
    needs: { filterExpression: "metrics" },
    replaceOn: "name namePrefix accountId",
    autoName: "name",
    maxLength: 100,
    id: "{account}:{name}",
    computed: { arn: "arn:aws:budgets::{account}:budget/{name}" },
    regional: false,
  }),
  "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": model({
    echoes: "sourceDbInstanceArn kmsKeyId retentionPeriod",
    required: "sourceDbInstanceArn",
    replaceOn: "sourceDbInstanceArn kmsKeyId retentionPeriod",
    id: "arn:aws:rds:{region}:{account}:auto-backup:ab-{hex26}",
    tagged: false,
  }),
};
