import type { Properties } from "../provider.ts";
import { balancerConfig } from "./balancer-config.ts";
import type { AwsBackends, NodeTaint } from "./backends.ts";
import { joinFailure } from "./node-rights.ts";
import {
  listOf,
  numberOf,
  objectOf,
  textMapOf,
  textOf,
  textsOf,
  type AwsRecord,
  type AwsRecords,
} from "./records.ts";

export interface Enacting {
  readonly record: AwsRecord;
  /** Write-only inputs of this call. */
  readonly writeOnly: Properties;
  /** Inputs that were last enacted; undefined at first, and after a failure. */
  readonly previous: Properties | undefined;
}

/** What stands behind one type. `apply` is repeatable and answers outputs that only the deed tells. */
export interface Enactor {
  apply(enacting: Enacting): Promise<Properties>;
  remove?(record: AwsRecord): Promise<void>;
  exists?(record: AwsRecord): boolean;
  /** Why it may not be deleted now. */
  protectedBy?(record: AwsRecord): string | undefined;
}

export const INSTANCE = "aws:rds/instance:Instance";
export const DB_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup";
export const REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
export const CACHE_PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup";
export const CACHE_USER = "aws:elasticache/user:User";
export const CACHE_USER_GROUP = "aws:elasticache/userGroup:UserGroup";
export const EKS_CLUSTER = "aws:eks/cluster:Cluster";
export const EKS_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const SUBNET = "aws:ec2/subnet:Subnet";

const required = (record: AwsRecord, key: string): string => {
  const value = textOf(record.inputs[key]);
  if (value === undefined) throw new Error(`${record.type} ${record.id} has no ${key}`);
  return value;
};

function parametersOf(
  records: AwsRecords,
  type: string,
  name: string | undefined,
): Record<string, string> {
  const group = name === undefined ? undefined : records.get(type, name);
  if (name !== undefined && group === undefined && !name.startsWith("default."))
    throw new Error(`there is no parameter group ${name}`);
  return Object.fromEntries(
    listOf(group?.inputs["parameters"]).map((item) => {
      const { name: key, value } = objectOf(item);
      return [String(key), String(value)];
    }),
  );
}

export function enactors(
  records: AwsRecords,
  backends: AwsBackends,
): Readonly<Record<string, Enactor>> {
  const databases = databaseEnactors(records, backends);
  const caches = cacheEnactors(records, backends);
  return {
    ...databases,
    ...caches,
    ...clusterEnactors(records, backends),
    ...entryEnactors(records, backends),
  };
}

async function applyDatabase(
  records: AwsRecords,
  database: AwsBackends["database"],
  record: AwsRecord,
  password: string | undefined,
): Promise<Properties> {
  const { inputs } = record;
  const { address, port } = await database.apply(
    {
      identifier: required(record, "identifier"),
      region: record.region,
      replicaOf: textOf(inputs["replicateSourceDb"]),
      masterUser: textOf(inputs["username"]),
      databaseName: textOf(inputs["dbName"]),
      parameters: parametersOf(records, DB_PARAMETERS, textOf(inputs["parameterGroupName"])),
    },
    password,
  );
  return { address, port, endpoint: `${address}:${port}` };
}

function databaseEnactors(records: AwsRecords, { database }: AwsBackends): Record<string, Enactor> {
  const apply = (record: AwsRecord, password?: string): Promise<Properties> =>
    applyDatabase(records, database, record, password);
  return {
    [INSTANCE]: {
      apply: ({ record, writeOnly, previous }) => {
        if (
          previous !== undefined &&
          textOf(previous["replicateSourceDb"]) !== textOf(record.inputs["replicateSourceDb"])
        ) {
          throw new Error(
            `${record.id}: the embedded cloud cannot promote a replica, or make a primary one; make a new instance`,
          );
        }
        const rotated =
          previous === undefined ||
          previous["passwordWoVersion"] !== record.inputs["passwordWoVersion"];
        return apply(record, rotated ? textOf(writeOnly["passwordWo"]) : undefined);
      },
      remove: async (record) => {
        const replica = records
          .ofType(INSTANCE)
          .find(({ inputs }) => inputs["replicateSourceDb"] === record.inputs["identifier"]);
        if (replica !== undefined)
          throw new Error(
            `${String(record.inputs["identifier"])} still has the replica ${String(replica.inputs["identifier"])}`,
          );
        await database.delete(required(record, "identifier"));
      },
      exists: (record) => database.has(required(record, "identifier")),
      protectedBy: ({ inputs }) =>
        inputs["deletionProtection"] === true ? "deletionProtection" : undefined,
    },
    [DB_PARAMETERS]: {
      apply: async ({ record }) => {
        for (const user of records.ofType(INSTANCE)) {
          if (user.inputs["parameterGroupName"] === record.id && user.applied) await apply(user);
        }
        return {};
      },
    },
  };
}

