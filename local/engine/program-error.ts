import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT_ROOT } from "./workspace.ts";

const FRAME = /^\s+at (?:.*\()?(?:async )?(file:\/\/\S+?|\/\S+?):(\d+):\d+\)?$/;
const HEAD = /^Running program '.*' failed with an unhandled exception:\n/;
/** Enough for a message; the rest is the inside of some library's object. */
const MOST_LINES = 12;

/** Where the project's own code was: the first frame that is not a package's or Node's. */
function ownFrame(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const [, place, number] = FRAME.exec(line) ?? [];
    if (place === undefined || number === undefined || place.includes("/node_modules/")) continue;
    const file = relative(PROJECT_ROOT, place.startsWith("file:") ? fileURLToPath(place) : place);
    if (!file.startsWith("..")) return `${file}:${number}`;
  }
  return undefined;
}

/** An error that the program threw, as its message and place; SECUREVPN_DEBUG=1 shows the whole. */
export function programError(text: string, whole = process.env["SECUREVPN_DEBUG"] === "1"): string {
  if (whole) return text;
  const lines = text.replace(HEAD, "").split("\n");
  const frame = lines.findIndex((line) => /^\s+at /.test(line));
  // A RunError is said as it is: it lists what is allowed.
  if (frame === -1 && !HEAD.test(text)) return text;
  const message = frame === -1 ? lines : lines.slice(0, frame);
  const shown = message.slice(0, MOST_LINES);
  const place = ownFrame(lines);
  const cut = message.length > shown.length || frame !== -1;
  return [
    ...shown,
    ...(place === undefined ? [] : [`  at ${place}`]),
    ...(cut ? ["  (SECUREVPN_DEBUG=1 shows all of it)"] : []),
  ].join("\n");
}
