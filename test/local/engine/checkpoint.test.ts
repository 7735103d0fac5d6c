import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { keepCheckpoint, restoreCheckpoint } from "../../../local/engine/checkpoint.ts";

describe("the engine's state after a kill", () => {
  let engineDir = "";
  let file = "";
  let said: string[] = [];
  beforeEach(() => {
    engineDir = mkdtempSync(join(tmpdir(), "securevpn-checkpoint-"));
    file = join(engineDir, "backend", ".pulumi", "stacks", "securevpn", "local.json");
    mkdirSync(dirname(file), { recursive: true });
    said = [];
  });
  afterEach(() => rmSync(engineDir, { recursive: true, force: true }));
  const restore = (): void =>
    restoreCheckpoint(engineDir, "securevpn", "local", (line) => void said.push(line));

  it("that is cut off becomes the state of the step before, and this is said", () => {
    writeFileSync(file, `{"version":3,"checkpoint":{"st`);
    writeFileSync(`${file}.bak`, `{"version":3}`);
    restore();
    assert.equal(readFileSync(file, "utf8"), `{"version":3}`);
    assert.match(said.join(), /killed while it wrote its state/);
  });

  it("that is empty counts as cut off", () => {
    writeFileSync(file, "");
    writeFileSync(`${file}.bak`, `{"version":3}`);
    restore();
    assert.equal(readFileSync(file, "utf8"), `{"version":3}`);
  });

  it("that is whole is left alone, and so is none", () => {
    restore();
    writeFileSync(file, `{"version":3,"whole":true}`);
    writeFileSync(`${file}.bak`, `{"version":3}`);
    restore();
    assert.equal(readFileSync(file, "utf8"), `{"version":3,"whole":true}`);
    assert.deepEqual(said, []);
  });

  it("that is lost with its backup becomes the youngest whole one of earlier updates", () => {
    const history = join(engineDir, "backend", ".pulumi", "history", "securevpn", "local");
    mkdirSync(history, { recursive: true });
    const past = (at: number, content: string): void => {
      const update = join(history, `local-${at}.checkpoint.json`);
      writeFileSync(update, content);
      utimesSync(update, at, at);
    };
    past(1, `{"version":3,"update":1}`);
    past(2, `{"version":3,"update":2}`);
    past(3, `{"version":3,"upd`);
    writeFileSync(file, "{");
    writeFileSync(`${file}.bak`, "");
    restore();
    assert.equal(readFileSync(file, "utf8"), `{"version":3,"update":2}`);
    assert.match(said.join(), /goes on from the last whole state/);
  });

  it("that is lost in its first update becomes the copy that was kept before it", () => {
    writeFileSync(file, `{"version":3}`);
    keepCheckpoint(engineDir, "securevpn", "local");
    writeFileSync(file, "{");
    keepCheckpoint(engineDir, "securevpn", "local");
    restore();
    assert.equal(readFileSync(file, "utf8"), `{"version":3}`);
  });

  it("that is lost with all others says what to do", () => {
    writeFileSync(file, "{");
    assert.throws(restore, /is cut off, and so is its backup .*begin anew with --fresh/);
  });
});
