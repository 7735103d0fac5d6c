import { initial } from "./001-initial.ts";
import { deviceKeys } from "./002-device-keys.ts";
import { retention } from "./003-retention.ts";

export interface Migration {
  /** Sorted by name; a landed migration is never edited. */
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [initial, deviceKeys, retention];
