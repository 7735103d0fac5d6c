import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Secret, UNKNOWN, type Properties } from "../../../local/providers/provider.ts";
import { randomProvider } from "../../../local/providers/random/provider.ts";

const provider = randomProvider();
const signal = new AbortController().signal;
const ref = (kind: string) => ({
  urn: "urn",
  name: "x",
  type: `random:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`,
});
const create = (kind: string, inputs: Properties, preview = false) =>
  provider.create(ref(kind), inputs, { preview, configuration: {}, signal });
const plain = (value: unknown): string => {
  assert.ok(value instanceof Secret);
  return String(value.value);
};

describe("the random provider", () => {
  it("makes passwords of the asked length and classes, as secrets", async () => {
    const { outputs } = await create("RandomPassword", {
      length: 40,
      special: false,
      minNumeric: 5,
      minUpper: 30,
    });
    const password = plain(outputs["result"]);
    assert.match(password, /^[A-Za-z0-9]{40}$/);
    assert.ok((password.match(/\d/g) ?? []).length >= 5);
    assert.ok((password.match(/[A-Z]/g) ?? []).length >= 30);
    assert.notEqual(
      plain((await create("RandomPassword", { length: 40 })).outputs["result"]),
      password,
    );
  });

  it("makes bytes as secret hex and base64 of the same bytes", async () => {
    const { outputs } = await create("RandomBytes", { length: 32 });
    assert.equal(
      Buffer.from(plain(outputs["base64"]), "base64").toString("hex"),
      plain(outputs["hex"]),
    );
    assert.equal(plain(outputs["hex"]).length, 64);
  });

  it("makes ids in four forms of the same bytes, with the prefix", async () => {
    const { id, outputs } = await create("RandomId", { byteLength: 4, prefix: "p-" });
    const hex = String(outputs["hex"]).slice(2);
    assert.equal(outputs["dec"], `p-${BigInt(`0x${hex}`)}`);
    assert.equal(Buffer.from(id, "base64url").toString("hex"), hex);
  });

  it("knows no value in a preview", async () => {
    const { outputs } = await create("RandomPassword", { length: 8 }, true);
    assert.deepEqual(outputs["result"], new Secret(UNKNOWN));
  });

  it("keeps a value until an input changes, then makes a new one", async () => {
    const olds = { length: 8, keepers: { version: "1" } };
    const diff = (news: Properties) =>
      provider.diff(ref("RandomPassword"), "none", olds, {}, news, {});
    assert.deepEqual(await diff({ keepers: { version: "1" }, length: 8 }), {
      changes: [],
      replaces: [],
    });
    assert.deepEqual(await diff({ ...olds, keepers: { version: "2" } }), {
      changes: ["keepers"],
      replaces: ["keepers"],
    });
  });

  it("refuses what cannot be made, naming the property", async () => {
    const failures = async (inputs: Properties) =>
      (await provider.check(ref("RandomPassword"), inputs, undefined, {})).failures.map(
        ({ property }) => property,
      );
    assert.deepEqual(await failures({ length: 8 }), []);
    assert.deepEqual(await failures({}), ["length", "length"]);
    assert.deepEqual(await failures({ length: 4, minLower: 5 }), ["length"]);
    assert.deepEqual(await failures({ length: 4, lengt: 5 }), ["lengt"]);
    await assert.rejects(
      async () => provider.check(ref("RandomPet"), {}, undefined, {}),
      /has no random:index\/randomPet:RandomPet/,
    );
  });
});
