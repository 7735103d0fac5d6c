import { InitializationError } from "../errors.ts";
import {
  UNKNOWN,
  type CallOptions,
  type CheckFailure,
  type DiffResult,
  type Properties,
  type Provider,
  type ResourceRef,
  type Value,
} from "../provider.ts";
import { changedKeys, hasUnknown, reveal, revealAll, sameValue } from "../values.ts";
import type { AwsBackends } from "./backends.ts";
import { allTags, checkInputs, isGeneratedName } from "./check.ts";
import { EKS_CLUSTER, EKS_NODE_GROUP, enactors, type Enactor } from "./enactors.ts";
import { compute, type Model } from "./model.ts";
import { CLUSTER } from "./models/cluster.ts";
import { DATA } from "./models/data.ts";
import { DELIVERY } from "./models/delivery.ts";
import { ENTRY } from "./models/entry.ts";
import { NETWORK } from "./models/network.ts";
import { OPERATIONS } from "./models/operations.ts";
import { STORAGE } from "./models/storage.ts";
import {
  AwsRecords,
  conceal,
  objectOf,
  outputsOf,
  secretKeysOf,
  textOf,
  textsOf,
  type AwsRecord,
} from "./records.ts";

/** Every type that the embedded cloud has. */
export const MODELS: Readonly<Record<string, Model>> = {
  ...NETWORK,
  ...CLUSTER,
  ...DATA,
  ...ENTRY,
  ...DELIVERY,
  ...STORAGE,
  ...OPERATIONS,
};

/** Account of a cloud whose provider is configured with no `allowedAccountIds`. */
const LOCAL_ACCOUNT = "000000000000";
/** Inputs that name a resource and are never generated. */
const UNIQUE_NAMES: readonly string[] = [
  "identifier",
  "replicationGroupId",
  "userId",
  "userGroupId",
];
const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** The AWS of the embedded cloud. */
export class AwsProvider implements Provider {
  readonly name = "aws";
  readonly version = "7.48.0";
  readonly #records: AwsRecords;
  readonly #enactors: Readonly<Record<string, Enactor>>;

  constructor(stateDir: string, backends: AwsBackends) {
    this.#records = new AwsRecords(stateDir);
    this.#enactors = enactors(this.#records, backends);
  }

