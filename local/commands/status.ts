import { holderOfState } from "../cloud/lock.ts";
import { readStatus } from "../cloud/status.ts";
import { command, parseCommand, stateDirectory } from "./arguments.ts";
import { renderParts } from "./parts-table.ts";

command(async () => {
  const { values } = parseCommand("npm run status [-- --json]", { json: { type: "boolean", default: false } });
  const stateDir = stateDirectory();
  const running = holderOfState(stateDir) !== undefined;
  const status = readStatus(stateDir);
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ running, ...(running ? status : { parts: [] }) }, null, 2)}\n`);
    return running ? 0 : 1;
  }
  if (!running || status === undefined) {
    process.stdout.write('No region runs here. Start one with "npm start".\n');
    return 1;
  }
  process.stdout.write(`Region of stack "${status.stack}": ${status.phase}, process ${status.pid}, since ${status.since}\n`);
  if (status.apiUrl !== undefined) process.stdout.write(`API ${status.apiUrl}, CA certificate ${status.caFile ?? "-"}\n`);
  process.stdout.write(`\n${renderParts(status.parts)}\n`);
  return status.parts.every((part) => part.state === "ready" || part.state === "not run") ? 0 : 1;
});
