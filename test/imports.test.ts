import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");

interface Import {
  readonly from: string;
  /** A file of the project relative to its root, or the specifier of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** All specifiers that a source names: import and export declarations, `import()`, and `require()`. */
function specifiersOf(source: ts.SourceFile): { text: string; typeOnly: boolean }[] {
  const found: { text: string; typeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      const typeOnly = ts.isImportDeclaration(node)
        ? (node.importClause?.isTypeOnly ?? false)
        : node.isTypeOnly;
      found.push({ text: node.moduleSpecifier.text, typeOnly });
    }
    if (ts.isCallExpression(node)) {
      const [argument] = node.arguments;
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        node.expression.getText(source) === "require";
      if (loads && argument && ts.isStringLiteralLike(argument))
        found.push({ text: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const known = new Map<string, Import[]>();

function importsOf(file: string): Import[] {
  const found = known.get(file) ?? readImports(file);
  known.set(file, found);
  return found;
}

function readImports(file: string): Import[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), "utf8"),
    ts.ScriptTarget.Latest,
  );
  return specifiersOf(source).map(({ text, typeOnly }) => ({
    from: file,
    to: text.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), text)) : text,
    typeOnly,
  }));
}

const filesOf = (...folders: string[]): string[] =>
  folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,mts,mjs}`, { cwd: ROOT })).sort();
const allImports = (...folders: string[]): Import[] => filesOf(...folders).flatMap(importsOf);
const isOurs = ({ to }: Import): boolean =>
  /^(facts|infra|services|policies|local|test|tools)\//.test(to);
const isBelow = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const show = (imports: readonly Import[]): string[] =>
  imports.map(({ from, to }) => `${from} imports ${to}`);
const serviceOf = (path: string): string => path.split("/").slice(0, 2).join("/");

/** Packages and parts of Node that only compute: they open neither a connection nor a file. */
const PURE = [
  "ipaddr.js",
  "jsonwebtoken",
  "zod",
  "node:crypto",
  "node:net",
  "node:util",
  "node:assert/strict",
];

/** Why a file does I/O when it is loaded or called, through whatever it imports; undefined: it does none. */
function impurityOf(file: string, seen = new Set<string>()): string | undefined {
  if (seen.has(file)) return undefined;
  seen.add(file);
  for (const imported of importsOf(file)) {
    if (imported.typeOnly) continue;
    const reason = isOurs(imported)
      ? impurityOf(imported.to, seen)
      : PURE.includes(imported.to)
        ? undefined
        : `${file} imports ${imported.to}`;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What shows costs: it takes the policies' own estimate, so that no figure is computed twice. */
const ESTIMATE_USERS: readonly string[] = [
  "local/commands/cost.ts",
  "local/commands/preview.ts",
  "local/commands/prices.ts",
  "local/engine/cost.ts",
  "local/engine/deployed-resources.ts",
];

describe("imports", () => {
  it("of facts stay in facts: they are pure data that every room may read, and arithmetic on it", () => {
    assert.ok(filesOf("facts").length > 0);
    assert.deepEqual(show(allImports("facts").filter(({ to }) => !isBelow(to, "facts"))), []);
  });

  it("of infra stay in infra, the facts and the services' contract; its cost output takes the policies' estimate", () => {
    const wrong = allImports("infra").filter(
      (i) =>
        isOurs(i) &&
        !isBelow(i.to, "infra", "facts", "services/contract") &&
        !(i.from === "infra/lib/cost-output.ts" && isBelow(i.to, "policies/cost", "policies/lib")),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of a service stay in it, in shared, in the contract and in the facts", () => {
    const wrong = allImports("services").filter(
      (i) =>
        isOurs(i) &&
        !isBelow(i.to, serviceOf(i.from), "services/shared", "services/contract", "facts"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of services/shared name no service", () => {
    const wrong = allImports("services/shared").filter(
      (i) => isOurs(i) && !isBelow(i.to, "services/shared", "services/contract"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of the contract are none but its own files", () => {
    const wrong = allImports("services/contract").filter(
      (i) => !isBelow(i.to, "services/contract"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of policies stay in policies, the facts and the contract", () => {
    const wrong = allImports("policies").filter(
      (i) => isOurs(i) && !isBelow(i.to, "policies", "facts", "services/contract"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of local reach neither infra nor policies, but by running the engine and the estimate of costs", () => {
    const wrong = allImports("local")
      .filter((i) => isBelow(i.to, "infra", "policies"))
      .filter(
        (i) => !(ESTIMATE_USERS.includes(i.from) && isBelow(i.to, "policies/cost", "policies/lib")),
      );
    assert.deepEqual(show(wrong), []);
  });

  it("of local name the services' contract, never a service", () => {
    const wrong = allImports("local").filter(
      (i) => isBelow(i.to, "services") && !isBelow(i.to, "services/contract"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("of domain code do no I/O, nor do the files that it imports", () => {
    const files = filesOf("services/*/domain");
    assert.ok(files.length > 5);
    assert.deepEqual(
      files.map((file) => impurityOf(file)).filter((reason) => reason !== undefined),
      [],
    );
    assert.match(impurityOf("services/shared/postgres.ts") ?? "", /imports pg$/);
  });

  it("never reach a test from what is deployed or run", () => {
    const wrong = allImports("facts", "infra", "services", "policies", "local").filter((i) =>
      isBelow(i.to, "test"),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("name files that exist, by their own extension", () => {
    const wrong = allImports("facts", "infra", "services", "policies", "local", "test").filter(
      (i) => isOurs(i) && !/\.(ts|mts|mjs|json)$/.test(i.to),
    );
    assert.deepEqual(show(wrong), []);
  });

  it("are found at all", () => {
    assert.ok(allImports("infra").some((i) => isBelow(i.to, "services/contract")));
    assert.ok(allImports("services").length > 100);
  });
});
