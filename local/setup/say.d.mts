/** A failed step: its message says what failed and what the person can do. */
export class SetupError extends Error {}
export function duration(ms: number): string;
