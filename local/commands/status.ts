import { holderOfState } from "../cloud/lock.ts";
import { readStatus } from "../cloud/status.ts";
import { parseCommand, stateDirectory } from "./arguments.ts";
import { command } from "./command.ts";
import { measureMemory, megabytes } from "./memory.ts";
import { renderParts } from "./parts-table.ts";

const ACCEPTABLE: readonly string[] = ["ready", "not run"];

command(async () => {
  const options = { json: { type: "boolean", default: false } } as const;
  const { values } = parseCommand("npm run status [-- --json]", options);
  const stateDir = stateDirectory();
  const running = holderOfState(stateDir);
  const written = readStatus(stateDir);
  // A status that another process wrote is that of an earlier run: this one has not come so far.
  const status = running !== undefined && written?.pid === running.pid ? written : undefined;
  if (status === undefined) {
    if (values.json)
      process.stdout.write(
        `${JSON.stringify({ running: running !== undefined, parts: [] }, null, 2)}\n`,
      );
    else if (running !== undefined)
      process.stdout.write(`${running.what} has just begun as process ${running.pid}.\n`);
    else process.stdout.write('No region runs here. Start one with "npm start".\n');
    return 1;
  }
  const { parts, cloudBytes, totalBytes } = measureMemory(status.pid, status.parts);
  if (values.json) {
    const document = {
      running: true,
      ...status,
      memoryBytes: { total: totalBytes, cloud: cloudBytes },
      parts,
    };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  }
  const { stack, phase, pid, since, apiUrl, caFile } = status;
  process.stdout.write(`Region of stack "${stack}": ${phase}, process ${pid}, since ${since}\n`);
  if (apiUrl !== undefined)
    process.stdout.write(`API ${apiUrl}, CA certificate ${caFile ?? "-"}\n`);
  process.stdout.write(
    `Memory ${megabytes(totalBytes)}, of it ${megabytes(cloudBytes)} for the embedded cloud's own process\n`,
  );
  process.stdout.write(`\n${renderParts(parts)}\n`);
  return parts.every((part) => ACCEPTABLE.includes(part.state)) ? 0 : 1;
});
