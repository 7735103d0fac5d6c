import { isSet, numberAt, objectsAt } from "../../lib/planned.ts";
import type { Family } from "../charge.ts";

const component = "monitoring and operations";

/** An alarm over an expression costs as many alarms as it reads metrics. */
export const alarm: Family = {
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
  charges: ({ props }) => {
    const queries = objectsAt(props, "metricQueries").filter((query) => isSet(query, "metric"));
    const periods = [
      numberAt(props, "period"),
      ...queries.map((query) => numberAt(query, "metric.period")),
    ];
    const quick = periods.some((period) => period !== undefined && period < 60);
    return [
      {
        component,
        item: quick ? "high-resolution alarm" : "alarm",
        quantity: Math.max(1, queries.length),
        price: ["cloudwatch", quick ? "alarm-high-resolution" : "alarm-standard"],
      },
    ];
  },
};

export const compositeAlarm: Family = {
  types: ["aws:cloudwatch/compositeAlarm:CompositeAlarm"],
  charges: () => [
    { component, item: "composite alarm", quantity: 1, price: ["cloudwatch", "alarm-composite"] },
  ],
};

export const metricFilter: Family = {
  types: ["aws:cloudwatch/logMetricFilter:LogMetricFilter"],
  charges: () => [
    {
      component,
      item: "custom metric",
      quantity: 1,
      price: ["cloudwatch", "custom-metric-first-10000"],
    },
  ],
};

export const dashboard: Family = {
  types: ["aws:cloudwatch/dashboard:Dashboard"],
  charges: () => [
    { component, item: "dashboard", quantity: 1, price: ["cloudwatch", "dashboard"] },
  ],
};
