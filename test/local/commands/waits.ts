/** What runs until it is stopped, for the tests of stopping: says that it is there, and waits. */
import { command, say } from "../../../local/commands/command.ts";
import { endOf, interrupted } from "../../../local/commands/interrupt.ts";

const STOPPING_MS = Number(process.argv[2]);
/** Keeps the process alive: a listener of signals does not. */
const alive = setInterval(() => {}, 1_000);

command(async () => {
  const stopped = interrupted();
  process.stdout.write("waits\n");
  const how = await stopped;
  clearInterval(alive);
  await new Promise((resolve) => setTimeout(resolve, STOPPING_MS));
  say("stopped in order");
  return endOf(how);
});
