import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import YAML from "yaml";
import { HOME_REGION } from "../facts/regions.ts";
import { REGIONS } from "../infra/regions.ts";

const GITHUB = join(import.meta.dirname, "..", ".github");
const DIRECTORY = join(GITHUB, "workflows");

interface Job {
  readonly permissions?: Record<string, string>;
  readonly environment?: string;
  readonly needs?: string;
  readonly outputs?: Record<string, string>;
  readonly strategy?: {
    readonly "max-parallel": number;
    readonly "fail-fast": boolean;
    readonly matrix: { readonly stack: string };
  };
  readonly "runs-on": string | readonly string[];
  readonly "timeout-minutes": number;
  readonly env?: Record<string, string>;
  readonly steps: readonly Step[];
}
interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const DOCS = join(GITHUB, "..", "docs");
const doc = (name: string): string => readFileSync(join(DOCS, name), "utf8");
/** Longest session that a role's documented creation allows, in seconds. */
const sessionOf = (role: string): number =>
  Number(
    new RegExp(`create-role --role-name ${role} .*--max-session-duration (\\d+)`).exec(
      doc("before-first-deployment.md"),
    )?.[1] ?? 3600,
  );

const texts = readdirSync(DIRECTORY).map((name) => ({
  name,
  text: readFileSync(join(DIRECTORY, name), "utf8"),
}));
const workflow = (name: string): Workflow =>
  YAML.parse(texts.find((item) => item.name === name)?.text ?? "") as Workflow;

/** A folder with programs of the given text, put first on PATH of a script of ours. */
class Stubs {
  readonly directory = mkdtempSync(join(tmpdir(), "securevpn-workflow-"));

  add(name: string, text: string): void {
    writeFileSync(join(this.directory, name), `#!/usr/bin/env bash\n${text}`, { mode: 0o755 });
  }

  run(script: string, ...args: string[]) {
    const PATH = [this.directory, process.env["PATH"] ?? ""].join(delimiter);
    const env = {
      ...process.env,
      PATH,
      STUBS: this.directory,
      GITHUB_REPOSITORY: "team/platform",
      GITHUB_STEP_SUMMARY: join(this.directory, "step-summary"),
    };
    return spawnSync(join(GITHUB, script), args, { env, encoding: "utf8" });
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), "utf8");
  }
}

