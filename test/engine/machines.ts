import assert from "node:assert/strict";

export const IS_ROOT = process.getuid?.() === 0;

/** Runs a command as a user who is not root, for whom root's files are nevertheless his own. */
export const NO_ROOT = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"];
/** A machine on which a shell line was run first, in a mount namespace that ends with the command. */
export const machineWith = (line: string): string[] => [
  ...["unshare", "--mount", "--", "sh", "-c", `${line} && exec "$@"`, "sh"],
];

/** One message, not the same in many words. */
export function assertOnce(text: string, pattern: RegExp): void {
  assert.equal(text.match(new RegExp(pattern, "gm"))?.length, 1, `${pattern} once in:\n${text}`);
}
