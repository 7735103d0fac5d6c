/** The estimate cannot be made: a sentence with the key, its value and what is allowed. */
export class CostError extends Error {
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** The table has no such price. Never counted as zero, never taken from another region. */
export class MissingPrice extends CostError {}
