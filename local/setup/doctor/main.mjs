// `npm run doctor`: what this machine, and an account as far as files tell, lack. It runs before
// set-up, so on Node 20 and without a package, and changes nothing.
import { examineAccount } from "./account.mjs";
import { examineMachine } from "./machine.mjs";

const MARKS = {
  ok: "ok",
  "set-up": "later",
  less: "less",
  open: "open",
  blocks: "STOP",
  info: "-",
};
const USAGE = "usage: npm run doctor [-- --json]\n";

function lines(title, findings) {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return [
    title,
    ...findings.map(({ state, name, found, advice }) =>
      `  ${MARKS[state].padEnd(5)} ${name.padEnd(width)}  ${[found, advice].filter(Boolean).join(": ")}`.trimEnd(),
    ),
    "",
  ];
}

function closing({ findings, setUp }) {
  const blocking = findings.filter(({ state }) => state === "blocks");
  if (blocking.length > 0)
    return `npm start does not work here yet: ${blocking.map(({ name }) => name).join(", ")}.`;
  const { minutes, megabytes } = setUp;
  return minutes === 0
    ? "npm start works here; nothing is left to set up."
    : `npm start works here; its first set-up takes about ${Math.ceil(minutes)} min on 2 cores and ${megabytes.toLocaleString("en")} MB of disk.`;
}

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--json")) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const machine = await examineMachine();
const account = examineAccount();
const works = machine.findings.every(({ state }) => state !== "blocks");
process.exitCode = works ? 0 : 1;
process.stdout.write(
  args.length > 0
    ? `${JSON.stringify({ startWorks: works, setUp: machine.setUp, machine: machine.findings, aws: account }, null, 2)}\n`
    : [
        ...lines("this machine, for npm start", machine.findings),
        ...lines("AWS, as far as files and the environment tell", account),
        closing(machine),
        "",
      ].join("\n"),
);
