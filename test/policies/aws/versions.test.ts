import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { pinnedVersions } from "../../../policies/aws/pinned-versions.ts";
import { unpinnedAddons } from "../../../policies/aws/unpinned-addons.ts";
import { supportEnds } from "../../../policies/aws/support-ends.ts";
import { UNKNOWN } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import { findingsOf, TODAY, type Fixture } from "../support.ts";

const ADDON: Fixture = {
  type: "aws:eks/addon:Addon",
  name: "dns",
  props: { addonName: "coredns", clusterName: UNKNOWN, addonVersion: "v1.14.6-eksbuild.4" },
};
const NODES: Fixture = {
  type: "aws:eks/nodeGroup:NodeGroup",
  name: "nodes",
  props: { version: "1.36", releaseVersion: "1.36.4-20260930" },
};
const CLUSTER: Fixture = {
  type: "aws:eks/cluster:Cluster",
  name: "cluster",
  props: { version: "1.36" },
};

describe("policies of versions", () => {
  describeCases([
    {
      rule: pinnedVersions,
      compliant: [ADDON, NODES],
      fine: [
        {
          title: "an add-on that another policy names as not pinned yet",
          change: { addonName: "kube-state-metrics", addonVersion: undefined },
        },
      ],
      violating: [
        {
          title: "an add-on at whatever version EKS holds as default",
          change: { addonVersion: undefined },
          says: /addonVersion must name a build/,
        },
        {
          title: "an add-on at the newest",
          change: { addonVersion: "latest" },
          says: /addonVersion must name a build/,
        },
        {
          title: "an add-on at a version that is not known",
          change: { addonVersion: UNKNOWN },
          says: /addonVersion must name a build/,
        },
        {
          title: "nodes of whatever image is newest when they are made",
          of: "nodes",
          change: { releaseVersion: undefined },
          says: /releaseVersion must name an AMI release of 1\.36/,
        },
        {
          title: "nodes of an image of another minor",
          of: "nodes",
          change: { releaseVersion: "1.35.6-20260930" },
          says: /releaseVersion must name an AMI release of 1\.36/,
        },
        {
          title: "nodes that name no minor",
          of: "nodes",
          change: { version: undefined },
          says: /AMI release of the group's minor/,
        },
      ],
    },
    {
      rule: unpinnedAddons,
      compliant: [ADDON],
      fine: [
        {
          title: "one that has its pin by now",
          change: { addonName: "kube-state-metrics" },
        },
      ],
      violating: [
        {
          title: "an add-on of which no build is known for the minor",
          change: { addonName: "kube-state-metrics", addonVersion: undefined },
          says: /addonVersion must be pinned at the first deployment .*no source says/,
        },
        {
          title: "the other one",
          change: { addonName: "prometheus-node-exporter", addonVersion: undefined },
          says: /addonVersion must be pinned at the first deployment/,
        },
      ],
    },
    {
      rule: supportEnds,
      compliant: [CLUSTER, NODES],
      fine: [{ title: "a version that another policy refuses", change: { version: "1.20" } }],
      violating: [
        {
          title: "a cluster whose standard support ends in days",
          change: { version: "1.34" },
          says: /version 1\.34 has 7 days of standard support left, until 2026-12-02/,
        },
        {
          title: "nodes whose standard support ends within 120 days",
          of: "nodes",
          change: { version: "1.34" },
          says: /version 1\.34 has 7 days/,
        },
      ],
    },
  ]);

  it("warn 120 days before an end, and not 121", () => {
    const end = Date.parse("2027-08-02T00:00:00Z");
    const on = (days: number): string[] =>
      findingsOf(supportEnds, [CLUSTER], { today: new Date(end - days * 86_400_000) });
    assert.deepEqual(on(121), []);
    assert.match(on(120)[0] ?? "", /120 days/);
    assert.match(on(-1)[0] ?? "", /0 days/);
    assert.deepEqual(findingsOf(supportEnds, [CLUSTER], { today: TODAY }), []);
  });
});
