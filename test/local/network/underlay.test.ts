import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isRunning } from "../../../local/cloud/running.ts";
import { openUnderlay, type Underlay } from "../../../local/network/underlay.ts";
import { generateKeys } from "../../../local/network/wireguard-config.ts";
import { eventually } from "../../support/waiting.ts";
import {
  inside,
  namespaces,
  realPossible,
  SLOT,
  startServer,
  testContext,
  type TestContext,
} from "./support.ts";

const hostLinks = (): string =>
  execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).replace(/ (LOWER_UP|qlen \d+)/g, "");

describe("the underlay in network namespaces", () => {
  let context: TestContext;
  let underlay: Underlay | undefined;

  beforeEach(async function () {
    if (!realPossible()) return this.skip();
    context = await testContext();
  });

  afterEach(async () => {
    await underlay?.close();
    underlay = undefined;
    context?.dispose();
  });

  it("joins hosts by a bridge, leaves the machine's links alone and removes all at close", async () => {
    const before = hostLinks();
    underlay = await openUnderlay(context);
    assert.equal(underlay.mode, "real");
    const a = await underlay.addHost("ip-10-0-1-5.ec2.internal");
    const b = await underlay.addHost("b");
    assert.notEqual(a.interfaceName, b.interfaceName);
    assert.match(inside(a, "ping", "-c1", "-W2", b.address), / 0% packet loss/);
    for (const name of ["ipv4/ip_forward", "ipv4/ip_nonlocal_bind", "ipv6/ip_nonlocal_bind"])
      assert.equal(inside(a, "cat", `/proc/sys/net/${name}`).trim(), "1");
    assert.match(inside(a, "ip", "route"), new RegExp(`default via 10.213.${SLOT}.1`));
    assert.equal(hostLinks(), before);
    await underlay.close();
    assert.deepEqual(namespaces(), []);
    assert.equal(existsSync(`/run/lock/securevpn-underlay-${SLOT}`), false);
  });

  it("has the internet's resolver again after that was killed", async () => {
    underlay = await openUnderlay(context);
    const under = `svpn${SLOT}-under`;
    const resolverOf = (): string | undefined =>
      execFileSync("ip", ["netns", "pids", under], { encoding: "utf8" }).split("\n")[0] ||
      undefined;
    const listens = (): boolean =>
      execFileSync("ip", ["netns", "exec", under, "cat", "/proc/net/tcp"], {
        encoding: "utf8",
      }).includes(":0355 ");
    await eventually("it listens on port 853", listens);
    const first = resolverOf();
    assert.ok(first);
    process.kill(Number(first), "SIGKILL");
    await eventually("another listens", () => resolverOf() !== first && listens());
  });

  it("removes one host with its WireGuard, and gives its number to the next", async () => {
    underlay = await openUnderlay(context);
    const a = await underlay.addHost("a");
    await underlay.addHost("b");
    const server = await startServer(a, {
      privateKey: generateKeys().privateKey,
      peers: [],
      address: "100.64.0.1/32",
    });
    const ended = once(server, "exit");
    await underlay.removeHost("a");
    await ended;
    assert.deepEqual(namespaces().sort(), [`svpn${SLOT}-b`, `svpn${SLOT}-under`]);
    const c = await underlay.addHost("c");
    assert.equal(c.address, a.address);
    assert.match(inside(c, "ping", "-c1", "-W2", `10.213.${SLOT}.3`), / 0% packet loss/);
    await underlay.removeHost("never added");
  });

  it("gives a host its address again after a restart", async () => {
    underlay = await openUnderlay(context);
    await underlay.addHost("a");
    const b = await underlay.addHost("b");
    await underlay.close();
    underlay = await openUnderlay(context);
    assert.equal((await underlay.addHost("b")).address, b.address);
  });

  it("refuses a name that is taken or cannot be one, and stays usable", async () => {
    underlay = await openUnderlay(context);
    await underlay.addHost("a");
    await assert.rejects(underlay.addHost("a"), /already has a host a/);
    for (const name of ["", "under", "../x", "a b"])
      await assert.rejects(underlay.addHost(name), /cannot name a host/);
    await underlay.addHost("b");
    assert.equal(namespaces().length, 3);
  });

  it("names the process that holds the slot", async () => {
    underlay = await openUnderlay(context);
    const other = await testContext();
    await assert.rejects(
      openUnderlay(other),
      new RegExp(`slot ${SLOT} belong to process ${process.pid}`),
    );
    other.dispose();
  });

  it("is cleaned up when its process is killed with -9: namespaces and the WireGuard inside", async () => {
    const child = spawn(
      process.execPath,
      [new URL("./killed-cloud.ts", import.meta.url).pathname],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [pid] = (await once(createInterface(child.stdout), "line")) as [string];
    assert.ok(isRunning(Number(pid)));
    assert.equal(namespaces().length, 2);
    child.kill("SIGKILL");
    await eventually("nothing is left", () => namespaces().length === 0 && !isRunning(Number(pid)));
    underlay = await openUnderlay(context);
    assert.equal((await underlay.addHost("a")).netns, `svpn${SLOT}-a`);
  });

  it("removes a namespace that was left without a keeper, but no process that is not ours", async () => {
    execFileSync("ip", ["netns", "add", `svpn${SLOT}-left`]);
    const shell = spawn("ip", ["netns", "exec", `svpn${SLOT}-left`, "sleep", "30"]);
    underlay = await openUnderlay(context);
    assert.deepEqual(namespaces(), [`svpn${SLOT}-under`]);
    assert.ok(shell.pid !== undefined && isRunning(shell.pid));
    shell.kill();
  });
});

describe("the simulated underlay", () => {
  it("says in one line why, and hands out loopback addresses", async () => {
    const context = await testContext({ wireguardGo: undefined });
    const underlay = await openUnderlay(context);
    assert.equal(underlay.mode, "simulated");
    assert.equal(context.said.length, 1);
    assert.match(
      context.said[0] ?? "",
      /simulated: (wireguard-go is not installed|network namespaces need root|.*tun)/,
    );
    const a = await underlay.addHost("a");
    const b = await underlay.addHost("b");
    assert.equal(a.netns, "");
    assert.equal(a.address, `127.${77 + SLOT}.1.1`);
    assert.equal(b.address, `127.${77 + SLOT}.2.1`);
    await underlay.removeHost("a");
    assert.equal((await underlay.addHost("c")).address, a.address);
    assert.match(context.parts.get("network/underlay")?.detail ?? "", /^simulated: /);
    await underlay.close();
    context.dispose();
  });
});
