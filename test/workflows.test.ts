import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import YAML from "yaml";
import { HOME_REGION, REGIONS } from "../infra/regions.ts";

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
  readonly steps: readonly { readonly run?: string }[];
}
interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

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
