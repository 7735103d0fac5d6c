import { describe } from "mocha";
import { settings } from "../../../policies/kubernetes/settings.ts";
import { UNKNOWN, type Planned } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import type { Fixture } from "../support.ts";
import { CONTAINER, PODS, UNREADABLE } from "./fixtures.ts";

const JOB: Fixture = {
  type: "kubernetes:batch/v1:CronJob",
  name: "maintenance",
  props: {
    spec: {
      schedule: "@hourly",
      suspend: false,
      jobTemplate: { spec: { template: { spec: { containers: [{ name: "sweep" }] } } } },
    },
  },
};
interface Setting {
  readonly title: string;
  readonly change: Readonly<Record<string, Planned>>;
}
const env = (name: string, value: Planned): Setting => ({
  title: `${name}=${typeof value === "string" ? value : "?"}`,
  change: { [`${CONTAINER}.env`]: [{ name, value }] },
});

describe("policies of settings", () => {
  describeCases([
    {
      rule: settings,
      compliant: [...PODS, JOB],
      fine: [env("GF_AUTH_ANONYMOUS_ENABLED", "false"), env("PGSSLMODE", "verify-full")],
      violating: [
        ...UNREADABLE,
        {
          ...env("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
          says: [
            "container auth: env NODE_TLS_REJECT_UNAUTHORIZED must be absent: TLS to databases and cache must be verified",
          ],
        },
        {
          ...env("NODE_OPTIONS", "--require=/tmp/x.js"),
          says: [
            "container auth: env NODE_OPTIONS must be absent: it loads code and opens debuggers; name flags in the command",
          ],
        },
        {
          ...env("GF_AUTH_ANONYMOUS_ENABLED", "true"),
          says: ["container auth: env GF_AUTH_ANONYMOUS_ENABLED must be false: it is true"],
        },
        {
          ...env("PGSSLMODE", UNKNOWN),
          says: ["container auth: env PGSSLMODE must be verify-full or verify-ca: it is not known"],
        },
        {
          title: "a job that deletes what ended, asleep",
          of: "maintenance",
          change: { "spec.suspend": true },
          says: ["spec.suspend must be off: what ended would be kept for ever"],
        },
      ],
    },
  ]);
});
