/** GiB of memory of a burstable instance class; the others double with each size. */
const BURSTABLE: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  "2xlarge": 32,
};
/** GiB of memory of the size `large`, by the family's letter. */
const OF_LARGE: Readonly<Record<string, number>> = { m: 8, r: 16, x: 32 };

/** GiB of memory of an RDS instance class such as `db.m7g.large`; undefined: not known here. */
export function memoryOf(instanceClass: string): number | undefined {
  const [, letter = "", size = ""] = /^db\.([a-z]+)\d\w*\.(\w+)$/.exec(instanceClass) ?? [];
  if (letter === "t") return BURSTABLE[size];
  const large = OF_LARGE[letter[0] ?? ""];
  if (large === undefined) return undefined;
  if (size === "large") return large;
  const times = /^(\d*)xlarge$/.exec(size)?.[1];
  return times === undefined ? undefined : 2 * large * Number(times || "1");
}

/**
 * RDS's default for PostgreSQL: LEAST(DBInstanceClassMemory / 9531392, 5000)
 * (RDS user guide, quotas and constraints).
 */
const BYTES_A_CONNECTION = 9_531_392;
const MOST = 5_000;
/**
 * DBInstanceClassMemory is what RDS's own processes leave of the class's memory. The share is chosen
 * below what is seen (about 80 connections of 1 GiB, 830 of 8 GiB).
 */
const OWN_GIB = 0.25;
const LEFT = 0.95;

/** `max_connections` of an instance class whose parameter group states none; undefined: class not known. */
export function defaultMaxConnections(instanceClass: string): number | undefined {
  const memory = memoryOf(instanceClass);
  if (memory === undefined) return undefined;
  return Math.min(MOST, Math.floor(((memory - OWN_GIB) * LEFT * 2 ** 30) / BYTES_A_CONNECTION));
}

/**
 * Of `max_connections`, those that no ordinary role gets: 3 of superuser_reserved_connections (PostgreSQL's
 * default) and 2 of rds.rds_superuser_reserved_connections (RDS's).
 */
export const RESERVED_CONNECTIONS = 5;
