import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { MODELS } from "../../local/providers/aws/catalogue.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "local");
const README = readFileSync(join(FOLDER, "README.md"), "utf8");

interface Row {
  readonly actedOn: readonly string[];
  readonly kept: readonly string[];
}

/** `aws:ec2/subnet:Subnet` is `Subnet` of ec2. */
function modelled(): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const [type, { enacts }] of Object.entries(MODELS)) {
    const [, place = "", name = ""] = type.split(":");
    const service = place.split("/")[0] ?? "";
    const row = rows.get(service) ?? { actedOn: [], kept: [] };
    rows.set(
      service,
      enacts.length > 0
        ? { ...row, actedOn: [...row.actedOn, name] }
        : { ...row, kept: [...row.kept, name] },
    );
  }
  return rows;
}

function written(): Map<string, Row> {
  const table = /<!-- services table -->\n([^]*?)<!-- end -->/.exec(README)?.[1] ?? "";
  const names = (cell = ""): string[] =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
  return new Map(
    table
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .filter(([, service]) => service !== "Service")
      .map(([, service = "", actedOn, kept]) => [
        service,
        { actedOn: names(actedOn), kept: names(kept) },
      ]),
  );
}

describe("the embedded cloud's README", () => {
  it("says of every AWS type whether it is acted on or only kept", () => {
    const sorted = (rows: Map<string, Row>) =>
      [...rows]
        .map(([service, { actedOn, kept }]) => [service, actedOn.toSorted(), kept.toSorted()])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    assert.deepEqual(sorted(written()), sorted(modelled()));
  });

  it("links only to files that are there", () => {
    const links = [...README.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path ?? "");
    assert.deepEqual(
      links.filter((path) => !existsSync(join(FOLDER, path))),
      [],
    );
  });
});
