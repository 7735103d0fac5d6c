import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "mocha";
import { rdsRoots } from "../../../infra/lib/rds-roots.ts";
import { REGIONS } from "../../../infra/regions.ts";

const certificatesOf = (pem: string): X509Certificate[] =>
  pem
    .split(/(?<=-----END CERTIFICATE-----)/)
    .filter((text) => text.includes("BEGIN"))
    .map((text) => new X509Certificate(text));

describe("root certificates of RDS", () => {
  it("are known for every region of the catalogue, and are of that region alone", () => {
    for (const { awsRegion } of REGIONS) {
      const roots = certificatesOf(rdsRoots(awsRegion));
      assert.ok(roots.length > 0, awsRegion);
      for (const root of roots) {
        assert.ok(root.ca);
        assert.match(root.subject, new RegExp(`Amazon RDS ${awsRegion} Root CA`));
      }
    }
  });

  it("of an unknown region are an error that names it", () => {
    assert.throws(() => rdsRoots("mars-north-1"), /mars-north-1/);
  });
});
