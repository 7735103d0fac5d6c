import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseOffer, refreshed } from "../../policies/cost/offers.ts";
import { PROJECT_ROOT } from "../engine/workspace.ts";
import { parseCommand } from "./arguments.ts";
import { command, say } from "./command.ts";

const TABLE = join(PROJECT_ROOT, "policies", "cost", "prices.csv");

/**
 * Reads prices anew from offer files of AWS's public price list, downloaded by hand, e.g.
 * https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/current/eu-central-1/index.json
 * (AmazonEC2, AmazonRDS, AmazonElastiCache and AWSDataTransfer, a file a region). Modelled, not run: it was tried
 * on a hand-made file of that format, never on AWS's own. The two dates at the table's head are a person's to set.
 */
command(() => {
  const usage = "npm run prices -- [--write] OFFER.json [OFFER.json ...]";
  const options = { write: { type: "boolean", default: false } } as const;
  const { values, positionals } = parseCommand(usage, options, { min: 1, max: 100 });
  const offers = positionals.map((file) => parseOffer(readFileSync(file, "utf8")));
  const { text, changed, read, left } = refreshed(readFileSync(TABLE, "utf8"), offers);
  for (const line of changed) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${read} rows read, ${changed.length} of them changed; ${left} rows are in none of these files\n`,
  );
  if (values.write) writeFileSync(TABLE, text);
  else say("nothing written: --write changes policies/cost/prices.csv");
  return Promise.resolve(0);
});
