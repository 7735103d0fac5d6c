import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { regionProgram, Secret, type Program } from "../support/program.ts";
import { at, listAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

const INSTANCE = "aws:rds/instance:Instance";

let local: Program;
let prod: Program;
before(async () => {
  local = await regionOf("local");
  prod = await regionOf("prod");
});

describe("a shard's primary", () => {
  it("is private, encrypted with the region's key, with a standby, backups and a last snapshot", () => {
    const { inputs } = prod.one(INSTANCE, "shard-0");
    assert.equal(inputs["publiclyAccessible"], false);
    assert.equal(inputs["storageEncrypted"], true);
    assert.equal(inputs["kmsKeyId"], "arn:aws:mock:us-east-1:000000000000:database");
    assert.equal(inputs["multiAz"], true);
    assert.equal(inputs["backupRetentionPeriod"], 14);
    assert.equal(inputs["deletionProtection"], true);
    assert.equal(inputs["skipFinalSnapshot"], false);
    assert.equal(inputs["finalSnapshotIdentifier"], "svpn-us-east-1-shard-0-final-0a1b2c3d");
  });

  it("takes its password by the write-only argument, as a secret, with a version", () => {
    const { inputs } = prod.one(INSTANCE, "shard-1");
    assert.deepEqual(inputs["passwordWo"], new Secret("password-of-secrets-shard-1-owner"));
    assert.equal(inputs["passwordWoVersion"], 1);
    assert.equal(inputs["password"], undefined);
    assert.equal(inputs["manageMasterUserPassword"], undefined);
  });

  it("gets new passwords when the secrets' version is raised, by a new version of the argument", async () => {
    const raised = await regionProgram("prod", { changes: { secretsVersion: 2 } });
    assert.equal(raised.one(INSTANCE, "shard-0").inputs["passwordWoVersion"], 2);
    const keepers = (name: string): unknown =>
      raised.one("random:index/randomPassword:RandomPassword", name).inputs["keepers"];
    assert.deepEqual(keepers("secrets-shard-0-owner"), { version: "2" });
    assert.deepEqual(keepers("secrets-cache"), { version: "2" });
    // Sessions and the directory hang on these two.
    for (const name of ["secrets-token-signing", "secrets-email-hash"]) {
      const { inputs } = raised.one("random:index/randomBytes:RandomBytes", name);
      assert.deepEqual(inputs["keepers"], { version: "1" }, name);
    }
  });

  it("can be destroyed in local without a trace", () => {
    const { inputs } = local.one(INSTANCE, "shard-0");
    assert.equal(inputs["deletionProtection"], false);
    assert.equal(inputs["skipFinalSnapshot"], true);
    assert.equal(inputs["finalSnapshotIdentifier"], undefined);
  });
});

describe("a shard's replica", () => {
  it("names its primary and has no user, password, database name or last snapshot of its own", () => {
    const { inputs } = prod.one(INSTANCE, "shard-0-replica-0");
    assert.equal(inputs["replicateSourceDb"], "svpn-us-east-1-shard-0");
    for (const key of [
      "username",
      "password",
      "passwordWo",
      "dbName",
      "finalSnapshotIdentifier",
      "kmsKeyId",
    ]) {
      assert.equal(inputs[key], undefined, key);
    }
    assert.equal(inputs["skipFinalSnapshot"], true);
  });

  it("can grow as far as its primary", () => {
    const [primary, replica] = ["shard-0", "shard-0-replica-0"].map(
      (name) => prod.one(INSTANCE, name).inputs["maxAllocatedStorage"],
    );
    assert.equal(primary, replica);
  });
});

describe("a shard's parameters", () => {
  it("force TLS and log no statement and no parameter", () => {
    const parameters = listAt(
      prod.one("aws:rds/parameterGroup:ParameterGroup", "shard-0").inputs,
      "parameters",
    );
    const values = Object.fromEntries(
      parameters.map((item) => [String(at(item, "name")), at(item, "value")]),
    );
    assert.equal(values["rds.force_ssl"], "1");
    // Equal to RDS's own entry, and so written in its form.
    assert.deepEqual(parameters[0], {
      name: "rds.force_ssl",
      value: "1",
      applyMethod: "pending-reboot",
    });
    assert.equal(values["log_statement"], "none");
    assert.equal(values["log_min_duration_statement"], "-1");
    assert.equal(values["log_min_error_statement"], "panic");
    assert.equal(values["log_parameter_max_length_on_error"], "0");
  });
});

describe("the cache", () => {
  const TYPE = "aws:elasticache/replicationGroup:ReplicationGroup";

  it("is encrypted at rest and on the way, and fails over to a second zone in prod", () => {
    const { inputs } = prod.one(TYPE, "cache");
    assert.equal(inputs["atRestEncryptionEnabled"], true);
    assert.equal(inputs["transitEncryptionEnabled"], true);
    assert.equal(inputs["numCacheClusters"], 2);
    assert.equal(inputs["automaticFailoverEnabled"], true);
    assert.equal(inputs["multiAzEnabled"], true);
  });

  it("asks nothing of a node that it does not have in local", () => {
    const { inputs } = local.one(TYPE, "cache");
    assert.equal(inputs["numCacheClusters"], 1);
    assert.equal(inputs["automaticFailoverEnabled"], false);
    assert.equal(inputs["multiAzEnabled"], false);
  });

  it("refuses writes when full, and its one user may not administer it", () => {
    const parameters = prod.one("aws:elasticache/parameterGroup:ParameterGroup", "cache").inputs[
      "parameters"
    ];
    assert.deepEqual(parameters, [{ name: "maxmemory-policy", value: "noeviction" }]);
    const { inputs } = prod.one("aws:elasticache/user:User", "cache");
    assert.match(String(inputs["accessString"]), /^on ~\* &\* -@all \+.*-@dangerous -@admin/);
    assert.deepEqual(
      inputs["authenticationMode"],
      new Secret({ type: "password", passwords: ["password-of-secrets-cache"] }),
    );
  });
});

describe("generated secrets", () => {
  it("lie in Secrets Manager under the region's key, with a recovery window and no fixed name", () => {
    const secrets = prod.ofType("aws:secretsmanager/secret:Secret");
    // Two users of the cache, signing seed, directory key; an owner and three roles a shard.
    assert.equal(secrets.length, 4 + 2 * 4);
    for (const { inputs, name } of secrets) {
      assert.equal(inputs["kmsKeyId"], "arn:aws:mock:us-east-1:000000000000:secrets", name);
      assert.equal(inputs["recoveryWindowInDays"], 7, name);
      assert.equal(inputs["name"], undefined, name);
      assert.equal(inputs["namePrefix"], `${name}-`);
    }
  });

  it("are encrypted by keys that rotate and wait 30 days before they go", () => {
    const keys = prod.ofType("aws:kms/key:Key");
    assert.deepEqual(keys.map(({ name }) => name).sort(), [
      "alarms",
      "backups",
      "cluster",
      "database",
      "pod-logs",
      "secrets",
    ]);
    for (const { inputs } of keys) {
      assert.equal(inputs["enableKeyRotation"], true);
      assert.equal(inputs["deletionWindowInDays"], 30);
    }
  });
});
