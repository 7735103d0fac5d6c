import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Unavailable } from "../../shared/errors.ts";

const hashArgon2 = promisify(argon2);

/** OWASP's argon2id minimum: 19 MiB, two passes, one lane. */
export const POLICY = { memoryKib: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
const MIN_LENGTH = 15;
const MAX_LENGTH = 256;

/** Breached passphrases long enough to pass the length rule; each alone or with repeated characters. */
const BREACHED = new Set([
  "passwordpassword",
  "123456789012345",
  "1234567890123456",
  "qwertyuiopasdfg",
  "qwertyuiopasdfgh",
  "correcthorsebatterystaple",
  "iloveyouiloveyou",
  "aaaaaaaaaaaaaaa",
]);

/** Why a passphrase is refused; undefined: it is not. Length and breaches count, composition does not (NIST SP 800-63B). */
export function passphraseFault(passphrase: string): string | undefined {
  const length = [...passphrase].length;
  if (length < MIN_LENGTH) return `must have at least ${MIN_LENGTH} characters`;
  if (length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (BREACHED.has(passphrase.toLowerCase()) || new Set(passphrase).size < 4)
    return "is among passphrases known from breaches";
  return undefined;
}

export interface HasherOptions {
  /** Hashes at the same time: more than cores would starve files, DNS and zlib of the thread pool. */
  readonly concurrency: number;
  /** Hashes that may wait; the next caller is told to come back. */
  readonly queue: number;
}

/** argon2id with bounded concurrency and memory. */
export class PasswordHasher {
  readonly #options: HasherOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: HasherOptions) {
    this.#options = options;
  }

  /** PHC string of a new hash. */
  async hash(passphrase: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#derive(passphrase, salt, POLICY);
    return `$argon2id$v=19$m=${POLICY.memoryKib},t=${POLICY.passes},p=${POLICY.parallelism}$${bare(salt)}$${bare(tag)}`;
  }

  /** Whether the passphrase fits, and whether its hash is older than the policy. */
  async verify(phc: string, passphrase: string): Promise<{ ok: boolean; outdated: boolean }> {
    const stored = parsePhc(phc);
    const tag = await this.#derive(passphrase, stored.salt, stored);
    const ok = tag.length === stored.tag.length && timingSafeEqual(tag, stored.tag);
    const { memoryKib, passes, parallelism } = stored;
    return {
      ok,
      outdated:
        memoryKib !== POLICY.memoryKib ||
        passes !== POLICY.passes ||
        parallelism !== POLICY.parallelism,
    };
  }

  async #derive(
    passphrase: string,
    nonce: Buffer,
    cost: { memoryKib: number; passes: number; parallelism: number },
  ): Promise<Buffer> {
    await this.#enter();
    try {
      const message = passphrase.normalize("NFC");
      return await hashArgon2("argon2id", {
        message,
        nonce,
        parallelism: cost.parallelism,
        memory: cost.memoryKib,
        passes: cost.passes,
        tagLength: TAG_BYTES,
      });
    } finally {
      // The place is handed on, not given up: a newcomer between the two would be one too many.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#options.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#options.queue)
      throw new Unavailable("Too many logins at once; try again in a moment.", {
        retryAfterSeconds: 2,
      });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const bare = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");

function parsePhc(phc: string) {
  const match =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (match === null) throw new Error("stored passphrase hash is no argon2id PHC string");
  const [, memory, passes, parallelism, salt = "", tag = ""] = match;
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}
