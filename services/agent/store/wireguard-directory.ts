import { generateKeyPairSync } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { privateKeyText, publicKeyOf } from "../domain/keys.ts";
import {
  parseDesired,
  parseDump,
  parseKernel,
  renderDesired,
  type DesiredConfig,
  type Dump,
  type KernelState,
} from "../domain/wireguard-files.ts";

/** The data plane runs as another user of the same group. */
const SHARED_MODE = 0o640;
const PRIVATE_MODE = 0o600;
/** The data plane writes every second; older than this it does not run. */
const FRESH_MS = 10_000;
/** Its look at the kernel is every 10 s. */
const KERNEL_FRESH_MS = 60_000;
const NEVER = { mtimeMs: 0 };

/** The folder that agent and data plane share. It is in memory: a key never reaches a disk. */
export class WireguardDirectory {
  readonly #directory: string;
  #version = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The server's private key; made on the first start of the pod, the same after a restart of the container. */
  async privateKey(): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    const known = await this.#read("private.key");
    if (known !== undefined) {
      publicKeyOf(known.trim());
      return known.trim();
    }
    const key = privateKeyText(generateKeyPairSync("x25519").privateKey);
    await this.#write("private.key", `${key}\n`, PRIVATE_MODE);
    return key;
  }

  /** What was wanted when the agent last ran; undefined: nothing, or what is there is broken. */
  async readDesired(): Promise<Pick<DesiredConfig, "peers" | "epoch"> | undefined> {
    const text = await this.#read("desired.conf");
    return text === undefined ? undefined : parseDesired(text);
  }

  async writeDesired(config: DesiredConfig): Promise<void> {
    this.#version += 1;
    await this.#write(
      "desired.conf",
      renderDesired(config, `${Date.now()}.${this.#version}`),
      SHARED_MODE,
    );
  }

  /** What the data plane last saw; undefined when it does not run or writes nonsense. */
  async readShown(): Promise<Dump | undefined> {
    const { mtimeMs } = await stat(join(this.#directory, "show.txt")).catch(() => NEVER);
    if (Date.now() - mtimeMs > FRESH_MS) return undefined;
    const text = await this.#read("show.txt");
    return text === undefined ? undefined : parseDump(text);
  }

  /** What the data plane says of the node's kernel; nothing of it when it does not run. */
  async readKernel(): Promise<KernelState> {
    const { mtimeMs } = await stat(join(this.#directory, "kernel.txt")).catch(() => NEVER);
    if (Date.now() - mtimeMs > KERNEL_FRESH_MS) return {};
    return parseKernel((await this.#read("kernel.txt")) ?? "");
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.#directory, name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Whole or not at all: a reader never sees half a file, and a full disk leaves the old one. */
  async #write(name: string, text: string, mode: number): Promise<void> {
    const temporary = join(this.#directory, `.${name}.${process.pid}`);
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, join(this.#directory, name));
  }
}
