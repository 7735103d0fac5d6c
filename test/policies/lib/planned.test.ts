import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  at,
  flagAt,
  isOff,
  isSet,
  isStated,
  listAt,
  numberAt,
  plannedOf,
  textAt,
  UNKNOWN,
  type PlannedObject,
} from "../../../policies/lib/planned.ts";
import { asEngineGives, ENGINE_UNKNOWN } from "../support.ts";

const given = asEngineGives({
  name: "shard-0",
  kmsKeyId: ENGINE_UNKNOWN,
  subnetIds: [ENGINE_UNKNOWN, "subnet-1"],
  vpcConfig: { subnetId: ENGINE_UNKNOWN, public: false },
  nothing: null,
});

describe("planned values", () => {
  it("copy what the engine gives without throwing where it is unknown", () => {
    assert.throws(() => given["kmsKeyId"]);
    assert.deepEqual(plannedOf(given), {
      name: "shard-0",
      kmsKeyId: UNKNOWN,
      subnetIds: [UNKNOWN, "subnet-1"],
      vpcConfig: { subnetId: UNKNOWN, public: false },
      nothing: null,
    });
  });

  it("are found by path, and unknown below what is unknown", () => {
    const planned = plannedOf(given);
    assert.equal(at(planned, "vpcConfig.public"), false);
    assert.equal(at(planned, "subnetIds.1"), "subnet-1");
    assert.equal(at(planned, "kmsKeyId.inner"), UNKNOWN);
    assert.equal(at(planned, "name.inner"), undefined);
    assert.equal(at(planned, "vpcConfig.constructor"), undefined);
    assert.deepEqual(listAt(planned, "kmsKeyId"), []);
  });

  it("are read as the type that is wanted, or not at all", () => {
    const planned: PlannedObject = {
      port: "443",
      on: "true",
      off: "false",
      word: "12x",
      flag: UNKNOWN,
    };
    assert.equal(numberAt(planned, "port"), 443);
    assert.equal(numberAt(planned, "word"), undefined);
    assert.equal(flagAt(planned, "on"), true);
    assert.equal(flagAt(planned, "off"), false);
    assert.equal(flagAt(planned, "flag"), undefined);
    assert.equal(textAt(planned, "flag"), undefined);
  });

  it("count as set when unknown, and as off only when it is certain", () => {
    const planned: PlannedObject = { unknown: UNKNOWN, empty: "", none: [], no: false, yes: true };
    assert.equal(isSet(planned, "unknown"), true);
    assert.deepEqual(
      ["empty", "none", "absent"].map((key) => isSet(planned, key)),
      [false, false, false],
    );
    assert.deepEqual(
      ["no", "absent", "unknown", "yes"].map((key) => isOff(planned, key)),
      [true, true, false, false],
    );
  });

  it("are stated only when the provider did not fill them in", () => {
    assert.equal(isStated({ delay: 300 }, "delay"), true);
    assert.equal(isStated({ delay: 300, __defaults: ["delay"] }, "delay"), false);
  });
});