describe("workflows", () => {
  it("keep no static key", () => {
    for (const { name, text } of texts)
      assert.doesNotMatch(text, /secrets\.|AWS_ACCESS_KEY|AWS_SECRET/, name);
  });

  it("pin every action to a commit", () => {
    for (const { name, text } of texts) {
      const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? "");
      assert.deepEqual(
        used.filter((action) => !/@[0-9a-f]{40}$/.test(action)),
        [],
        name,
      );
    }
  });

  it("give write access to the jobs that need it alone", () => {
    for (const { name } of texts)
      assert.deepEqual(workflow(name).permissions, { contents: "read" }, name);
    assert.equal(workflow("preview.yml").jobs["test"]?.permissions, undefined);
  });

  it("give a token only in an environment, where a rule of the repository can ask a reviewer", () => {
    for (const { name } of texts) {
      for (const [job, { permissions, environment }] of Object.entries(workflow(name).jobs)) {
        if (permissions?.["id-token"] === "write")
          assert.ok(environment !== undefined, `${name} ${job}`);
      }
    }
  });

  it("put nothing of a pull request into a shell's text", () => {
    for (const { name } of texts) {
      const scripts = Object.values(workflow(name).jobs).flatMap(({ steps }) => steps);
      for (const { run } of scripts) assert.doesNotMatch(run ?? "", /\$\{\{/, name);
    }
  });

  it("never change anything without the preview that policies and protection can stop", () => {
    for (const { name, text } of texts) assert.doesNotMatch(text, /--skip-preview/, name);
  });

  it("take credentials that outlive the job before anything else, and keep no web identity", () => {
    const { up } = workflow("deploy.yml").jobs;
    const [checkout, credentials] = up?.steps ?? [];
    assert.match(checkout?.uses ?? "", /^actions\/checkout@/);
    assert.match(credentials?.uses ?? "", /^aws-actions\/configure-aws-credentials@/);
    const seconds = Number(credentials?.with?.["role-duration-seconds"]);
    assert.ok(seconds >= 4 * 3600);
    assert.ok(seconds > 60 * (up?.["timeout-minutes"] ?? Infinity));
    assert.ok(seconds <= sessionOf("securevpn-deployer"));
    // An SDK that finds these would ask for new credentials with a token that has long ended.
    for (const { name, text } of texts)
      assert.doesNotMatch(text, /AWS_WEB_IDENTITY_TOKEN_FILE|AWS_ROLE_ARN/, name);
  });

  it("bring each stack up on a runner of its own VPC, as the runbook registers it", () => {
    const runsOn = workflow("deploy.yml").jobs["up"]?.["runs-on"];
    assert.deepEqual(runsOn, ["self-hosted", "securevpn-${{ matrix.stack }}"]);
    assert.match(doc("aws/runner-user-data.sh"), /--labels securevpn-STACK\b/);
  });

  it("preview without a VPC, under a role that is not the deployer's", () => {
    const { preview } = workflow("preview.yml").jobs;
    assert.equal(preview?.["runs-on"], "ubuntu-latest");
    assert.ok(Number(preview.env?.["PULUMI_K8S_CLIENT_TIMEOUT"]) <= 30);
    const page = doc("before-first-deployment.md");
    assert.match(page, /variable set PREVIEW_ROLE_ARN .*role\/securevpn-preview"/);
    const trust = (file: string): string => doc(`aws/${file}`);
    assert.match(trust("preview-trust.json"), /environment:preview"/);
    assert.doesNotMatch(trust("deployer-trust.json"), /environment:preview/);
    assert.doesNotMatch(trust("preview-trust.json"), /environment:prod/);
  });

  it("bring regions up one after the other, and stop at the first failure", () => {
    const { stacks, up } = workflow("deploy.yml").jobs;
    assert.equal(up?.needs, "stacks");
    assert.equal(up.strategy?.matrix.stack, "${{ fromJSON(needs.stacks.outputs.list) }}");
    assert.equal(stacks?.outputs?.["list"], "${{ steps.list.outputs.list }}");
    assert.equal(up.strategy["max-parallel"], 1);
    assert.equal(up.strategy["fail-fast"], true);
  });
});

describe("scripts of the workflows", () => {
  let stubs: Stubs;
  beforeEach(() => {
    stubs = new Stubs();
  });
  afterEach(() => {
    rmSync(stubs.directory, { recursive: true, force: true });
  });

  it("list every region of the catalogue, the home region first", () => {
    const { stdout } = stubs.run("stacks");
    const list = JSON.parse(stdout) as string[];
    const wanted = REGIONS.filter(({ name }) => name !== "local").map(({ name }) =>
      name === HOME_REGION ? "prod" : `prod-${name}`,
    );
    assert.equal(list[0], "prod");
    assert.deepEqual(list.toSorted(), wanted.toSorted());
  });

  it("preview every stack, and make a summary of those that got as far as a plan", () => {
    // The last argument but two is the stack; one of them fails before it has a document.
    stubs.add(
      "npm",
      `if [ "$3" = summary ]; then shift 4; printf '%s\\n' "$@"; exit; fi
       echo "$*" >>"$STUBS/calls"
       if [ "$5" = prod-eu-central-1 ]; then echo "error: no stack" >&2; exit 1; fi
       echo '{}'`,
    );
    const summary = join(stubs.directory, "summary.md");
    const { status, stdout } = stubs.run("previews", summary);
    assert.equal(status, 1);
    assert.match(stdout, /^::error::prod-eu-central-1 has no preview/m);
    assert.match(stubs.read("calls"), /^run --silent preview -- prod --deployed --json$/m);
    assert.match(stubs.read("summary.md"), /preview-prod\.json/);
    assert.doesNotMatch(stubs.read("summary.md"), /preview-prod-eu-central-1\.json/);
    assert.equal(stubs.read("step-summary"), stubs.read("summary.md"));
  });

  for (const { what, found, says } of [
    { what: "edits the comment that is there", found: "4711", says: /-X PATCH .*comments\/4711 / },
    { what: "makes the comment when none is there", found: "", says: /issues\/12\/comments -F / },
  ]) {
    it(`comment: ${what}`, () => {
      stubs.add(
        "gh",
        `echo "$*" >>"$STUBS/calls"; case "$*" in *paginate*) printf '%s' "${found}";; esac`,
      );
      const file = join(stubs.directory, "summary.md");
      writeFileSync(file, "<!-- securevpn preview -->\n\n## Preview\n");
      const { status, stderr } = stubs.run("comment", "12", file);
      assert.equal(status, 0, stderr);
      const calls = stubs.read("calls").trim().split("\n");
      assert.equal(calls.length, 2);
      assert.match(calls[0] ?? "", /startswith\("<!-- securevpn preview -->"\)/);
      assert.match(calls[1] ?? "", says);
    });
  }
});
