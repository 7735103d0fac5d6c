import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { programError } from "../../../local/engine/program-error.ts";
import { PROJECT_ROOT } from "../../../local/engine/workspace.ts";

const THROWN = [
  "Running program '/x/infra/index.ts' failed with an unhandled exception:",
  "TypeError: Cannot read properties of undefined (reading 'zones')",
  `    at Object.runProgram [as init] (${PROJECT_ROOT}/node_modules/@pulumi/cmd/run/run.ts:523:33)`,
  `    at new RegionStack (file://${join(PROJECT_ROOT, "infra", "region.ts")}:41:7)`,
  "    at node:internal/modules/esm/loader:647:26 {",
  ...Array.from({ length: 70 }, (_, index) => `  inside${index}: [Object],`),
  "}",
].join("\n");

describe("an error that the program throws", () => {
  it("is shown as its message and the place in our own code", () => {
    assert.equal(
      programError(THROWN, false),
      [
        "TypeError: Cannot read properties of undefined (reading 'zones')",
        "  at infra/region.ts:41",
        "  (SECUREVPN_DEBUG=1 shows all of it)",
      ].join("\n"),
    );
  });

  it("is whole for who asks for it", () => {
    assert.equal(programError(THROWN, true), THROWN);
  });

  it("without frames is cut where the inside of an object begins to fill the screen", () => {
    const lines = Array.from({ length: 90 }, (_, index) => `line ${index}`);
    const text = ["Running program 'x' failed with an unhandled exception:", ...lines].join("\n");
    assert.equal(programError(text, false).split("\n").length, 13);
  });

  it("leaves what the program says on purpose as it is", () => {
    const faults = Array.from({ length: 30 }, (_, index) => `securevpn:key${index} is wrong`);
    assert.equal(programError(faults.join("\n"), false), faults.join("\n"));
  });
});
