import { writeFileSync } from "node:fs";
import { buildGolden, goldenFile, goldenStacks, renderGolden } from "./golden/build.ts";

for (const stack of goldenStacks()) {
  const golden = await buildGolden(stack);
  writeFileSync(goldenFile(stack), renderGolden(golden));
  const count = Object.keys(golden.resources).length;
  process.stdout.write(`${goldenFile(stack)}: ${count} resources\n`);
}
