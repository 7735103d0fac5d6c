import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { boundaryOf } from "../infra/lib/iam.ts";
import { commandsOn, PAGES, shellOn } from "./support/pages.ts";

describe("runbooks, on access to the account,", () => {
  it("give Pulumi a session and not a profile, which would ask for MFA where nobody can answer", () => {
    for (const page of PAGES)
      for (const block of shellOn(page))
        assert.doesNotMatch(block, /AWS_PROFILE=|\baws:profile\b/, page);
    const shell = commandsOn("docs/README.md").map(({ name, args }) => [name, ...args].join(" "));
    assert.ok(shell.includes("unset AWS_PROFILE"));
    assert.ok(
      shell.includes("aws configure export-credentials --profile securevpn-deployer --format env"),
    );
    const profile = commandsOn("docs/before-first-deployment.md").flatMap(
      ({ args }) => /^profile\.securevpn-deployer\.(\w+)$/.exec(args[2] ?? "")?.[1] ?? [],
    );
    for (const key of ["role_arn", "source_profile", "mfa_serial", "duration_seconds"])
      assert.ok(profile.includes(key), key);
  });

  it("check an account's zones before its first region, by the ids that EKS refuses", () => {
    const [lists] = commandsOn("docs/before-first-deployment.md").filter(
      ({ args }) => args[1] === "describe-availability-zones",
    );
    // https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets
    for (const id of ["use1-az3", "usw1-az2", "cac1-az3"])
      assert.ok(lists?.args.join(" ").includes(id), id);
  });

  it("make the boundary that every role of a region carries, before the first region", () => {
    const made = commandsOn("docs/before-first-deployment.md").filter(
      ({ args }) => args[1] === "create-policy",
    );
    assert.deepEqual(
      made.map(({ args }) => args[args.indexOf("--policy-name") + 1]),
      [boundaryOf("0".repeat(12)).replace(/^.*\//, "")],
    );
  });
});