  /** Brings clusters, their nodes and the balancer back; databases and caches revive themselves, before this. */
  async revive(): Promise<void> {
    const apply = async (record: AwsRecord): Promise<void> => {
      if (record.applied)
        await this.#enactors[record.type]?.apply({
          record,
          writeOnly: {},
          previous: record.inputs,
        });
    };
    const listener = this.#records.ofType("aws:lb/listener:Listener").slice(0, 1);
    await Promise.all([...this.#records.ofType(EKS_CLUSTER), ...listener].map(apply));
    await Promise.all(this.#records.ofType(EKS_NODE_GROUP).map(apply));
  }

  /** Changes a resource behind the engine's back, as a hand in the console would. */
  edit(type: string, id: string, change: Properties): void {
    const record = this.#records.get(type, id);
    if (record === undefined) throw new Error(`there is no ${type} ${id}`);
    this.#records.set({ ...record, inputs: { ...record.inputs, ...change } });
  }

  /** What the cloud holds, for tests and for a person. */
  list(): AwsRecord[] {
    return this.#records.all();
  }

  checkConfig(news: Properties): Promise<readonly CheckFailure[]> {
    return Promise.resolve(
      news["region"] === undefined ? [{ property: "region", reason: "is required" }] : [],
    );
  }

  check(
    ref: ResourceRef,
    news: Properties,
    olds: Properties | undefined,
  ): Promise<{ inputs: Properties; failures: readonly CheckFailure[] }> {
    const model = MODELS[ref.type];
    if (model === undefined) {
      return Promise.resolve({
        inputs: news,
        failures: [
          {
            property: "",
            reason: `the embedded cloud has no ${ref.type}; see local/README.md for what it has`,
          },
        ],
      });
    }
    return Promise.resolve(checkInputs(ref, model, news, olds));
  }

  diff(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    configuration: Properties,
  ): Promise<DiffResult> {
    this.#records.confirm(ref.type, id);
    const model = modelOf(ref);
    const changes = changedKeys(oldInputs, news).filter((key) => !model.writeOnly.includes(key));
    const replaces = model.replaceOn.filter(
      (path) =>
        changes.includes(path.split(".")[0] ?? "") &&
        !sameValue(at(oldInputs, path), at(news, path)),
    );
    const tagsAll = hasUnknown(news["tags"] ?? null)
      ? undefined
      : allTags(model, news, configuration);
    if (tagsAll !== undefined && !sameValue(oldOutputs["tagsAll"], tagsAll))
      changes.push("tagsAll");
    return Promise.resolve({
      changes,
      replaces,
      deleteBeforeReplace: replaces.length > 0 && keepsName(ref, model, oldInputs, news),
    });
  }

  async create(
    ref: ResourceRef,
    inputs: Properties,
    options: CallOptions,
  ): Promise<{ id: string; outputs: Properties }> {
    const model = modelOf(ref);
    if (options.preview)
      return { id: "", outputs: previewOutputs(model, inputs, options.configuration) };
    const record = await this.#draft(ref, model, inputs, options.configuration);
    return {
      id: record.id,
      outputs: outputsOf(await this.#enact(record, model, inputs, undefined)),
    };
  }

  async read(
    ref: ResourceRef,
    id: string,
    inputs: Properties,
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | null> {
    const record = this.#records.confirm(ref.type, id);
    if (record === undefined) return null;
    if (record.applied && this.#enactors[ref.type]?.exists?.(record) === false) {
      this.#records.delete(record); // what stood behind it is gone: so is its name, which may be used again
      return null;
    }
    const writeOnly = Object.fromEntries(
      Object.entries(inputs).filter(([key]) => modelOf(ref).writeOnly.includes(key)),
    );
    return {
      id,
      inputs: { ...conceal(record.inputs, record.secretKeys), ...writeOnly },
      outputs: outputsOf(record),
    };
  }

  async update(
    ref: ResourceRef,
    id: string,
    oldInputs: Properties,
    oldOutputs: Properties,
    news: Properties,
    options: CallOptions,
  ): Promise<Properties> {
    const model = modelOf(ref);
    const template =
      ref.type === LAUNCH_TEMPLATE && changedKeys(oldInputs, news).some((key) => key !== "tags");
    const tagsAll = hasUnknown(news["tags"] ?? null)
      ? undefined
      : allTags(model, news, options.configuration);
    if (options.preview) {
      const tags: Properties = model.tagged ? { tagsAll: tagsAll ?? UNKNOWN } : {};
      return {
        ...oldOutputs,
        ...withoutWriteOnly(model, news),
        ...tags,
        ...(template ? { latestVersion: UNKNOWN } : {}),
      };
    }
    const old = this.#records.confirm(ref.type, id);
    if (old === undefined)
      throw new Error(
        `${ref.type} ${id} is not in the embedded cloud any more; "pulumi refresh" tells the engine`,
      );
    const latest = Number(old.computed["latestVersion"] ?? 0) + 1;
    const record: AwsRecord = {
      ...old,
      inputs: revealAll(withoutWriteOnly(model, news)),
      computed: {
        ...old.computed,
        ...(template ? { latestVersion: latest, defaultVersion: latest } : {}),
      },
      tagsAll,
      secretKeys: secretKeysOf(news),
    };
    return outputsOf(await this.#enact(record, model, news, old.applied ? old.inputs : undefined));
  }

  async delete(ref: ResourceRef, id: string): Promise<void> {
    const record = this.#records.confirm(ref.type, id);
    if (record !== undefined) await this.#remove(record);
  }

  async #remove(record: AwsRecord): Promise<void> {
    const enactor = this.#enactors[record.type];
    const lock = enactor?.protectedBy?.(record);
    if (lock !== undefined)
      throw new Error(
        `${record.id} is protected: set ${lock} to false and run "pulumi up" before it can be deleted`,
      );
    await enactor?.remove?.(record);
    this.#records.delete(record);
  }

  /** The record that a create fills: what an interrupted create of the same URN left, or a new one. */
  async #draft(
    ref: ResourceRef,
    model: Model,
    inputs: Properties,
    configuration: Properties,
  ): Promise<AwsRecord> {
    const values = revealAll(withoutWriteOnly(model, inputs));
    const region =
      textOf(values["region"]) ?? textOf(reveal(configuration["region"] ?? null)) ?? "us-east-1";
    const account = textsOf(parsed(configuration["allowedAccountIds"]))[0] ?? LOCAL_ACCOUNT;
    const fields = {
      urn: ref.urn,
      type: ref.type,
      region,
      account,
      inputs: values,
      tagsAll: allTags(model, values, configuration),
      secretKeys: secretKeysOf(inputs),
    };
    const orphan = this.#records.orphanOf(ref.urn);
    if (orphan !== undefined) {
      const same = model.replaceOn.every((path) =>
        sameValue(at(orphan.inputs, path), at(values, path)),
      );
      if (same) return { ...orphan, ...fields };
      await this.#remove(orphan);
    }
    const id = String(compute(model.id, { inputs: values, id: "", region, account }));
    const taken = this.#records
      .ofType(ref.type)
      .find(
        (other) =>
          other.id === id ||
          UNIQUE_NAMES.some((key) => key in values && values[key] === other.inputs[key]),
      );
    if (taken !== undefined)
      throw new Error(`${ref.type} ${taken.id} of ${taken.urn} already has this name`);
    const computed = Object.fromEntries(
      Object.entries(model.computed).map(([key, value]): [string, Value] => [
        key,
        compute(value, { inputs: values, id, region, account }),
      ]),
    );
    return { ...fields, id, computed, confirmed: false, applied: false };
  }

  /** Does what the record says. It is written first, so that nothing is made of which nobody knows. */
  async #enact(
    record: AwsRecord,
    model: Model,
    inputs: Properties,
    previous: Properties | undefined,
  ): Promise<AwsRecord> {
    const enactor = this.#enactors[record.type];
    if (enactor === undefined) {
      const done = { ...record, applied: true };
      this.#records.set(done);
      return done;
    }
    this.#records.set({ ...record, applied: false });
    const writeOnly = revealAll(
      Object.fromEntries(Object.entries(inputs).filter(([key]) => model.writeOnly.includes(key))),
    );
    try {
      const done = {
        ...record,
        computed: { ...record.computed, ...(await enactor.apply({ record, writeOnly, previous })) },
        applied: true,
      };
      this.#records.set(done);
      return done;
    } catch (error) {
      throw new InitializationError(record.id, outputsOf(record), [
        error instanceof Error ? error.message : String(error),
      ]);
    }
  }
}

function modelOf(ref: ResourceRef): Model {
  const model = MODELS[ref.type];
  if (model === undefined) throw new Error(`the embedded cloud has no ${ref.type}`);
  return model;
}

const withoutWriteOnly = (model: Model, properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !model.writeOnly.includes(key)));

