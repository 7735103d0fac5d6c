import type { Properties, ResourceRef, Value } from "../provider.ts";
import { reveal, revealAll } from "../values.ts";
import { allTags } from "./check.ts";
import { UNIQUE_NAMES } from "./diff.ts";
import { compute, withoutWriteOnly, type Model } from "./model.ts";
import { overQuota } from "./quotas.ts";
import { secretKeysOf, textOf, textsOf, type AwsRecord, type AwsRecords } from "./records.ts";

/** Account of a cloud whose provider is configured with no `allowedAccountIds`. */
const LOCAL_ACCOUNT = "000000000000";

/** What the program and the provider's configuration decide of a record; the cloud adds the rest. */
export type AskedFields = Omit<AwsRecord, "id" | "computed" | "confirmed" | "applied">;

export function askedFields(
  ref: ResourceRef,
  model: Model,
  inputs: Properties,
  configuration: Properties,
): AskedFields {
  const values = revealAll(withoutWriteOnly(model, inputs));
  return {
    urn: ref.urn,
    type: ref.type,
    region:
      textOf(values["region"]) ?? textOf(reveal(configuration["region"] ?? null)) ?? "us-east-1",
    account: textsOf(parsed(configuration["allowedAccountIds"]))[0] ?? LOCAL_ACCOUNT,
    inputs: values,
    tagsAll: allTags(model, values, configuration),
    secretKeys: secretKeysOf(inputs),
  };
}

/** Gives a resource its id and its computed outputs. A name that another one has is refused, as on AWS. */
export function newRecord(records: AwsRecords, model: Model, fields: AskedFields): AwsRecord {
  const { type, inputs, region, account } = fields;
  const id = String(compute(model.id, { inputs, id: "", region, account }));
  const taken = records
    .ofType(type)
    .find(
      (other) =>
        other.id === id ||
        UNIQUE_NAMES.some((key) => key in inputs && inputs[key] === other.inputs[key]),
    );
  if (taken !== undefined)
    throw new Error(`${type} ${taken.id} of ${taken.urn} already has this name`);
  const over = overQuota(records, fields);
  if (over !== undefined) throw new Error(over);
  const computed = Object.fromEntries(
    Object.entries(model.computed).map(([key, value]): [string, Value] => [
      key,
      compute(value, { inputs, id, region, account }),
    ]),
  );
  return { ...fields, id, computed, confirmed: false, applied: false };
}

/** The engine hands nested configuration over as JSON text. */
function parsed(value: Value | undefined): Value {
  const plain = reveal(value ?? null);
  return typeof plain === "string" ? (JSON.parse(plain) as Value) : plain;
}
