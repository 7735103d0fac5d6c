import { flagAt, isSet, textAt } from "../../lib/planned.ts";
import type { StackResource } from "../../lib/rule.ts";
import { CostError } from "../errors.ts";
import type { Charge, Family } from "../charge.ts";
import { knownNumber, knownText } from "../known.ts";
import { HOURS } from "../plan.ts";

const component = "database and caching";
export const INSTANCE = "aws:rds/instance:Instance";

const VCPUS: Readonly<Record<string, number>> = {
  micro: 2,
  small: 2,
  medium: 2,
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
};

/** The instance that a replica or a copy of backups comes from. */
export const sourceOf = (resource: StackResource, property: string): StackResource | undefined =>
  resource.relations(property).find(({ type }) => type === INSTANCE);

/** GB of an instance's storage; a replica that states none has its source's. */
export function storageOf(instance: StackResource): number {
  const source = sourceOf(instance, "replicateSourceDb");
  const inherited = source === undefined ? undefined : knownNumber(source, "allocatedStorage");
  return knownNumber(instance, "allocatedStorage", inherited);
}

/** Advanced is paid by vCPU; RDS itself chooses it where nothing is stated for some engines. */
function insights(instance: StackResource): readonly Charge[] {
  if (textAt(instance.props, "databaseInsightsMode") !== "advanced") return [];
  const size = knownText(instance, "instanceClass").split(".")[2] ?? "";
  const vcpus = VCPUS[size];
  if (vcpus === undefined) {
    throw new CostError(
      "instanceClass",
      `vCPUs of ${instance.name}'s size ${size} are not known: sizes are ${Object.keys(VCPUS).join(", ")}`,
    );
  }
  return [
    {
      component,
      item: "Database Insights Advanced",
      quantity: vcpus * HOURS,
      price: ["rds", "database-insights-advanced"],
    },
  ];
}

/** Multi-AZ has rows of its own: twice Single-AZ is not always its price. */
export const database: Family = {
  types: [INSTANCE],
  charges: (instance) => {
    const zones = flagAt(instance.props, "multiAz") === true ? "multi-az" : "single-az";
    const instanceClass = knownText(instance, "instanceClass");
    const storage = textAt(instance.props, "storageType") ?? "gp3";
    const kind = isSet(instance.props, "replicateSourceDb") ? "replica" : "primary";
    return [
      {
        component,
        item: `${kind} ${instanceClass}, ${zones}`,
        quantity: HOURS,
        price: ["rds-postgres", `${instanceClass}-${zones}`],
      },
      {
        component,
        item: `${storage} storage, ${zones}`,
        quantity: storageOf(instance),
        price: ["rds", `${storage}-storage-${zones}`],
      },
      ...(isSet(instance.props, "iops")
        ? [
            {
              component,
              item: "provisioned IOPS",
              quantity: knownNumber(instance, "iops"),
              price: ["rds", `${storage}-iops-${zones}`],
            } as const,
          ]
        : []),
      ...insights(instance),
    ];
  },
};

/** Backups in a second region have no free part: one copy of the whole storage is counted. */
export const backupReplication: Family = {
  types: ["aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"],
  charges: (resource) => {
    const source = sourceOf(resource, "sourceDbInstanceArn");
    if (source === undefined) {
      throw new CostError(
        "sourceDbInstanceArn",
        `sourceDbInstanceArn of ${resource.type} ${resource.name} must come from an instance of the stack, whose storage is the copy's size`,
      );
    }
    return [
      {
        component,
        item: `copy of ${source.name}'s backups in a second region`,
        quantity: storageOf(source),
        price: ["rds", "cross-region-backup-storage"],
      },
    ];
  },
};
