import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { UNPINNED_ADDONS } from "../../facts/unpinned-addons.ts";
import { ADDON_VERSIONS, AMI_RELEASES, IMAGES, KUBERNETES_VERSION } from "../../infra/versions.ts";
import type { Program } from "./support/program.ts";
import { textAt } from "./support/read.ts";
import { regionOf } from "./support/regions.ts";

const ADDON = "aws:eks/addon:Addon";

describe("pinned versions", () => {
  let prod: Program;
  before(async () => {
    prod = await regionOf("prod");
  });
  const addons = () =>
    prod.ofType(ADDON).map(({ name, inputs }) => ({
      name,
      addon: textAt(inputs, "addonName"),
      version: inputs["addonVersion"],
    }));

  it("are those of all add-ons but the ones that say why not", () => {
    const pins: Readonly<Record<string, string>> = ADDON_VERSIONS;
    const unpinned = addons().filter(({ version }) => version === undefined);
    assert.deepEqual(
      unpinned.map(({ addon }) => addon).sort(),
      Object.keys(UNPINNED_ADDONS).sort(),
    );
    for (const { addon, version } of addons())
      if (version !== undefined) assert.equal(version, pins[addon]);
    assert.ok(addons().length > unpinned.length);
  });

  it("of what must be of the cluster's minor are of it", () => {
    const minor = KUBERNETES_VERSION.replaceAll(".", "\\.");
    assert.match(ADDON_VERSIONS["kube-proxy"], new RegExp(`^v${minor}\\.`));
    assert.match(IMAGES.clusterAutoscaler, new RegExp(`:v${minor}\\.\\d+@sha256:`));
    for (const [of, release] of Object.entries(AMI_RELEASES))
      assert.match(release, new RegExp(`^${of.replaceAll(".", "\\.")}\\.\\d+-\\d{8}$`));
    assert.ok(AMI_RELEASES[KUBERNETES_VERSION] !== undefined);
  });
});
