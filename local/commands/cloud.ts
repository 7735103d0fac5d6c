import { join } from "node:path";
import { parseCommand, stateDirectory } from "./arguments.ts";
import { command, say } from "./command.ts";
import { Region } from "./region.ts";
import { endOf, interrupted } from "./interrupt.ts";
import { PROJECT_ROOT } from "../engine/workspace.ts";

command(async () => {
  const options = { stack: { type: "string", default: "local" } } as const;
  const { values } = parseCommand("npm run cloud [-- --stack NAME]", options);
  const stop = interrupted();
  const region = await Region.open({
    stateDir: stateDirectory(),
    stack: values.stack,
    what: "npm run cloud",
    say,
  });
  try {
    const stack = await region.stack(); // makes the scratch copy of the project and the stack
    region.enter("ready");
    process.stdout.write(`# The embedded cloud runs. In another terminal:\n`);
    for (const [name, value] of Object.entries(region.handEnvironment()))
      process.stdout.write(`export ${name}='${value}'\n`);
    process.stdout.write(`export PATH='${process.env["PATH"] ?? ""}'\n`);
    process.stdout.write(`export KUBECONFIG='${region.cloud.kubeconfigFile}'\n`);
    process.stdout.write(`cd '${stack.workspace.workDir}'\n`);
    process.stdout.write(
      `pulumi stack select ${values.stack} && pulumi preview --policy-pack '${join(PROJECT_ROOT, "policies")}'\n# Ctrl-C here stops it.\n`,
    );
    return endOf(await stop);
  } finally {
    await region.close();
  }
});
