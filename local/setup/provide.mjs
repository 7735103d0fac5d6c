// Puts missing binaries into the cache: the official download, else a build from the Go modules
// pinned in tools/.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild, undoOnExit } from "./children.mjs";
import { ChecksumError, downloadFiles } from "./download.mjs";
import { withLock } from "./lock.mjs";
import { SetupError, say, step } from "./say.mjs";
import {
  ROOT,
  cacheDirectory,
  missingBinaries,
  onPath,
  toolsetDirectory,
  versionOf,
} from "./tools.mjs";
import { TOOLSETS } from "./toolsets.mjs";

const DRAFT = ".draft-";
const names = (binaries) => binaries.map((binary) => binary.name).join(", ");

/** Tries the publisher; false: not reachable, or not what it lists, so it must be built. */
async function downloaded(toolset, draft) {
  const hint = "looks for the official download and its checksums";
  try {
    await step(`${toolset.name} ${toolset.version}`, hint, (report) =>
      downloadFiles(toolset.files, draft, report),
    );
    return true;
  } catch (error) {
    const reason =
      error instanceof ChecksumError
        ? `WARNING: ${error.message}`
        : `no official download (${error.message})`;
    say(`${toolset.name}: ${reason}`);
    return false;
  }
}

/** One message for all that is missing: a person puts it right once. */
function withoutGo(toBuild) {
  const wanted = toBuild.map(
    ({ toolset, missing }) => `${toolset.name} ${toolset.version} (${names(missing)})`,
  );
  return new SetupError(
    "these are not on PATH, could not be downloaded and cannot be built, since there is no Go:\n" +
      `  ${wanted.join("\n  ")}\n` +
      "Put them on PATH in these versions, or connect to the network, or install Go 1.25 or newer " +
      "(https://go.dev/dl). Then start again.",
  );
}

function buildFailed(toolset, missing, error) {
  const space = /no space left on device/.test(error.message);
  const advice = space
    ? `Free about 5 GB of disk (Go's build cache and ${cacheDirectory()})`
    : `Check that the Go module proxy can be reached ("go env GOPROXY"), or put ${names(missing)} of that version on PATH`;
  return new SetupError(
    `building ${toolset.name} ${toolset.version} failed:\n${error.message}\n${advice}. Then start again.`,
  );
}

async function build(toolset, missing, draft) {
  const hint = `compiles ${names(missing)} from pinned Go modules, about ${toolset.minutes} min on 2 cores, once per machine`;
  // `go build -v` names each package that it compiles; known ones come from Go's cache unnamed.
  let packages = 0;
  const args = ["build", "-v", "-trimpath", "-ldflags", toolset.ldflags, "-o"];
  // Built alone, a package would give its binary the name of its last path element ("v3" for etcd).
  args.push(
    missing.length === 1 ? join(draft, missing[0].name) : `${draft}/`,
    ...missing.map((b) => b.package),
  );
  await step(`${toolset.name} ${toolset.version}`, hint, async (report) => {
    try {
      await runChild("go", args, {
        cwd: join(ROOT, "tools", toolset.directory),
        // No C compiler is needed, and the binaries run on any libc.
        env: {
          ...process.env,
          GOFLAGS: "-mod=readonly -buildvcs=false",
          CGO_ENABLED: "0",
          GOWORK: "off",
        },
        onLine: () => report(`${(packages += 1)} packages compiled; ${hint}`),
      });
    } catch (error) {
      throw buildFailed(toolset, missing, error);
    }
  });
}

/** Parts of a killed run never count: the last step is a rename of binaries that have been run once. */
function keep(toolset, missing, draft) {
  const target = toolsetDirectory(toolset);
  mkdirSync(target, { recursive: true });
  for (const binary of missing) {
    const file = join(draft, binary.name);
    chmodSync(file, 0o755);
    const version = versionOf(file, binary.versionArgs);
    if (version !== toolset.version) {
      throw new SetupError(
        `${binary.name} says that it is version ${version}, not ${toolset.version}; it is not used. Start again.`,
      );
    }
  }
  // Files beside the binaries first (the official language host): the binary makes the set complete.
  const last = new Set(missing.map((binary) => binary.name));
  const files = readdirSync(draft).sort((a, b) => Number(last.has(a)) - Number(last.has(b)));
  for (const file of files) {
    rmSync(join(target, file), { recursive: true, force: true });
    renameSync(join(draft, file), join(target, file));
  }
}

async function withDraft(toolset, work) {
  const draft = mkdtempSync(join(cacheDirectory(), DRAFT));
  const remove = () => rmSync(draft, { recursive: true, force: true });
  const forget = undoOnExit(remove);
  try {
    await work(draft);
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
    throw new SetupError(
      `the disk is full: ${toolset.name} needs about 500 MB in ${cacheDirectory()}. Free some and start again.`,
    );
  } finally {
    remove();
    forget();
  }
}

/** Downloads go side by side; builds one after the other, since each compile uses all cores. */
async function provideAll(toolsets) {
  for (const name of readdirSync(cacheDirectory())) {
    if (name.startsWith(DRAFT))
      rmSync(join(cacheDirectory(), name), { recursive: true, force: true });
  }
  const open = toolsets
    .map((toolset) => ({ toolset, missing: missingBinaries(toolset) }))
    .filter((o) => o.missing.length > 0);
  const toBuild = [];
  const fetchOne = ({ toolset, missing }) =>
    withDraft(toolset, async (draft) => {
      if (await downloaded(toolset, draft)) keep(toolset, missing, draft);
      else toBuild.push({ toolset, missing });
    });
  await Promise.all(open.map(fetchOne));
  toBuild.sort((a, b) => toolsets.indexOf(a.toolset) - toolsets.indexOf(b.toolset));
  if (toBuild.length > 0 && onPath("go") === undefined) throw withoutGo(toBuild);
  for (const { toolset, missing } of toBuild) {
    await withDraft(toolset, async (draft) => {
      await build(toolset, missing, draft);
      keep(toolset, missing, draft);
    });
  }
}

/** Makes sure that every binary is there; nothing to do costs no lock and no process. */
export async function installTools(toolsets = TOOLSETS) {
  if (toolsets.every((toolset) => missingBinaries(toolset).length === 0)) return;
  await withLock(join(cacheDirectory(), ".lock"), "binaries", () => provideAll(toolsets));
}
