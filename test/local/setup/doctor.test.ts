import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import net from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { addressPlan } from "../../../local/cloud/addresses.ts";
import { wantedPorts } from "../../../local/cloud/wanted-ports.ts";
import { examineAccount, stackFindings } from "../../../local/setup/doctor/account.mjs";
import { costOfSetUp, isAtLeast, judgeTool } from "../../../local/setup/doctor/machine.mjs";
import { regionPorts, takenPorts } from "../../../local/setup/doctor/ports.mjs";
import { TOOLSETS } from "../../../local/setup/toolsets.mjs";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** No developer's cloud and no other test's. */
const SLOT = 9;
const SECRETS = [
  "AKIATHISISNOTAKEY0",
  "s3cr3t-access-key",
  "s3cr3t-session-token",
  "s3cr3t-phrase",
];

interface Report {
  readonly startWorks: boolean;
  readonly setUp: { readonly minutes: number; readonly megabytes: number };
  readonly machine: readonly {
    readonly state: string;
    readonly name: string;
    readonly found: string;
  }[];
}

describe("npm run doctor", () => {
  let box: string;
  beforeEach(() => (box = mkdtempSync(join(tmpdir(), "securevpn-doctor-"))));
  afterEach(() => rmSync(box, { recursive: true, force: true }));

  /** The project as it lies there after `git clone`: no package is installed. */
  function clone(): string {
    const folder = join(box, "clone");
    for (const name of ["local/setup", "tools", "package.json", "package-lock.json"])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    cpSync(join(ROOT, "Pulumi.prod.yaml"), join(folder, "Pulumi.prod.yaml"));
    return folder;
  }

  function doctor(folder: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const main = join(folder, "local", "setup", "doctor", "main.mjs");
    return spawnSync(process.execPath, [main, ...args], {
      encoding: "utf8",
      env: {
        ...process.env,
        SECUREVPN_SLOT: String(SLOT),
        SECUREVPN_STATE: join(box, "state"),
        ...env,
      },
    });
  }

  it("runs before anything is installed, and says what set-up will take", () => {
    const { stdout, stderr } = doctor(clone(), ["--json"]);
    assert.equal(stderr, "");
    const report = JSON.parse(stdout) as Report;
    const packages = report.machine.find(({ name }) => name === "npm packages");
    assert.equal(packages?.state, "set-up");
    assert.ok(report.setUp.megabytes >= 700 && report.setUp.minutes >= 0.5);
  });

  it("exits 1 and names the port when a start would find it taken", async () => {
    const { balancer } = addressPlan(SLOT);
    const squatter = net.createServer();
    await new Promise<void>((resolve) => squatter.listen(balancer.port, balancer.host, resolve));
    const { status, stdout } = doctor(ROOT);
    await new Promise((resolve) => squatter.close(resolve));
    assert.equal(status, 1, stdout);
    assert.match(stdout, /STOP +ports +in use: 8452 on 127\.0\.0\.1 \(balancer\)/);
    assert.match(stdout, /npm start does not work here yet: ports\./);
  });

  it("tells its own region's ports from a stranger's", async () => {
    const { balancer } = addressPlan(SLOT);
    const region = net.createServer();
    await new Promise<void>((resolve) => region.listen(balancer.port, balancer.host, resolve));
    const state = (pid: number): NodeJS.ProcessEnv => {
      const folder = mkdtempSync(join(box, "state-"));
      writeFileSync(join(folder, "lock.json"), JSON.stringify({ pid }));
      return { SECUREVPN_STATE: folder };
    };
    const running = doctor(ROOT, [], state(process.pid));
    const killed = doctor(ROOT, [], state(2 ** 30));
    await new Promise((resolve) => region.close(resolve));
    assert.match(running.stdout, /ok +ports +a region of .* holds 1 of them: npm run status/);
    assert.equal(running.status, 0, running.stdout);
    assert.equal(killed.status, 1, killed.stdout);
  });

  it("exits 0 where a start works, whatever the account lacks", () => {
    const { status, stdout } = doctor(ROOT);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /npm start works here; nothing is left to set up\./);
  });

  it("never prints a credential", () => {
    const [id, key, token, phrase] = SECRETS;
    const env = {
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: key,
      AWS_SESSION_TOKEN: token,
      PULUMI_CONFIG_PASSPHRASE: phrase,
      PULUMI_BACKEND_URL: "s3://user:s3cr3t-phrase@bucket?region=us-west-2",
    };
    for (const args of [[], ["--json"]]) {
      const { stdout, stderr } = doctor(ROOT, args, env);
      assert.match(stdout, /a session or key in the environment/);
      for (const secret of SECRETS) assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
    }
  });

  it("refuses an argument that it does not know", () => {
    const { status, stderr } = doctor(ROOT, ["--fix"]);
    assert.equal(status, 2);
    assert.match(stderr, /^usage: npm run doctor/);
  });
});

