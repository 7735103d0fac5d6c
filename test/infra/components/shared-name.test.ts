import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { regionProgram, type Program } from "../support/program.ts";
import { at } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

let home: Program;
let other: Program;
before(async () => {
  home = await regionOf("prod");
  other = await regionProgram("prod-eu-central-1");
});

const NAME = "api.securevpn.example";

describe("the shared name", () => {
  it("leads to each region by latency, as long as the region's own name answers", () => {
    for (const [program, region] of [
      [home, "us-east-1"],
      [other, "eu-central-1"],
    ] as const) {
      const record = program.one("aws:route53/record:Record", "shared-name").inputs;
      assert.equal(record["name"], NAME);
      assert.equal(record["setIdentifier"], region);
      assert.deepEqual(record["latencyRoutingPolicies"], [{ region }]);
      assert.equal(record["healthCheckId"], "shared-name-id");
      assert.deepEqual(record["aliases"], [
        { name: "entry.test", zoneId: "ZLB", evaluateTargetHealth: true },
      ]);
      const check = program.one("aws:route53/healthCheck:HealthCheck", "shared-name").inputs;
      assert.equal(check["type"], "HTTPS");
      assert.equal(check["fqdn"], `api.${region}.securevpn.example`);
    }
  });

  it("has its certificate on every region's entry, and its validation record in the home's stack alone", () => {
    for (const program of [home, other]) {
      const certificate = program.one("aws:acm/certificate:Certificate", "shared-name").inputs;
      assert.equal(certificate["domainName"], NAME);
      const onEntry = program.one("aws:lb/listenerCertificate:ListenerCertificate", "shared-name");
      assert.equal(at(onEntry.inputs, "listenerArn"), textOfArn("entry"));
    }
    const validation = (program: Program) =>
      program.one("aws:acm/certificateValidation:CertificateValidation", "shared-name").inputs;
    home.one("aws:route53/record:Record", "shared-name-validation");
    assert.deepEqual(validation(home)["validationRecordFqdns"], ["record.test"]);
    assert.throws(
      () => other.one("aws:route53/record:Record", "shared-name-validation"),
      /0 aws:route53\/record:Record named shared-name-validation/,
    );
    assert.equal(validation(other)["validationRecordFqdns"], undefined);
  });

  it("of a platform of one region is owned by that region", async () => {
    const local = await regionOf("local");
    local.one("aws:route53/record:Record", "shared-name-validation");
  });
});

const textOfArn = (name: string): string => `arn:aws:mock:us-east-1:000000000000:${name}`;
