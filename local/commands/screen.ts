import type { Part, PartState } from "../cloud/parts.ts";
import type { DemoResult } from "../demo/client.ts";

export interface RegionScreen {
  readonly parts: readonly Part[];
  readonly demo: DemoResult;
  readonly apiUrl: string;
  readonly caFile: string;
  readonly kubeconfig: string;
  /** One command a database. */
  readonly psql: readonly string[];
  /** How to stop it, one sentence. */
  readonly stop: string;
  /** Default: when stdout is a terminal and NO_COLOR is not set. */
  readonly colour?: boolean;
}

const WIDTH = 100;
const LABEL = 15;
const STATE = 11;
const KINDS: readonly (readonly [Part["kind"], string])[] = [
  ["control plane", "control plane"],
  ["database", "databases"],
  ["cache", "cache"],
  ["balancer", "balancer"],
  ["node", "nodes"],
  ["pod", "pods"],
  ["network", "network"],
];

type Paint = (text: string, code: number) => string;

/**
 * The one screen after a start. Prose keeps to 100 columns; commands are never broken, so that
 * they work when pasted.
 */
export function renderRegion(screen: RegionScreen): string {
  const colour =
    screen.colour ?? (process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined);
  const paint: Paint = colour ? (text, code) => `\u001b[${code}m${text}\u001b[0m` : (text) => text;
  const heading = (text: string): string => paint(text, 1);
  return [
    heading(title(screen)),
    "",
    ...KINDS.flatMap(([kind, label]) =>
      renderKind(
        label,
        screen.parts.filter((part) => part.kind === kind),
        paint,
      ),
    ),
    "",
    heading("A demo client just did this"),
    ...screen.demo.steps.flatMap((step) => renderStep(step, paint)),
    "",
    `${heading("API")}      ${screen.apiUrl}`,
    ...curlCommands(screen).map((line) => `  ${line}`),
    `${heading("kubectl")}  export KUBECONFIG=${quote(screen.kubeconfig)}`,
    ...screen.psql.map((line, i) => `${i === 0 ? heading("psql") : "    "}     ${line}`),
    `${heading("stop")}     ${wrap(screen.stop.split(" "), WIDTH - 9, " ").join(`\n${" ".repeat(9)}`)}`,
  ].join("\n");
}

function title({ parts, demo }: RegionScreen): string {
  const ready = parts.filter((part) => part.state === "ready").length;
  const held = demo.ok ? "a client went through it" : "but the demo client failed";
  return `A region of SecureVPN runs on this machine: ${ready} of ${parts.length} parts are ready, ${held}`;
}

/** Ready parts share lines; any other part gets a line of its own with its reason. */
function renderKind(label: string, parts: readonly Part[], paint: Paint): string[] {
  if (parts.length === 0) return [];
  const quiet = parts.filter((part) => part.state === "ready" && part.detail === undefined);
  const loud = parts.filter((part) => !quiet.includes(part));
  const rows: { state: PartState; lines: string[] }[] = [];
  const room = WIDTH - LABEL - STATE;
  if (quiet.length > 0) rows.push({ state: "ready", lines: wrap(quiet.map(named), room, "  ") });
  for (const part of loud) {
    const text = part.detail === undefined ? named(part) : `${named(part)}: ${part.detail}`;
    rows.push({ state: part.state, lines: wrap(text.split(" "), room, " ") });
  }
  return rows.flatMap(({ state, lines }, row) =>
    lines.map((line, i) => {
      const left = (row === 0 && i === 0 ? label : "").padEnd(LABEL);
      const middle = i === 0 ? paint(state.padEnd(STATE), colourOf(state)) : " ".repeat(STATE);
      return `${left}${middle}${line}`;
    }),
  );
}

const named = (part: Part): string => {
  const restarts = part.restarts ? ` (restarted ${part.restarts}x)` : "";
  const prefix = `${part.kind}/`; // the label says it already; other names stay as `npm run logs` takes them
  const short = part.name.startsWith(prefix) ? part.name.slice(prefix.length) : part.name;
  return `${short}${part.address === undefined ? "" : ` ${part.address}`}${restarts}`;
};

const colourOf = (state: PartState): number =>
  state === "ready" ? 32 : state === "failed" ? 31 : 33;

function renderStep(step: DemoResult["steps"][number], paint: Paint): string[] {
  const mark = step.ok ? paint("ok    ", 32) : paint("FAILED", 31);
  const time = `${step.ms} ms`.padStart(9);
  const lines = wrap(step.detail.split(" "), WIDTH - 31, " ");
  return lines.map((line, i) =>
    i === 0 ? `  ${mark} ${step.name.padEnd(11)}${time}  ${line}` : " ".repeat(31) + line,
  );
}

/** Both work when pasted, as often as one likes. */
function curlCommands({ apiUrl, caFile }: RegionScreen): string[] {
  const curl = `curl --cacert ${quote(caFile)}`;
  const body =
    '"{\\"email\\":\\"you-$RANDOM@example.com\\",\\"passphrase\\":\\"a long enough passphrase\\"}"';
  return [
    `${curl} ${apiUrl}/v1/servers`,
    `${curl} ${apiUrl}/v1/accounts -H 'content-type: application/json' -d ${body}`,
  ];
}

const quote = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Fills lines with items; an item longer than a line stays whole. */
function wrap(items: readonly string[], width: number, separator: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line !== "" && line.length + separator.length + item.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? item : line + separator + item;
  }
  return [...lines, line];
}