function cacheEnactors(records: AwsRecords, { cache }: AwsBackends): Record<string, Enactor> {
  const usersOf = (group: AwsRecord) =>
    textsOf(group.inputs["userGroupIds"])
      .flatMap((id) => textsOf(records.get(CACHE_USER_GROUP, id)?.inputs["userIds"]))
      .flatMap((id) => records.get(CACHE_USER, id) ?? [])
      .map(({ inputs }) => ({
        name: String(inputs["userName"]),
        access: String(inputs["accessString"]),
        passwords: [
          ...textsOf(inputs["passwords"]),
          ...textsOf(objectOf(inputs["authenticationMode"])["passwords"]),
        ],
      }));
  const apply = async (record: AwsRecord): Promise<Properties> => {
    const { address, port } = await cache.apply({
      identifier: record.id,
      region: record.region,
      users: usersOf(record),
      parameters: parametersOf(
        records,
        CACHE_PARAMETERS,
        textOf(record.inputs["parameterGroupName"]),
      ),
    });
    return { primaryEndpointAddress: address, readerEndpointAddress: address, port };
  };
  /** A user, group or parameter changed: whatever uses it follows. */
  const follow: Enactor = {
    apply: async () => {
      for (const group of records.ofType(REPLICATION_GROUP)) if (group.applied) await apply(group);
      return {};
    },
  };
  return {
    [REPLICATION_GROUP]: {
      apply: ({ record }) => apply(record),
      remove: (record) => cache.delete(record.id),
      exists: (record) => cache.has(record.id),
    },
    [CACHE_USER]: follow,
    [CACHE_USER_GROUP]: follow,
    [CACHE_PARAMETERS]: follow,
  };
}

const TAINT_EFFECTS: Readonly<Record<string, NodeTaint["effect"]>> = {
  NO_SCHEDULE: "NoSchedule",
  NO_EXECUTE: "NoExecute",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

function taintOf(value: Properties): NodeTaint {
  const effect = TAINT_EFFECTS[String(value["effect"])];
  if (effect === undefined)
    throw new Error(
      `taint effect ${String(value["effect"])}; allowed: ${Object.keys(TAINT_EFFECTS).join(", ")}`,
    );
  return {
    key: String(value["key"]),
    ...(typeof value["value"] === "string" ? { value: value["value"] } : {}),
    effect,
  };
}

function clusterEnactors(
  records: AwsRecords,
  { cluster, nodeGroup }: AwsBackends,
): Record<string, Enactor> {
  return {
    [EKS_CLUSTER]: {
      apply: async ({ record }) => {
        const { endpoint, caPem } = await cluster.apply({
          name: record.id,
          region: record.region,
          version: textOf(record.inputs["version"]),
        });
        return { endpoint, certificateAuthority: { data: Buffer.from(caPem).toString("base64") } };
      },
      remove: (record) => cluster.delete(record.id),
      exists: (record) => cluster.has(record.id),
      protectedBy: ({ inputs }) =>
        inputs["deletionProtection"] === true ? "deletionProtection" : undefined,
    },
    [EKS_NODE_GROUP]: {
      apply: async ({ record: { inputs, region }, previous }) => {
        const scaling = objectOf(inputs["scalingConfig"]);
        // Nodes that are there stay; those that a new or a failed group starts have to join.
        const failure =
          previous === undefined
            ? joinFailure(records, textOf(inputs["nodeRoleArn"]) ?? "")
            : undefined;
        if (failure !== undefined) throw new Error(failure);
        await nodeGroup.apply({
          clusterName: String(inputs["clusterName"]),
          name: String(inputs["nodeGroupName"]),
          region,
          version: textOf(inputs["version"]),
          instanceType: textsOf(inputs["instanceTypes"])[0] ?? "t3.medium",
          desiredSize: numberOf(scaling["desiredSize"]) ?? 0,
          minSize: numberOf(scaling["minSize"]) ?? 0,
          maxSize: numberOf(scaling["maxSize"]) ?? 0,
          labels: textMapOf(inputs["labels"]),
          taints: listOf(inputs["taints"]).map((taint) => taintOf(objectOf(taint))),
          subnets: textsOf(inputs["subnetIds"]).map((id) => {
            const subnet = records.get(SUBNET, id);
            if (subnet === undefined) throw new Error(`there is no subnet ${id}`);
            return {
              id,
              availabilityZone: textOf(subnet.inputs["availabilityZone"]) ?? `${region}a`,
              public: subnet.inputs["mapPublicIpOnLaunch"] === true,
            };
          }),
        });
        return {};
      },
      remove: ({ inputs }) =>
        nodeGroup.delete(String(inputs["clusterName"]), String(inputs["nodeGroupName"])),
      exists: ({ inputs }) =>
        nodeGroup.has(String(inputs["clusterName"]), String(inputs["nodeGroupName"])),
    },
  };
}

/** The balancer has one configuration, drawn from all records that bear on it. */
function entryEnactors(records: AwsRecords, { balancer }: AwsBackends): Record<string, Enactor> {
  const refresh = async (without?: AwsRecord): Promise<void> => {
    const all = records.all().filter(({ type, id }) => type !== without?.type || id !== without.id);
    await balancer.apply(balancerConfig(all));
  };
  const enactor: Enactor = {
    apply: async () => {
      await refresh();
      return {};
    },
    remove: (record) => refresh(record),
    protectedBy: ({ inputs }) =>
      inputs["enableDeletionProtection"] === true ? "enableDeletionProtection" : undefined,
  };
  const types = [
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
    "aws:lb/listenerRule:ListenerRule",
  ];
  return Object.fromEntries(
    [...types, "aws:autoscaling/attachment:Attachment", "aws:route53/record:Record"].map((type) => [
      type,
      enactor,
    ]),
  );
}
