import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { pathRewriter } from "../../../local/kubernetes/paths.ts";

describe("Rewriting mount paths", () => {
  const rewrite = pathRewriter([
    { mountPath: "/etc/app", hostPath: "/pods/1/app" },
    { mountPath: "/etc/app/secrets/", hostPath: "/pods/1/secrets" },
    { mountPath: "/etc/app.conf", hostPath: "/pods/1/conf" },
  ]);

  it("replaces a mount and what lies below it", () => {
    assert.equal(rewrite("/etc/app"), "/pods/1/app");
    assert.equal(rewrite("/etc/app/region.json"), "/pods/1/app/region.json");
  });

  it("lets the longest mount win", () => {
    assert.equal(rewrite("/etc/app/secrets/key"), "/pods/1/secrets/key");
    assert.equal(rewrite("/etc/app.conf"), "/pods/1/conf");
  });

  it("keeps to whole path segments", () => {
    for (const other of [
      "/etc/apple",
      "/etc/app-2/x",
      "/etc/app_2",
      "/my/etc/app/x",
      "https://host/etc/app",
      "/etc/app.old",
    ]) {
      assert.equal(rewrite(other), other);
    }
  });

  it("finds paths inside of arguments, lists and URLs", () => {
    assert.equal(rewrite("--config=/etc/app/a:/etc/app/b"), "--config=/pods/1/app/a:/pods/1/app/b");
    assert.equal(rewrite("file:///etc/app/a"), "file:///pods/1/app/a");
    assert.equal(rewrite("import('/etc/app/main.mjs')."), "import('/pods/1/app/main.mjs').");
    assert.equal(rewrite("reads /etc/app."), "reads /pods/1/app.");
  });

  it("changes nothing without mounts", () => {
    assert.equal(pathRewriter([])("/etc/app"), "/etc/app");
  });
});
