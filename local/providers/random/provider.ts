import { randomBytes, randomInt, randomUUID } from "node:crypto";
import {
  Secret,
  UNKNOWN,
  type Properties,
  type Provider,
  type ResourceRef,
  type Value,
} from "../provider.ts";
import { changedKeys, hasUnknown, revealAll } from "../values.ts";
import { randomText, TEXT_INPUTS, textFailures } from "./text.ts";

interface Model {
  readonly inputs: readonly string[];
  readonly required: readonly string[];
  /** Outputs that only creation tells. */
  readonly outputs: readonly string[];
  /** Those of the outputs that the engine must keep encrypted. */
  readonly secrets: readonly string[];
  make(inputs: Properties): { id: string; outputs: Properties };
}

const count = (inputs: Properties, key: string): number => Number(inputs[key]);

const MODELS: Readonly<Record<string, Model>> = {
  "random:index/randomPassword:RandomPassword": {
    inputs: TEXT_INPUTS,
    required: ["length"],
    outputs: ["result"],
    secrets: ["result"],
    make: (inputs) => ({ id: "none", outputs: { result: randomText(inputs) } }),
  },
  "random:index/randomString:RandomString": {
    inputs: TEXT_INPUTS,
    required: ["length"],
    outputs: ["result"],
    secrets: [],
    make: (inputs) => {
      const result = randomText(inputs);
      return { id: result, outputs: { result } };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    inputs: ["keepers", "length"],
    required: ["length"],
    outputs: ["base64", "hex"],
    secrets: ["base64", "hex"],
    make: (inputs) => {
      const bytes = randomBytes(count(inputs, "length"));
      return {
        id: "none",
        outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") },
      };
    },
  },
  "random:index/randomId:RandomId": {
    inputs: ["byteLength", "keepers", "prefix"],
    required: ["byteLength"],
    outputs: ["b64Std", "b64Url", "dec", "hex"],
    secrets: [],
    make: (inputs) => {
      const bytes = randomBytes(count(inputs, "byteLength"));
      const prefix = typeof inputs["prefix"] === "string" ? inputs["prefix"] : "";
      const hex = bytes.toString("hex");
      const b64Url = bytes.toString("base64url");
      const forms = {
        b64Std: bytes.toString("base64"),
        b64Url,
        dec: BigInt(`0x${hex}`).toString(),
        hex,
      };
      const outputs = Object.fromEntries(
        Object.entries(forms).map(([key, value]) => [key, prefix + value]),
      );
      return { id: b64Url, outputs };
    },
  },
  "random:index/randomUuid:RandomUuid": {
    inputs: ["keepers"],
    required: [],
    outputs: ["result"],
    secrets: [],
    make: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
  },
  "random:index/randomInteger:RandomInteger": {
    inputs: ["keepers", "max", "min"],
    required: ["max", "min"],
    outputs: ["result"],
    secrets: [],
    make: (inputs) => {
      const result = randomInt(count(inputs, "min"), count(inputs, "max") + 1);
      return { id: String(result), outputs: { result } };
    },
  },
};

function modelOf(ref: ResourceRef): Model {
  const model = MODELS[ref.type];
  if (model === undefined)
    throw new Error(
      `the embedded cloud has no ${ref.type}; it has ${Object.keys(MODELS).join(", ")}`,
    );
  return model;
}

function withSecrets(model: Model, inputs: Properties, made: Properties): Properties {
  const marked = Object.entries(made).map(([key, value]): [string, Value] => [
    key,
    model.secrets.includes(key) ? new Secret(value) : value,
  ]);
  return { ...inputs, ...Object.fromEntries(marked) };
}

function failuresOf(
  ref: ResourceRef,
  model: Model,
  news: Properties,
): { property: string; reason: string }[] {
  const unknown = Object.keys(news).filter((key) => !model.inputs.includes(key));
  const missing = model.required.filter((key) => news[key] === undefined);
  return [
    ...unknown.map((property) => ({
      property,
      reason: `the embedded cloud does not model ${property} of ${ref.type}; it has ${model.inputs.join(", ")}`,
    })),
    ...missing.map((property) => ({ property, reason: "is required" })),
    ...(model.inputs === TEXT_INPUTS && !hasUnknown(news) ? textFailures(revealAll(news)) : []),
  ];
}

/**
 * pulumi-random. Its values live in the engine's state and nowhere else, as with the real one: so a
 * value is stable until an input changes, and any changed input makes a new one.
 */
export function randomProvider(): Provider {
  return {
    name: "random",
    version: "4.21.2",
    check: (ref, news) =>
      Promise.resolve({ inputs: news, failures: failuresOf(ref, modelOf(ref), news) }),
    diff: (_ref, _id, oldInputs, _oldOutputs, news) => {
      const changes = changedKeys(oldInputs, news);
      return Promise.resolve({ changes, replaces: changes });
    },
    create: (ref, inputs, { preview }) => {
      const model = modelOf(ref);
      if (preview) {
        const unknowns = Object.fromEntries(
          model.outputs.map((key): [string, Value] => [key, UNKNOWN]),
        );
        return Promise.resolve({ id: "", outputs: withSecrets(model, inputs, unknowns) });
      }
      const { id, outputs } = model.make(revealAll(inputs));
      return Promise.resolve({ id, outputs: withSecrets(model, inputs, outputs) });
    },
    read: (_ref, id, inputs, outputs) => Promise.resolve({ id, inputs, outputs }),
    update: (_ref, _id, _oldInputs, oldOutputs) => Promise.resolve(oldOutputs),
    delete: () => Promise.resolve(),
  };
}
