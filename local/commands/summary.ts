import { readFileSync } from "node:fs";
import { renderSummary, type PreviewDocument } from "../engine/summary.ts";
import { overThreshold } from "../engine/summary-cost.ts";
import { parseCommand, UsageError } from "./arguments.ts";
import { command, say } from "./command.ts";

function read(file: string): PreviewDocument {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PreviewDocument;
  } catch (error) {
    throw new UsageError(
      `${file} is no document of "npm run preview -- STACK --json": ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const USAGE =
  "npm run summary -- [--max-increase-percent N] [--max-increase-usd N] FILE.json [FILE.json ...]";

function amount(name: string, text: string | undefined): number | undefined {
  const value = text === undefined || text === "" ? undefined : Number(text);
  if (value === undefined || value >= 0) return value;
  throw new UsageError(`--${name} is "${text}": it must be a number of 0 or more\nusage: ${USAGE}`);
}

/**
 * Turns documents of previews into the one comment of a pull request. Exit code 1: the month of all regions
 * together would cost more than a threshold allows; the comment is printed all the same.
 */
command(() => {
  const options = {
    "max-increase-percent": { type: "string" },
    "max-increase-usd": { type: "string" },
  } as const;
  const { values, positionals } = parseCommand(USAGE, options, { min: 1, max: 20 });
  const percent = amount("max-increase-percent", values["max-increase-percent"]);
  const usd = amount("max-increase-usd", values["max-increase-usd"]);
  const threshold = {
    ...(percent === undefined ? {} : { percent }),
    ...(usd === undefined ? {} : { usd }),
  };
  const documents = positionals.map(read);
  process.stdout.write(renderSummary(documents, threshold));
  const over = overThreshold(documents, threshold);
  if (over !== undefined) say(`\nerror: ${over}`);
  return Promise.resolve(over === undefined ? 0 : 1);
});
