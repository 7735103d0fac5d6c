import { readFileSync } from "node:fs";
import { renderSummary, type PreviewDocument } from "../engine/summary.ts";
import { parseCommand, UsageError } from "./arguments.ts";
import { command } from "./command.ts";

function read(file: string): PreviewDocument {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PreviewDocument;
  } catch (error) {
    throw new UsageError(
      `${file} is no document of "npm run preview -- STACK --json": ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Turns documents of previews into the one comment of a pull request. */
command(() => {
  const { positionals } = parseCommand(
    "npm run summary -- FILE.json [FILE.json ...]",
    {},
    { min: 1, max: 20 },
  );
  process.stdout.write(renderSummary(positionals.map(read)));
  return Promise.resolve(0);
});