describe("what the doctor says of a machine", () => {
  const [pulumi] = TOOLSETS;
  assert.ok(pulumi !== undefined);

  it("looks at the ports that a start looks at, in every slot", () => {
    for (let slot = 0; slot < 10; slot += 1)
      assert.deepEqual(
        regionPorts(slot),
        wantedPorts(addressPlan(slot)).map(({ address, port, what }) => ({ address, port, what })),
      );
  });

  it("sees a listener on the address, below its prefix and on a wildcard, but no connection", () => {
    const table = (...rows: string[]): string => ["head", ...rows].join("\n");
    const at = (address: string, port: number, state = "0A"): string =>
      `0: ${address}:${port.toString(16).toUpperCase()} 00000000:0000 ${state}`;
    const taken = (row: string): string[] => takenPorts(0, [table(row)]).map(({ what }) => what);
    assert.deepEqual(taken(at("0100007F", 8443)), ["balancer"]);
    assert.deepEqual(taken(at("0700327F", 15432)), ["databases"]);
    assert.deepEqual(taken(at("0".repeat(32), 12379)), ["etcd"]);
    assert.deepEqual(taken(at("0200007F", 8443)), []);
    assert.deepEqual(taken(at("0100007F", 8443, "01")), []);
  });

  it("compares versions by number", () => {
    assert.ok(isAtLeast("1.26.8", "1.26.0") && isAtLeast("1.26", "1.26.0"));
    assert.ok(!isAtLeast("1.9.9", "1.25.11") && !isAtLeast("1.25.10", "1.25.11"));
  });

  it("knows three ways to a missing binary, and none without network and Go", () => {
    const judge = (go: string | undefined, published: boolean) =>
      judgeTool(pulumi, { go, published });
    assert.match(judge(undefined, true).advice, /official download/);
    assert.match(judge("1.26.8", false).advice, /^compiled here, about 4 min/);
    assert.match(
      judge("1.22.0", false).advice,
      /^compiled here by a Go 1\.25\.11 that Go 1\.22\.0/,
    );
    assert.equal(judge("1.20.0", false).state, "blocks");
    assert.match(judge(undefined, false).advice, /Install Go 1\.25\.11 or newer/);
  });

  it("adds up what a first set-up takes", () => {
    const built = TOOLSETS.map((toolset) => judgeTool(toolset, { go: "1.26.8", published: false }));
    const packages = { state: "ok", name: "npm packages", found: "", advice: "" } as const;
    const { minutes, megabytes } = costOfSetUp(packages, built);
    assert.equal(
      minutes,
      TOOLSETS.reduce((sum, toolset) => sum + toolset.minutes, 0),
    );
    assert.ok(megabytes > 5_000, String(megabytes));
    assert.deepEqual(costOfSetUp(packages, []), { minutes: 0, megabytes: 0 });
  });
});

describe("what the doctor says of an account", () => {
  const READY = `secretsprovider: awskms://alias/securevpn-state
encryptedkey: abc
config:
  securevpn:zoneName: vpn.example.com
  securevpn:hostedZoneId: Z04ABCDEFG
  securevpn:deployerRoleArn: arn:aws:iam::123456789012:role/securevpn-deployer
  securevpn:allowedAccountIds: ["123456789012"]
  securevpn:alertEmail: ops@vpn.example.com
`;
  const without = (key: string): string => READY.replace(new RegExp(`^.*${key}.*\\n`, "m"), "");

  it("finds nothing to say of a stack that is ready", () => {
    assert.deepEqual(
      stackFindings("Pulumi.prod.yaml", READY).map(({ state }) => state),
      ["ok"],
    );
  });

  it("names each placeholder and each key that is missing", () => {
    const cases: readonly [string, RegExp][] = [
      [READY.replace("vpn.example.com", "securevpn.example"), /zoneName is the example's/],
      [READY.replace("Z04ABCDEFG", "ZONE"), /hostedZoneId names no hosted zone/],
      [READY.replace("Z04ABCDEFG", "Z0000000000000000000"), /hostedZoneId names no hosted zone/],
      [READY.replace("::123456789012:", "::000000000000:"), /deployerRoleArn is in no account/],
      [READY.replace('["123456789012"]', "[]"), /allowedAccountIds names no account/],
      [without("hostedZoneId"), /hostedZoneId names no hosted zone/],
      [without("allowedAccountIds"), /allowedAccountIds names no account/],
      [without("alertEmail"), /alertEmail is empty/],
      [READY.replace(/^secretsprovider.*\nencryptedkey.*\n/, ""), /no secrets provider/],
    ];
    for (const [text, expected] of cases) {
      const open = stackFindings("Pulumi.prod.yaml", text).filter(({ state }) => state === "open");
      assert.deepEqual(
        open.map(({ found }) => expected.test(found)),
        [true],
        String(expected),
      );
    }
  });

  it("tells a session that has ended and a profile alone from one that works", () => {
    const session = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const now = Date.parse("2026-01-01T12:00:00Z");
    const of = (env: NodeJS.ProcessEnv): string | undefined =>
      examineAccount({ env, now }).find(({ name }) => name === "AWS credentials")?.found;
    assert.equal(of({}), "none in the environment");
    assert.equal(of({ AWS_PROFILE: "deployer" }), "a profile alone");
    assert.equal(of(session), "a session or key in the environment");
    assert.equal(
      of({ ...session, AWS_CREDENTIAL_EXPIRATION: "2026-01-01T11:00:00+00:00" }),
      "the session has ended",
    );
  });
});
