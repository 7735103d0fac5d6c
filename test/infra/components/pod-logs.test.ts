import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Program } from "../support/program.ts";
import { at, listAt, textAt } from "../support/read.ts";
import { regionOf } from "../support/regions.ts";

describe("logs of pods", () => {
  let prod: Program;
  before(async () => {
    prod = await regionOf("prod");
  });
  const addon = () => prod.one("aws:eks/addon:Addon", "cluster-pod-logs").inputs;
  const settings = (): unknown => JSON.parse(textAt(addon(), "configurationValues"));

  it("go to a group of ours, kept 30 days under a key of their own", () => {
    const { inputs } = prod.one("aws:cloudwatch/logGroup:LogGroup", "pod-logs");
    assert.equal(inputs["name"], "/aws/containerinsights/svpn-us-east-1-cluster/application");
    assert.equal(inputs["retentionInDays"], 30);
    assert.equal(inputs["kmsKeyId"], "arn:aws:mock:us-east-1:000000000000:pod-logs");
    const policy: unknown = JSON.parse(
      textAt(prod.one("aws:kms/key:Key", "pod-logs").inputs, "policy"),
    );
    assert.deepEqual(at(listAt(policy, "Statement")[1], "Condition"), {
      ArnEquals: {
        "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:us-east-1:000000000000:log-group:${String(inputs["name"])}`,
      },
    });
  });

  it("are sent by Pod Identity with the right to write there, and to make nothing", () => {
    assert.deepEqual(
      at(listAt(addon(), "podIdentityAssociations")[0], "serviceAccount"),
      "cloudwatch-agent",
    );
    const policy: unknown = JSON.parse(
      textAt(prod.one("aws:iam/rolePolicy:RolePolicy", "pod-logs").inputs, "policy"),
    );
    const [statement, ...more] = listAt(policy, "Statement");
    assert.deepEqual(more, []);
    assert.deepEqual(at(statement, "Action"), [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]);
    for (const resource of listAt(statement, "Resource"))
      assert.match(
        String(resource),
        /log-group:\/aws\/containerinsights\/svpn-us-east-1-cluster\//,
      );
  });

  it("are those of pods on system nodes alone, and no metrics come with them", () => {
    assert.deepEqual(at(settings(), "containerInsights"), { enabled: false });
    // Endpoint nodes have a taint, and clients' addresses in their kernel.
    assert.deepEqual(at(settings(), "tolerations"), []);
    const files = at(settings(), "containerLogs.fluentBit.config.extraFiles");
    assert.deepEqual(files, { "dataplane-log.conf": "", "host-log.conf": "" });
  });

  it("come without an agent inside the services, and no metrics by another pipeline", () => {
    const monitor = at(settings(), "manager.applicationSignals.autoMonitor");
    assert.deepEqual(monitor, { monitorAllServices: false });
    assert.deepEqual(at(settings(), "otelContainerInsights"), { enabled: false });
  });
});
