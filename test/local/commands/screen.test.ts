import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "mocha";
import type { Part } from "../../../local/cloud/parts.ts";
import { renderRegion, type RegionScreen } from "../../../local/commands/screen.ts";

const pod = (name: string, n: number): Part => ({
  name: `pod/${name}`,
  kind: "pod",
  state: "ready",
  address: `127.77.${n}.2`,
});

const screen = (changes: Partial<RegionScreen> = {}): RegionScreen => ({
  parts: [
    { name: "etcd", kind: "control plane", state: "ready", address: "127.50.0.1:12379" },
    { name: "kube-apiserver", kind: "control plane", state: "ready", address: "127.0.0.1:16443" },
    { name: "postgres/shard-0", kind: "database", state: "ready", address: "127.50.0.2:15432" },
    {
      name: "postgres/shard-0-replica-0",
      kind: "database",
      state: "restarting",
      detail: "ended by signal SIGKILL",
      restarts: 2,
    },
    { name: "balancer", kind: "balancer", state: "ready", address: "127.0.0.1:8443" },
    ...Array.from({ length: 7 }, (_, n) => pod(`auth-6d5f9c7b8-${n}abcd`, n)),
    {
      name: "network/underlay",
      kind: "network",
      state: "ready",
      detail: "simulated: network namespaces need root",
    },
  ],
  demo: {
    ok: true,
    steps: [
      {
        name: "sign-up",
        ok: true,
        ms: 120,
        detail: "signed up as newcomer@example.com, user 4611686018427387904",
      },
      {
        name: "connect",
        ok: true,
        ms: 14,
        detail: `got server b of 3 because ${"it has the lowest load and ".repeat(6)}is near`,
      },
    ],
  },
  apiUrl: "https://localhost:8443",
  caFile: "/home/me/my project/.state/pki/ca.pem",
  kubeconfig: "/home/me/kubeconfig",
  psql: ["psql 'host=127.50.0.2 port=15432'", "psql 'host=127.50.0.3 port=15432'"],
  stop: 'Ctrl-C stops it and keeps its data; "npm start" brings it back; "npm run destroy" removes it.',
  colour: false,
  ...changes,
});

describe("the screen after a start", () => {
  it("keeps to 100 columns but for commands, and to one screen", () => {
    const lines = renderRegion(screen()).split("\n");
    for (const line of lines)
      assert.ok(line.length <= 100 || line.includes("curl "), `${line.length}: ${line}`);
    assert.ok(lines.length <= 40, `${lines.length} lines`);
    for (const line of lines) assert.equal(line, line.trimEnd());
  });

  it("shows parts with state and address, and why one is not ready", () => {
    const text = renderRegion(screen());
    assert.match(
      text,
      /^A region of SecureVPN runs on this machine: 12 of 13 parts are ready, a client went through it$/m,
    );
    assert.match(
      text,
      /^control plane +ready +etcd 127\.50\.0\.1:12379 +kube-apiserver 127\.0\.0\.1:16443$/m,
    );
    assert.match(
      text,
      /restarting +postgres\/shard-0-replica-0 \(restarted 2x\): ended by signal SIGKILL/,
    );
    assert.match(text, /network +ready +underlay: simulated: network namespaces need root/);
    for (let n = 0; n < 7; n++) assert.ok(text.includes(`127.77.${n}.2`));
  });

  it("shows what the demo client did, with times, and a step that failed", () => {
    assert.match(renderRegion(screen()), /ok +sign-up +120 ms +signed up as newcomer@example.com/);
    const failed = renderRegion(
      screen({
        demo: { ok: false, steps: [{ name: "login", ok: false, ms: 3, detail: "answered 401" }] },
      }),
    );
    assert.match(failed, /but the demo client failed/);
    assert.match(failed, /FAILED login +3 ms +answered 401/);
  });

  it("gives curl commands that a shell parses into valid JSON, the CA's path quoted", () => {
    const commands = renderRegion(screen())
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("curl "));
    assert.equal(commands.length, 2);
    for (const command of commands) {
      const script = `curl() { printf '%s\\0' "$@"; }; ${command}`;
      const words = execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\0");
      assert.deepEqual(words.slice(0, 2), ["--cacert", "/home/me/my project/.state/pki/ca.pem"]);
      assert.match(words[2] ?? "", /^https:\/\/localhost:8443\/v1\//);
      const data = words.indexOf("-d");
      if (data >= 0)
        assert.deepEqual(Object.keys(JSON.parse(words[data + 1] ?? "")), ["email", "passphrase"]);
    }
  });

  it("says where kubectl and psql connect and how to stop", () => {
    const text = renderRegion(screen());
    assert.match(text, /^kubectl +export KUBECONFIG=\/home\/me\/kubeconfig$/m);
    assert.match(text, /^psql +psql 'host=127\.50\.0\.2 port=15432'\n +psql 'host=127\.50\.0\.3/m);
    assert.match(text, /^stop +Ctrl-C stops it/m);
  });

  it("colours a terminal only", () => {
    assert.ok(!renderRegion(screen()).includes("\u001b"));
    const coloured = renderRegion(screen({ colour: true }));
    assert.ok(coloured.includes("\u001b[32mready"));

    assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), renderRegion(screen()));
  });
});