/** The value at a dotted path. */
function at(properties: Properties, path: string): Value | undefined {
  const [head = "", ...rest] = path.split(".");
  const value = reveal(properties[head] ?? null);
  if (value === UNKNOWN || rest.length === 0) return value;
  return at(objectOf(value), rest.join("."));
}

function parsed(value: Value | undefined): Value {
  const plain = reveal(value ?? null);
  return typeof plain === "string" ? (JSON.parse(plain) as Value) : plain;
}

/**
 * A name that stays is taken until the old one is gone, so the new one cannot come first. A generated
 * name does not stay: the engine checks the replacement anew, and gets another.
 */
function keepsName(ref: ResourceRef, model: Model, olds: Properties, news: Properties): boolean {
  const name = model.autoName?.input ?? model.replaceOn.find((key) => UNIQUE_NAMES.includes(key));
  if (name === undefined) return typeof model.id === "string" && !model.id.includes("{hex");
  return sameValue(olds[name], news[name]) && !isGeneratedName(ref, name, news);
}

function previewOutputs(model: Model, inputs: Properties, configuration: Properties): Properties {
  const unknowns = Object.fromEntries(
    [...Object.keys(model.computed), ...model.told].map((key): [string, Value] => [key, UNKNOWN]),
  );
  const tagsAll = hasUnknown(inputs["tags"] ?? null)
    ? undefined
    : allTags(model, inputs, configuration);
  return {
    ...withoutWriteOnly(model, inputs),
    ...unknowns,
    ...(model.tagged ? { tagsAll: tagsAll ?? UNKNOWN } : {}),
  };
}
