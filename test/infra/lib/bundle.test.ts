import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { after, before, describe, it } from "mocha";
import { bundle, contentHash, LOADER } from "../../../infra/lib/bundle.ts";
import { AGENT, SERVICES } from "../../../services/contract/index.ts";

/** What a ConfigMap may hold, so that the API server takes the request with its base64. */
const MAX_BYTES = 700 * 1024;

describe("bundles", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "securevpn-bundle-"));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const boot = (module: Uint8Array): string => {
    const file = join(directory, "main.mjs.br");
    const run = join(directory, "run");
    writeFileSync(file, module);
    mkdirSync(run, { recursive: true });
    return execFileSync(process.execPath, ["-e", LOADER, file, run], {
      encoding: "utf8",
      cwd: directory,
      stdio: "pipe",
    });
  };

  it("of the contract hold it whole, compressed, under a hash of the bytes", () => {
    const made = bundle("services/contract/index.ts");
    const bytes = Buffer.from(made.base64, "base64");
    assert.equal(made.bytes, bytes.length);
    assert.equal(made.hash, contentHash(bytes));
    assert.match(brotliDecompressSync(bytes).toString(), /at\+jwt/);
  });

  it("of every service fit into a ConfigMap", () => {
    const entries = [
      AGENT.entry,
      ...SERVICES.flatMap(({ entry, initEntry }) => [
        entry,
        ...(initEntry === undefined ? [] : [initEntry]),
      ]),
    ];
    for (const entry of entries) {
      const { bytes } = bundle(entry);
      assert.ok(bytes > 1000 && bytes <= MAX_BYTES, `${entry}: ${bytes} bytes`);
    }
  });

  it("are refused with the file's name when the entry is missing", () => {
    assert.throws(() => bundle("services/none/main.ts"), /services\/none\/main\.ts/);
  });

  it("boot by the loader as a module with its own argv and CommonJS's require", () => {
    const source = `import { createRequire } from "node:module";
      console.log(JSON.stringify([process.argv.length, createRequire(import.meta.url)("node:os").EOL]));`;
    assert.deepEqual(JSON.parse(boot(brotliCompressSync(source))), [2, "\n"]);
    assert.equal(readFileSync(join(directory, "run", "main.mjs"), "utf8"), source);
  });

  it("that fail end the container with code 1", () => {
    assert.throws(
      () => boot(brotliCompressSync(`throw new Error("no config")`)),
      (error: { status?: number; stderr?: string }) => error.status === 1,
    );
  });
});
