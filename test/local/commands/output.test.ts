import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { PROJECT_ROOT } from "../../../local/engine/workspace.ts";

describe("a command's output through a pipe", () => {
  const folder = mkdtempSync(join(tmpdir(), "securevpn-output-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Bytes that a reader gets who begins late, and the exit code. */
  function read(main: string, delay: number): Promise<{ bytes: number; code: number | null }> {
    const file = join(folder, "command.ts");
    const module = join(PROJECT_ROOT, "local", "commands", "command.ts");
    writeFileSync(file, `import { command } from "${module}";\ncommand(async () => {${main}});\n`);
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "ignore"] });
    let bytes = 0;
    setTimeout(() => child.stdout.on("data", (data: Buffer) => (bytes += data.length)), delay);
    return new Promise((resolve) => child.on("close", (code) => resolve({ bytes, code })));
  }

  it("is whole, however late it is read", async () => {
    const main = 'process.stdout.write("x".repeat(3_000_000)); return 3;';
    assert.deepEqual(await read(main, 500), { bytes: 3_000_000, code: 3 });
  });

  it("is whole where the command fails after it", async () => {
    const main = 'process.stdout.write("x".repeat(3_000_000)); throw new Error("no");';
    assert.deepEqual(await read(main, 500), { bytes: 3_000_000, code: 1 });
  });
});
