/**
 * Starts a Prometheus that was built without Kubernetes discovery, as Debian's is: asks the API server
 * for pods in its place, with the very address, token and CA of its configuration, and hands them over
 * as files. Everything else in the configuration is left as it is.
 *
 *   node prometheus.ts /usr/bin/prometheus --config.file=... FLAGS
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { dirname, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { writeFileAtomically } from "../../cloud/store.ts";
import { isPretended, type List, type Pod } from "../objects.ts";
import { targetsOf } from "./prometheus-targets.ts";

const REFRESH_MS = 5_000;
const TIMEOUT_MS = 5_000;
const CONFIG_FLAG = "--config.file=";

interface Discovery {
  readonly api_server: string;
  readonly authorization: { readonly credentials_file: string };
  readonly tls_config: { readonly ca_file: string };
  readonly namespaces: { readonly names: readonly string[] };
}

const [program = "prometheus", ...flags] = process.argv.slice(2);
const given = flags.find((flag) => flag.startsWith(CONFIG_FLAG))?.slice(CONFIG_FLAG.length);
if (given === undefined) throw new Error(`${CONFIG_FLAG} is missing`);
/** Home of the container: the only folder that it may write beside its mounts. */
const home = process.env["HOME"] ?? ".";

function readJson<T>(url: string, token: string, ca: string): Promise<T> {
  return new Promise((fulfil, reject) => {
    const options = {
      ca,
      headers: { authorization: `Bearer ${token}` },
      timeout: TIMEOUT_MS,
      agent: false,
    };
    const request = get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) fulfil(JSON.parse(text) as T);
        else reject(new Error(`${url} answers ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    request.on("timeout", () => request.destroy(new Error(`${url} does not answer`)));
    request.on("error", reject);
  });
}

async function podsOf(
  { api_server: server, authorization, tls_config: tls, namespaces }: Discovery,
  directory: string,
): Promise<Pod[]> {
  // Read each time: the token is renewed.
  const token = readFileSync(resolve(directory, authorization.credentials_file), "utf8").trim();
  const ca = readFileSync(resolve(directory, tls.ca_file), "utf8");
  const lists = await Promise.all(
    namespaces.names.map((name) =>
      readJson<List<Pod>>(`${server}/api/v1/namespaces/${name}/pods`, token, ca),
    ),
  );
  // Nobody answers where there is no process.
  return lists.flatMap(({ items }) => items).filter((pod) => !isPretended(pod));
}

const directory = dirname(given);
const discoveries: { readonly file: string; readonly discovery: Discovery }[] = [];

/** The configuration with every Kubernetes discovery replaced by a file. */
function withFiles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withFiles);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (key === "rule_files")
      return [key, (inner as string[]).map((file) => resolve(directory, file))];
    if (key !== "kubernetes_sd_configs") return [key, withFiles(inner)];
    const files = (inner as readonly Discovery[]).map((discovery) => {
      const file = join(home, `targets-${discoveries.length}.json`);
      discoveries.push({ file, discovery });
      return file;
    });
    return ["file_sd_configs", [{ files, refresh_interval: "5s" }]];
  });
  return Object.fromEntries(entries);
}

const config = join(home, "prometheus.yml");
writeFileAtomically(config, stringify(withFiles(parse(readFileSync(given, "utf8")))));

async function refresh(): Promise<void> {
  for (const { file, discovery } of discoveries) {
    try {
      writeFileAtomically(
        file,
        JSON.stringify((await podsOf(discovery, directory)).flatMap(targetsOf)),
      );
    } catch (error) {
      process.stderr.write(`targets: ${error instanceof Error ? error.message : String(error)}\n`); // the last ones stay
    }
  }
}

await refresh();
const child = spawn(
  program,
  [...flags.filter((flag) => !flag.startsWith(CONFIG_FLAG)), `${CONFIG_FLAG}${config}`],
  { stdio: "inherit" },
);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
const timer = setInterval(() => void refresh(), REFRESH_MS);
child.once("error", (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(127);
});
child.once("exit", (code, signal) => {
  clearInterval(timer);
  process.exit(code ?? (signal === null ? 1 : 143));
});
