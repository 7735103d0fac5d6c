// Set-up, then the script that was asked for, under Node 24. Plain JavaScript that Node 20 can run,
// with no dependency: it runs before either is there. Messages go to stderr; stdout is the script's.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { endOnSignals } from "./children.mjs";
import { installDebianPackages } from "./debian.mjs";
import { placeLanguageHost } from "./language-host.mjs";
import { checkMachine } from "./machine.mjs";
import { installPackages, linkPostgresLibraries, nodeDirectory } from "./npm.mjs";
import { installTools } from "./provide.mjs";
import { SetupError, sayTotal } from "./say.mjs";
import { ROOT, toolEnvironment } from "./tools.mjs";

/** The script that wants what tests need, too. */
const TESTS = "test/run.ts";

/** npm passes a terminal's Ctrl-C on to us, who got it from the terminal too: two within this time are one. */
const SAME_SIGNAL_MS = 300;

/** npm waits for the network while the compiler uses the cores; Debian packages likewise. */
async function setUp(forTests) {
  const results = await Promise.allSettled([
    installPackages(ROOT),
    installDebianPackages({ forTests }),
    installTools(),
  ]);
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason] : [],
  );
  if (failures.length > 1 && failures.every((failure) => failure instanceof SetupError)) {
    throw new SetupError(failures.map((failure) => failure.message).join("\n\n"));
  }
  if (failures.length > 0) throw failures[0];
  linkPostgresLibraries(ROOT);
  placeLanguageHost();
}

/**
 * The script leads a process group of its own, so that a terminal's Ctrl-C reaches this process
 * alone; it is passed on once, and the script stops its parts in order. A child in our own group
 * that we leave alone would be simpler, but would miss a signal sent to npm or to us by id.
 */
function runScript(script, args) {
  const nodeDir = nodeDirectory(ROOT);
  const command = [
    join(nodeDir, "node"),
    "--disable-warning=ExperimentalWarning",
    join(ROOT, script),
    ...args,
  ];
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", ...command], {
    cwd: ROOT,
    stdio: "inherit",
    detached: true,
    env: { ...process.env, ...toolEnvironment(nodeDir) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    let last = -Infinity;
    process.on(signal, () => {
      const now = performance.now();
      if (now - last > SAME_SIGNAL_MS) child.kill(signal);
      last = now;
    });
  }
  child.on("error", (error) => fail(error));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(error) {
  process.stderr.write(`\nerror: ${error instanceof SetupError ? error.message : error.stack}\n`);
  process.exit(1);
}

try {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined)
    throw new SetupError("usage: node local/setup/run.mjs SCRIPT [ARGUMENT ...]");
  checkMachine();
  const stopListening = endOnSignals();
  await setUp(script === TESTS);
  sayTotal();
  stopListening();
  runScript(script, args);
} catch (error) {
  fail(error);
}
