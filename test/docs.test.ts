import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import YAML from "yaml";
import { KEYS } from "../infra/config-keys.ts";
import { resolveTools } from "../local/setup/tools.mjs";
import { NAMESPACES } from "../services/contract/index.ts";
import { at } from "./infra/support/read.ts";
import { regionOf } from "./infra/support/regions.ts";
import { commandsOn, PAGES } from "./support/pages.ts";
import { blocksOf, type ShellCommand } from "./support/shell-blocks.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const RUNBOOKS = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");

/** Stacks and files that a page tells the reader to make. */
const MADE_BY_READER = ["prod-eu-west-1", "prod-lost"];
const STACKS = [
  ...readdirSync(ROOT).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []),
  ...MADE_BY_READER,
];

/** What a check finds on any page, with the page's name before it. */
const faultsOf = (check: (command: ShellCommand) => readonly string[]): string[] =>
  PAGES.flatMap((page) =>
    commandsOn(page)
      .flatMap(check)
      .map((fault) => `${page}: ${fault}`),
  );
const after = (args: readonly string[], flag: string): string[] =>
  args.flatMap((word, index) => (word === flag ? [args[index + 1] ?? ""] : []));
const isStack = (name: string): boolean => name.startsWith("$") || STACKS.includes(name);
const NO_ARGUMENT_FLAGS = ["--path", "--secret", "--plaintext"];

/** Words of `pulumi` that name the subcommand. */
function subcommandOf(args: readonly string[]): string[] {
  const groups = ["stack", "config", "state"];
  const [first = "", second = ""] = args;
  return groups.includes(first) && !second.startsWith("-") ? [first, second] : [first];
}

/** Positional words behind the subcommand; `--stack NAME` is the one flag with a value that we use there. */
function positionalsOf(args: readonly string[]): string[] {
  return args.filter(
    (word, index) =>
      !word.startsWith("-") &&
      (!(args[index - 1] ?? "").startsWith("-") ||
        NO_ARGUMENT_FLAGS.includes(args[index - 1] ?? "")),
  );
}

