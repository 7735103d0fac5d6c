export interface Finding {
  readonly state: "ok" | "set-up" | "less" | "open" | "blocks" | "info";
  readonly name: string;
  readonly found: string;
  readonly advice: string;
  /** What set-up takes to get it. */
  readonly minutes?: number;
  readonly megabytes?: number | undefined;
}
