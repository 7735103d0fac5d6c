import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { AuthClient, claimsOf, someone } from "./client.ts";
import { TestRegion } from "./test-region.ts";

describe("accounts of a region with two shards", function () {
  this.timeout(90_000);
  let region: TestRegion;
  let auth: AuthClient;
  let other: AuthClient;

  before(async () => {
    region = await TestRegion.open();
    // Two pods start together: their migrations wait for one another.
    assert.deepEqual(await Promise.all([region.migrate(), region.migrate()]), [0, 0], region.logged);
    const [first, second] = await Promise.all([region.startAuth(), region.startAuth()]);
    auth = new AuthClient(first.url);
    other = new AuthClient(second.url);
  });
  after(() => region?.close());

  it("signs up, logs in at another pod, and reads the account", async () => {
    const { email, passphrase } = someone();
    const made = await auth.signUp(email, passphrase);
    assert.equal(made.status, 201);
    const tokens = await other.login(`  ${email.toUpperCase()} `.trim(), passphrase);
    const account = await auth.call("GET", "/v1/account", { token: tokens.accessToken });
    assert.equal(account.status, 200, JSON.stringify(account.body));
    assert.equal(account.body["id"], made.body["id"]);
    assert.equal(account.body["tier"], "FREE");
    assert.equal(claimsOf(tokens.accessToken)["sub"], made.body["id"]);
  });
});
