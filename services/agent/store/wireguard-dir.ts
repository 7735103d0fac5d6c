import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { desiredConf, parseDump, type DataPlaneReport } from "../domain/wireguard-files.ts";
import type { Peer } from "../domain/peers.ts";

/** A report older than this is of a data plane that has stopped. */
const FRESH_MS = 10_000;
/** X25519 private key in PKCS #8: this prefix and the 32 bytes (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The folder in memory that agent and data plane share. */
export class WireguardDir {
  readonly #dir: string;
  readonly #udpPort: number;
  readonly #privateKey: string;
  readonly publicKey: string;

  constructor(dir: string, udpPort: number) {
    this.#dir = dir;
    this.#udpPort = udpPort;
    this.#privateKey = this.#loadKey();
    const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(this.#privateKey, "base64")]);
    const spki = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({ format: "der", type: "spki" });
    this.publicKey = spki.subarray(-32).toString("base64");
  }

  writePeers(peers: readonly Peer[]): void {
    this.#write("desired.conf", desiredConf(this.#privateKey, this.#udpPort, peers));
  }

  /** What the data plane last said; undefined while it does not. */
  report(): DataPlaneReport | undefined {
    const file = join(this.#dir, "show.txt");
    try {
      if (Date.now() - statSync(file).mtimeMs > FRESH_MS) return undefined;
      return parseDump(readFileSync(file, "utf8"));
    } catch {
      return undefined;
    }
  }

  /** The pod's key: made once, kept over restarts of the container, gone with the pod. */
  #loadKey(): string {
    const file = join(this.#dir, "private.key");
    if (!existsSync(file)) {
      const { privateKey } = generateKeyPairSync("x25519");
      this.#write("private.key", privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32).toString("base64"));
    }
    return readFileSync(file, "utf8").trim();
  }

  /** Readable for the group: the data plane runs as another user of the same group. */
  #write(name: string, content: string): void {
    const temporary = join(this.#dir, `.${name}.tmp`);
    writeFileSync(temporary, content, { mode: 0o640 });
    renameSync(temporary, join(this.#dir, name));
  }
}
