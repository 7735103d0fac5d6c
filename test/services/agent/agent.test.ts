import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { Agent } from "../../../services/agent/agent.ts";
import { parseDesired } from "../../../services/agent/domain/wireguard-files.ts";
import type { Peer } from "../../../services/agent/domain/peers.ts";
import { SelectorClient } from "../../../services/agent/store/selector-client.ts";
import { WireguardDirectory } from "../../../services/agent/store/wireguard-directory.ts";
import { randomKey } from "../selector/fixtures.ts";
import { eventually, soon } from "../../support/waiting.ts";
import { ScriptedSelector, type ListMode } from "./scripted-selector.ts";

const peer = (n: number): Peer => ({
  publicKey: randomKey(),
  allowedIps: [`100.64.0.${n}/32`, `fd5e:cafe::${n}/128`],
});

describe("the agent against a selector", () => {
  let directory: string;
  let selector: ScriptedSelector;
  let agent: Agent | undefined;

  const file = (name: string): string => join(directory, name);
  const desired = (): readonly Peer[] =>
    parseDesired(readFileSync(file("wg/desired.conf"), "utf8"))?.peers ?? [];
  const keys = (peers: readonly Peer[]): string[] => peers.map(({ publicKey }) => publicKey).sort();
  const carries = (peers: readonly Peer[]): boolean =>
    keys(desired()).join() === keys(peers).join();
  /** What the data plane would write for these peers. */
  const show = (peers: readonly Peer[], handshakeAt: number): void => {
    const publicKey = selector.registrations[0]?.publicKey ?? "";
    const lines = peers.map(
      (p) =>
        `${p.publicKey}\t(hidden)\t(hidden)\t${p.allowedIps.join(",")}\t${handshakeAt}\t10\t20\toff`,
    );
    writeFileSync(
      file("wg/show.txt"),
      `${[`(hidden)\t${publicKey}\t51820\toff`, ...lines].join("\n")}\n`,
    );
  };
  const start = async (): Promise<Agent> => {
    const client = new SelectorClient({ url: selector.url, tokenFile: file("token") });
    agent = await Agent.open({
      selector: client,
      directory: new WireguardDirectory(file("wg")),
      version: "1",
      udpPort: 51820,
      log: pino({ level: "silent" }),
    });
    agent.start();
    return agent;
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "securevpn-agent-"));
    writeFileSync(file("token"), "first\n");
    selector = new ScriptedSelector();
    await selector.listen();
  });
  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
    await selector.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is ready only when it is registered, its beat was taken and its data plane reports", async () => {
    const running = await start();
    assert.equal(running.notReady().length, 3);
    await eventually("it is registered", () => selector.count("/register") === 1);
    show([], 0);
    await eventually("it is ready", () => running.notReady().length === 0);
  });

  it("shows the token as it is on the disk at each call", async () => {
    await start();
    await eventually("beats come", () => selector.count("/heartbeat") > 0);
    writeFileSync(file("token"), "second\n");
    await eventually("the rotated token is used", () => selector.calls.at(-1)?.token === "second");
    assert.equal(selector.calls[0]?.token, "first");
  });

  it("keeps its key to itself and lets the group read the configuration", async () => {
    await start();
    assert.equal(statSync(file("wg/private.key")).mode & 0o777, 0o600);
    assert.equal(statSync(file("wg/desired.conf")).mode & 0o777, 0o640);
  });

  it("takes pushed peers within a second, without asking for the list", async () => {
    selector.reconcileSeconds = 3600;
    await start();
    await eventually(
      "the stream stands and was compared",
      () => selector.openStreams === 1 && selector.count("/peers") >= 1,
    );
    const listed = selector.count("/peers");
    const [a, b] = [peer(2), peer(3)];
    selector.push("add", { epoch: 2, ...a });
    selector.push("add", { epoch: 3, ...b });
    await soon("both are wanted", 1_000, () => carries([a, b]));
    selector.push("remove", { epoch: 4, publicKey: a.publicKey });
    await soon("one is", 1_000, () => carries([b]));
    assert.equal(selector.count("/peers"), listed);
  });

  it("an event that jumps ahead makes it ask for the list at once: a lost removal does not wait for the next comparison", async () => {
    const [a, b, c] = [peer(2), peer(3), peer(4)];
    Object.assign(selector, { reconcileSeconds: 3600, peers: [a, b], epoch: 5 });
    await start();
    await eventually("the list is taken", () => carries([a, b]) && selector.openStreams === 1);
    Object.assign(selector, { peers: [c], epoch: 8 });
    selector.push("add", { epoch: 8, ...c });
    await soon("the lost removals are made good", 1_000, () => carries([c]));
  });

  it("events that are no events change nothing", async () => {
    const peers = [peer(2), peer(3)];
    Object.assign(selector, { peers, epoch: 5, reconcileSeconds: 3600 });
    await start();
    await eventually("the list is taken", () => carries(peers) && selector.openStreams === 1);
    selector.push("add", { epoch: 6, publicKey: "AAAA", allowedIps: ["100.64.0.9/32"] });
    selector.push("add", { epoch: 6, publicKey: randomKey(), allowedIps: ["0.0.0.0/0"] });
    selector.push("remove", { epoch: "x" });
    const last = peer(9);
    selector.push("add", { epoch: 6, ...last });
    await eventually("the one after them is taken", () => carries([...peers, last]));
  });

  const broken: readonly ListMode[] = [
    "empty",
    "html",
    "failed",
    "garbled items",
    "no peers key",
    "foreign json",
    "cut",
  ];
  for (const mode of broken) {
    it(`never wipes itself: a list that is "${mode}", three times over, removes no peer`, async () => {
      const peers = Array.from({ length: 20 }, (_, n) => peer(n + 2));
      Object.assign(selector, { peers, epoch: 5 });
      await start();
      await eventually("the list is taken", () => carries(peers));
      selector.listMode = mode;
      const before = selector.count("/peers");
      await eventually("it asked three times", () => selector.count("/peers") >= before + 4);
      assert.ok(carries(peers));
      Object.assign(selector, { listMode: "right", peers: peers.slice(0, 5), epoch: 9 });
      await eventually("a right one is taken afterwards", () => carries(peers.slice(0, 5)));
    });
  }

  it("registers again when the selector no longer knows it, with the same key", async () => {
    await start();
    await eventually("it beats", () => selector.count("/heartbeat") > 0);
    selector.knowsServer = false;
    await eventually("it registered again", () => selector.count("/register") === 2);
    assert.deepEqual(selector.registrations[0], selector.registrations[1]);
  });

  it("opens a cut stream again and compares, so that what was pushed meanwhile is not missed", async () => {
    selector.reconcileSeconds = 3600;
    await start();
    await eventually(
      "the stream stands and was compared",
      () => selector.openStreams === 1 && selector.count("/peers") >= 1,
    );
    const missed = peer(2);
    Object.assign(selector, { peers: [missed], epoch: 2 });
    selector.cutStreams();
    await eventually("the missed peer is wanted", () => carries([missed]));
  });

  it("reports a handshake once, with its age, and what flowed", async () => {
    const one = peer(2);
    Object.assign(selector, { peers: [one], epoch: 2 });
    await start();
    await eventually("the peer is wanted", () => carries([one]));
    show([one], Math.floor(Date.now() / 1000) - 7);
    await eventually("it is reported", () =>
      selector.beats.some(({ handshakes }) => handshakes.length === 1),
    );
    const after = selector.beats.length;
    await eventually("more beats come", () => selector.beats.length > after + 3);
    const reports = selector.beats.flatMap(({ handshakes }) => handshakes);
    assert.equal(reports.length, 1);
    assert.equal(reports[0]?.publicKey, one.publicKey);
    assert.ok(Math.abs((reports[0]?.ageSeconds ?? 0) - 7) <= 2);
    assert.deepEqual([selector.beats.at(-1)?.rxBytes, selector.beats.at(-1)?.serving], [10, true]);
  });

  it("keeps key and peers over a restart while the whole control plane is down", async () => {
    const peers = [peer(2), peer(3)];
    Object.assign(selector, { peers, epoch: 5 });
    await start();
    await eventually("the list is taken", () => carries(peers));
    await agent?.stop();
    await selector.close();
    const key = readFileSync(file("wg/private.key"), "utf8");
    selector = new ScriptedSelector();
    await selector.listen();
    const { url } = selector;
    await selector.close();
    const client = new SelectorClient({ url, tokenFile: file("token") });
    const again = await Agent.open({
      selector: client,
      directory: new WireguardDirectory(file("wg")),
      version: "1",
      udpPort: 51820,
      log: pino({ level: "silent" }),
    });
    again.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(carries(peers));
    assert.equal(again.peerCount, 2);
    assert.equal(readFileSync(file("wg/private.key"), "utf8"), key);
    await again.stop();
    selector = new ScriptedSelector();
    await selector.listen();
  });
});
