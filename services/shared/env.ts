/** Reads environment variables by name; every fault is a sentence that names the variable. */
export class Env {
  readonly #values: NodeJS.ProcessEnv;

  constructor(values: NodeJS.ProcessEnv = process.env) {
    this.#values = values;
  }

  text(name: string, fallback?: string): string {
    const value = this.#values[name] ?? fallback;
    if (value === undefined || value === "")
      throw new Error(`environment variable ${name} is missing`);
    return value;
  }

  /** A TCP port, 1 to 65535. */
  port(name: string, fallback?: number): number {
    const text = this.text(name, fallback === undefined ? undefined : String(fallback));
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new Error(`${name} is "${text}"; allowed: a port from 1 to 65535`);
    return port;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const text = this.text(name, fallback);
    const found = allowed.find((value) => value === text);
    if (found === undefined)
      throw new Error(`${name} is "${text}"; allowed: ${allowed.join(", ")}`);
    return found;
  }
}
