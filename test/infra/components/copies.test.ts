import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { backupRegionOf } from "../../../infra/lib/backup-regions.ts";
import { regionProgram, type Program } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const REPLICATION =
  "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication";

let prod: Program;
before(async () => {
  prod = await regionOf("prod");
});

describe("copies of backups", () => {
  it("lie in a second region under a key of that region, of primaries alone", () => {
    const copies = prod.ofType(REPLICATION);
    assert.deepEqual(
      copies.map(({ inputs }) => inputs["sourceDbInstanceArn"]),
      ["shard-0", "shard-1"].map((name) => `arn:aws:mock:us-east-1:000000000000:${name}`),
    );
    for (const { inputs } of copies) {
      assert.equal(inputs["region"], "us-west-2");
      assert.equal(inputs["kmsKeyId"], "arn:aws:mock:us-east-1:000000000000:backups");
      assert.equal(inputs["retentionPeriod"], 14);
    }
    assert.equal(prod.one("aws:kms/key:Key", "backups").inputs["region"], "us-west-2");
    assert.equal(prod.one("aws:kms/alias:Alias", "backups").inputs["region"], "us-west-2");
  });

  it("can be left out, and local has none", async () => {
    assert.deepEqual((await regionOf("local")).ofType(REPLICATION), []);
    const without = await regionProgram("prod", { changes: { backupReplication: false } });
    assert.deepEqual(without.ofType(REPLICATION), []);
  });

  it("never lie where the region itself is, and a region without a second one is named", () => {
    for (const region of ["us-east-1", "eu-central-1", "ap-southeast-1"] as const)
      assert.notEqual(backupRegionOf(region), region);
    assert.throws(
      () => backupRegionOf("me-south-1"),
      /backups of me-south-1 have no second region: name one in infra\/lib\/backup-regions\.ts/,
    );
  });
});

describe("the data bucket", () => {
  const name = "svpn-us-east-1-data-000000000000";

  it("is versioned, closed to the public, encrypted, and forgets old versions", () => {
    assert.equal(prod.one("aws:s3/bucket:Bucket", "data").inputs["bucket"], name);
    const closed = prod.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "data");
    for (const key of [
      "blockPublicAcls",
      "blockPublicPolicy",
      "ignorePublicAcls",
      "restrictPublicBuckets",
    ])
      assert.equal(closed.inputs[key], true, key);
    const versioning = prod.one("aws:s3/bucketVersioning:BucketVersioning", "data").inputs;
    assert.equal(at(versioning, "versioningConfiguration.status"), "Enabled");
    const lifecycle = prod.one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "data",
    ).inputs;
    assert.equal(at(lifecycle, "rules.0.noncurrentVersionExpiration.noncurrentDays"), 90);
  });

  it("speaks TLS only, and gives objects to the selector and the deployer alone", () => {
    const { inputs } = prod.one("aws:s3/bucketPolicy:BucketPolicy", "data");
    const [tls, readers] = listAt(JSON.parse(textAt(inputs, "policy")), "Statement");
    assert.deepEqual(at(tls, "Condition"), { Bool: { "aws:SecureTransport": "false" } });
    assert.equal(at(tls, "Effect"), "Deny");
    assert.equal(at(readers, "Effect"), "Deny");
    assert.deepEqual(at(readers, "Condition"), {
      ArnNotEquals: {
        "aws:PrincipalArn": [
          "arn:aws:iam::000000000000:role/svpn-us-east-1-selector",
          "arn:aws:iam::000000000000:role/securevpn-deployer",
        ],
      },
    });
    const role = prod.one("aws:iam/role:Role", "data-selector").inputs;
    assert.equal(role["name"], "svpn-us-east-1-selector");
    const rights = prod.one("aws:iam/rolePolicy:RolePolicy", "data-selector").inputs;
    const [read, ...more] = listAt(JSON.parse(textAt(rights, "policy")), "Statement");
    assert.deepEqual(more, []);
    assert.deepEqual(at(read, "Resource"), [`arn:aws:s3:::${name}/*`]);
    const identity = prod.one(
      "aws:eks/podIdentityAssociation:PodIdentityAssociation",
      "data-selector",
    ).inputs;
    assert.deepEqual(
      [identity["namespace"], identity["serviceAccount"]],
      ["securevpn", "selector"],
    );
  });
});
