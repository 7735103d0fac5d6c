// A CLI built from Go modules has no Node language host: ours goes beside it, where the CLI looks
// for the official one. (On PATH it would work too, but the CLI warns of it at every run.)
import { accessSync, constants, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, cacheDirectory, LANGUAGE_HOST, resolveTools } from "./tools.mjs";

const MARK = "# Written by SecureVPN's set-up.";

/** The cache is the user's, the host is a checkout's: the one in the environment, else the one that wrote this. */
const launcher = (host) => `#!/bin/sh
${MARK}
exec "\${SECUREVPN_LANGUAGE_HOST:-${host}}" "$@"
`;

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Whether the file is the official host, or a launcher of ours whose checkout is still there. */
function isGood(file) {
  const text = read(file);
  if (text === undefined) return false;
  if (!text.slice(0, 200).includes(MARK)) return true;
  return isExecutable(/:-(.*)\}/.exec(text)?.[1] ?? "");
}

export function placeLanguageHost(env = process.env, root = ROOT) {
  const { pulumi } = resolveTools(env);
  if (pulumi === undefined || !pulumi.startsWith(cacheDirectory(env))) return;
  const file = join(dirname(pulumi), LANGUAGE_HOST);
  if (isGood(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, launcher(join(root, "local", "language-host", LANGUAGE_HOST)), {
    mode: 0o755,
  });
  renameSync(draft, file);
}
