import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { FORWARDING_USER_DATA, KEEP_FORWARDING } from "../../../infra/lib/endpoint-user-data.ts";

const TABLE = "proc/sys/net/netfilter/nf_conntrack_max";
const threaded = (name: string): string => `sys/class/net/${name}/threaded`;

describe("the user data of endpoint nodes", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "node-root-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string): string => readFileSync(join(root, path), "utf8").trim();
  const keep = (): string =>
    execFileSync("sh", ["-e", "-c", KEEP_FORWARDING, "keep-forwarding", root], {
      encoding: "utf8",
      stdio: "pipe",
    });

  it("takes back what kube-proxy set, and threads every WireGuard interface and no other", () => {
    write(TABLE, "131072\n");
    write(threaded("wg0"), "0\n");
    write(threaded("wg1"), "1\n");
    write(threaded("eth0"), "0\n");
    for (const _turn of [1, 2]) {
      assert.equal(keep(), "");
      assert.equal(read(TABLE), "1048576");
      assert.equal(read(threaded("wg0")), "1");
      assert.equal(read(threaded("wg1")), "1");
      assert.equal(read(threaded("eth0")), "0");
    }
  });

  it("leaves a larger table as it is, and does nothing where there is none", () => {
    keep();
    write(TABLE, "2097152\n");
    keep();
    assert.equal(read(TABLE), "2097152");
  });

  it("runs it each minute from the first boot on", () => {
    assert.ok(FORWARDING_USER_DATA.includes(KEEP_FORWARDING));
    assert.match(FORWARDING_USER_DATA, /\nExecStart=\/usr\/local\/sbin\/keep-forwarding\n/);
    assert.match(FORWARDING_USER_DATA, /\nOnUnitActiveSec=1min\n/);
    assert.match(FORWARDING_USER_DATA, /\nsystemctl enable --now keep-forwarding\.timer\n/);
    const [, shell = ""] = /\n(#!\/bin\/bash\n[\s\S]*)--\/\/--\n$/.exec(FORWARDING_USER_DATA) ?? [];
    execFileSync("bash", ["-n"], { input: shell });
    // EC2's limit, before base64.
    assert.ok(Buffer.byteLength(FORWARDING_USER_DATA) < 16 * 1024);
  });
});
