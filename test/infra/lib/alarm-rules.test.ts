import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  defaultMaxConnections,
  RESERVED_CONNECTIONS,
} from "../../../facts/database-connections.ts";
import { DATABASE_CLASSES } from "../../../facts/instance-capacity.ts";
import { databaseRules, type AlarmRule } from "../../../infra/lib/alarm-rules.ts";

const GIB = 2 ** 30;
const STORAGE_GB = 100;

/** Bounds between which a metric of an instance can stand. */
function rangeOf(instanceClass: string): Readonly<Record<string, readonly [number, number]>> {
  const connections = defaultMaxConnections(instanceClass) ?? 0;
  return {
    CPUUtilization: [0, 100],
    FreeStorageSpace: [0, STORAGE_GB * GIB],
    FreeableMemory: [0, (DATABASE_CLASSES[instanceClass]?.memoryGib ?? 0) * GIB],
    DatabaseConnections: [0, connections - RESERVED_CONNECTIONS],
    ReplicaLag: [0, Number.POSITIVE_INFINITY],
  };
}

/** Whether some value of the metric rings the alarm and another does not. */
function canRingAndRest(rule: AlarmRule, instanceClass: string): boolean {
  const [least, most] = rangeOf(instanceClass)[rule.metric] ?? [0, 0];
  const limit = rule.over ?? rule.under ?? Number.NaN;
  return limit > least && limit < most;
}

describe("alarms of a database", () => {
  const rulesOf = (instanceClass: string): AlarmRule[] =>
    databaseRules({ instanceClass, storageGb: STORAGE_GB, replica: true });

  for (const instanceClass of Object.keys(DATABASE_CLASSES))
    it(`can each ring on ${instanceClass}`, () => {
      const dead = rulesOf(instanceClass).filter((rule) => !canRingAndRest(rule, instanceClass));
      assert.deepEqual(dead, []);
    });

  it("count connections from what an instance of 1 GiB takes, not from its whole memory", () => {
    const rule = rulesOf("db.t4g.micro").find(({ part }) => part === "connections");
    assert.equal(rule?.over, 64);
  });

  it("do not ring on a replica of a shard that nobody writes to", () => {
    const rule = rulesOf("db.m7g.large").find(({ part }) => part === "lag");
    // RDS ends a WAL segment every 5 minutes, and until then an idle replica's lag grows.
    assert.ok((rule?.over ?? 0) > 300);
  });

  it("are refused for a class whose memory nobody knows", () => {
    assert.throws(() => rulesOf("db.z1d.large"), /memory of "db.z1d.large" is not known/);
  });
});