describe("runbooks", () => {
  it("have shell blocks that a shell can parse", () => {
    for (const page of PAGES)
      for (const block of blocksOf(read(page))) {
        const { status, stderr } = spawnSync("bash", ["-n"], { input: block, encoding: "utf8" });
        assert.equal(status, 0, `${page}: ${stderr}\n${block}`);
      }
  });

  it("call npm scripts and flags that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const faults = faultsOf(({ name, args }) => {
      if (name !== "npm" || args[0] === "ci") return [];
      const [script = "", ...rest] = args[0] === "run" ? args.slice(1) : args;
      const source = scripts[script]?.split(" ").at(-1);
      if (source === undefined) return [`npm has no script "${script}"`];
      const text = read(source);
      return rest
        .filter((word) => /^--[a-z]/.test(word))
        .map((flag) => flag.slice(2))
        .filter((flag) => !new RegExp(`["']?${flag}["']?: \\{ type:`).test(text))
        .map((flag) => `npm run ${script} has no flag --${flag}`);
    });
    assert.deepEqual(faults, []);
  });

  it("call subcommands and flags of the CLI that there are", function () {
    const { pulumi } = resolveTools();
    if (pulumi === undefined) return this.skip();
    const known = new Map<string, string>();
    const help = (words: readonly string[]): string => {
      const key = words.join(" ");
      const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
      const text =
        known.get(key) ?? spawnSync(pulumi, [...words, "--help"], { env, encoding: "utf8" }).stdout;
      known.set(key, text);
      return text;
    };
    const faults = faultsOf(({ name, args }) => {
      if (name !== "pulumi") return [];
      const words = subcommandOf(args);
      const text = help(words);
      // A word that the CLI does not know prints the help of the group, which does not name it.
      const last = words.at(-1) ?? "";
      if (
        !new RegExp(`pulumi ${words.join(" ")}\\b|^ +.*\\b${last}, |, ${last}\\b`, "m").test(text)
      )
        return [`no "pulumi ${words.join(" ")}"`];
      return args
        .filter((word) => word.startsWith("--"))
        .filter((flag) => !new RegExp(`${flag}[ =\\[]`).test(text))
        .map((flag) => `pulumi ${words.join(" ")} has no ${flag}`);
    });
    assert.deepEqual(faults, []);
  });

  it("never skip the preview, which policies and protection stop before anything is changed", () => {
    for (const page of PAGES)
      for (const block of blocksOf(read(page))) assert.doesNotMatch(block, /--skip-preview/, page);
  });

  it("set config keys that there are, to values that are allowed", () => {
    const keys: Record<
      string,
      { schema: { safeParse: (value: unknown) => { success: boolean } }; type: string }
    > = KEYS;
    const faults = faultsOf(({ name, args }) => {
      if (name !== "pulumi" || args[0] !== "config") return [];
      const [, action, named = "", value = ""] = positionalsOf(args);
      const [, key = "", index] = /^securevpn:(\w+)(\[\d+\])?$/.exec(named) ?? [];
      const known = keys[key];
      if (known === undefined) return [`no config key "${named}"`];
      if (action !== "set" || value.includes("$")) return [];
      const parsed: unknown =
        known.type === "string" || index !== undefined ? value : JSON.parse(value);
      const whole = index === undefined ? parsed : [parsed];
      return known.schema.safeParse(whole).success ? [] : [`${named} cannot be ${value}`];
    });
    assert.deepEqual(faults, []);
  });

  it("write lines of stack files that the schema takes", () => {
    const keys: Record<
      string,
      { schema: { safeParse: (value: unknown) => { success: boolean } } }
    > = KEYS;
    const faults = PAGES.flatMap((page) =>
      blocksOf(read(page), "yaml").flatMap((block) => {
        const lines = YAML.parse(block) as Record<string, unknown>;
        return Object.entries(lines)
          .filter(
            ([name, value]) =>
              keys[name.replace(/^securevpn:/, "")]?.schema.safeParse(value).success !== true,
          )
          .map(([name]) => `${page}: ${name}`);
      }),
    );
    assert.deepEqual(faults, []);
  });

  it("name stacks that have a file, or that they make", () => {
    const faults = faultsOf(({ name, args }) => {
      if (name === "npm" && ["preview"].includes(args[1] ?? ""))
        return [args[3] ?? ""].filter((stack) => !isStack(stack));
      if (name !== "pulumi") return [];
      const named = [
        ...after(args, "--stack"),
        ...(args[0] === "stack" && ["init", "rm", "rename"].includes(args[1] ?? "")
          ? [positionalsOf(args)[2] ?? ""]
          : []),
      ];
      return named.filter((stack) => !isStack(stack));
    });
    assert.deepEqual(faults, []);
  });

  it("ask for stack outputs that the program has", () => {
    const program = read("infra/index.ts");
    const faults = faultsOf(({ name, args }) => {
      if (name !== "pulumi" || args[0] !== "stack" || args[1] !== "output") return [];
      const output = positionalsOf(args)[2];
      return output === undefined || program.includes(`export const ${output} `)
        ? []
        : [`no output "${output}"`];
    });
    assert.deepEqual(faults, []);
  });

  it("name files that there are, in commands and in prose", () => {
    const path =
      /(?<![\w./-])(?:(?:infra|local|policies|services|test|tools|docs)\/[\w./-]+\.\w+|Pulumi\.[a-z][\w-]*\.yaml)/g;
    const faults = PAGES.flatMap((page) =>
      [...read(page).matchAll(path)]
        .map(([file]) => file)
        .filter((file) => !existsSync(join(ROOT, file)))
        .filter((file) => !MADE_BY_READER.some((stack) => file === `Pulumi.${stack}.yaml`))
        .map((file) => `${page}: ${file}`),
    );
    assert.deepEqual(faults, []);
  });

  it("name namespaces and Deployments of the region", async () => {
    const namespaces: string[] = Object.values(NAMESPACES);
    const { resources } = await regionOf("prod");
    const deployments = resources
      .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
      .map(({ inputs }) => at(inputs, "metadata.name"));
    const faults = faultsOf(({ name, args }) => {
      if (name !== "kubectl") return [];
      const unknown = after(args, "-n").filter((namespace) => !namespaces.includes(namespace));
      const named = args.flatMap((word) => /^deployment\/(.+)$/.exec(word)?.[1] ?? []);
      return [...unknown, ...named.filter((deployment) => !deployments.includes(deployment))];
    });
    assert.deepEqual(faults, []);
  });

  it("name AWS resources as the program names them", async () => {
    const { resources } = await regionOf("prod");
    const text = JSON.stringify(resources.map(({ inputs }) => inputs));
    const made = new Set([...text.matchAll(/svpn-us-east-1-[a-z0-9-]+/g)].map(([name]) => name));
    const faults = PAGES.flatMap((page) =>
      [...read(page).matchAll(/svpn-[a-z0-9-]+[a-z0-9]/g)]
        .map(([name]) =>
          name
            .replace(/^svpn-(ap-southeast-1|eu-central-1)-/, "svpn-us-east-1-")
            .replace(/-final$/, ""),
        )
        .filter((name) => !made.has(name))
        .map((name) => `${page}: ${name}`),
    );
    assert.deepEqual(faults, []);
  });

  it("name resources as the program names them", async () => {
    const made = (await regionOf("prod")).resources.map(({ name }) => name);
    const faults = PAGES.flatMap((page) =>
      [...read(page).matchAll(/`((?:nodes|secrets)-[a-z0-9-]+)`/g)]
        .map(([, name]) => name ?? "")
        .filter((name) => !made.includes(name))
        .map((name) => `${page}: ${name}`),
    );
    assert.deepEqual(faults, []);
  });

  it("replace placeholders that the stack files have", () => {
    const page = read("docs/before-first-deployment.md");
    for (const placeholder of [
      "Z0000000000000000000",
      "zoneName: securevpn.example",
      "000000000000",
    ]) {
      assert.ok(page.includes(`s/${placeholder}/`), placeholder);
      for (const stack of STACKS.filter(
        (name) => name.startsWith("prod") && !MADE_BY_READER.includes(name),
      ))
        assert.ok(read(`Pulumi.${stack}.yaml`).includes(placeholder), `${stack}: ${placeholder}`);
    }
  });

  it("link to pages that there are, and the index to every one", () => {
    for (const page of PAGES) {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
        ([, link]) => link ?? "",
      );
      assert.deepEqual(
        links.filter((link) => !existsSync(join(ROOT, page, "..", link))),
        [],
        page,
      );
    }
    const index = read("docs/README.md");
    assert.deepEqual(
      RUNBOOKS.filter((page) => !index.includes(`](${page.slice("docs/".length)})`)),
      [],
    );
  });

  it("say which steps were run on the embedded cloud and which only AWS can run", () => {
    for (const page of RUNBOOKS) {
      const checked = /## Checked\n\n([\s\S]+)$/.exec(read(page))?.[1] ?? "";
      assert.match(checked, /embedded cloud/, page);
      assert.match(checked, /Only on AWS/, page);
    }
  });
});
