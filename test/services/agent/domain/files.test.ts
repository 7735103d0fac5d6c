import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseWireguardConfig } from "../../../../local/network/wireguard-config.ts";
import { Activity } from "../../../../services/agent/domain/activity.ts";
import { parsePeerList } from "../../../../services/agent/domain/answers.ts";
import { EventStreamParser } from "../../../../services/agent/domain/event-stream.ts";
import {
  parseDesired,
  parseDump,
  parseKernel,
  renderDesired,
} from "../../../../services/agent/domain/wireguard-files.ts";
import { randomKey } from "../../selector/fixtures.ts";

describe("the agent's files and answers", () => {
  it("what the data plane says of the kernel is read line by line, and what is no figure is left out", () => {
    assert.deepEqual(parseKernel("nf_conntrack_count 12\nnf_conntrack_max 1048576\nthreaded 0\n"), {
      conntrackEntries: 12,
      conntrackMax: 1_048_576,
      threaded: 0,
    });
    assert.deepEqual(parseKernel("nf_conntrack_max many\nother 5\nthreaded 1\n"), { threaded: 1 });
    assert.deepEqual(parseKernel(""), {});
  });

  it("a desired configuration is read back as it was written, and is what wg understands", () => {
    const peers = [
      { publicKey: randomKey(), allowedIps: ["100.64.0.17/32", "fd00::11/128"] },
      { publicKey: randomKey(), allowedIps: ["100.64.0.18/32"] },
    ];
    const text = renderDesired(
      { privateKey: randomKey(), listenPort: 51820, epoch: 12, peers },
      "1",
    );
    assert.deepEqual(parseDesired(text), { epoch: 12, peers });
    assert.deepEqual(
      parseWireguardConfig(text).peers.map(({ publicKey, allowedIps }) => ({
        publicKey,
        allowedIps,
      })),
      peers,
    );
  });

  it("a torn or foreign desired configuration is none", () => {
    const text = renderDesired(
      { privateKey: "k", listenPort: 1, epoch: 1, peers: [{ publicKey: "a", allowedIps: ["b"] }] },
      "1",
    );
    for (const broken of [
      "",
      text.slice(0, -1),
      text.slice(0, -5),
      "<html></html>",
      "[Interface]\n",
    ])
      assert.equal(parseDesired(broken), undefined);
  });

  it("reads a dump and refuses anything else", () => {
    const dump = `(hidden)\tPUB\t51820\toff\nKEY\t(hidden)\t(hidden)\t100.64.0.17/32\t1700000000\t180\t92\toff\n`;
    assert.deepEqual(parseDump(dump), {
      publicKey: "PUB",
      peers: [{ publicKey: "KEY", handshakeAt: 1700000000, rxBytes: 180, txBytes: 92 }],
    });
    for (const broken of ["", "x", `${dump}half\ta\n`, dump.replace("180", "many")])
      assert.equal(parseDump(broken), undefined);
  });

  it("a list of peers is a list of peers, or nothing", () => {
    const good = { publicKey: randomKey(), allowedIps: ["100.64.0.17/32", "fd00::11/128"] };
    for (const answer of [
      undefined,
      null,
      "",
      "<html>",
      [],
      {},
      { peers: [] },
      { epoch: 1 },
      { epoch: -1, peers: [] },
      { epoch: "1", peers: [] },
    ]) {
      assert.equal(parsePeerList(answer), undefined);
    }
    const bad = [
      { ...good, allowedIps: ["0.0.0.0/0"] },
      { ...good, allowedIps: [] },
      { ...good, allowedIps: ["100.64.0.0/10"] },
      { publicKey: "AAAA", allowedIps: good.allowedIps },
      5,
    ];
    assert.deepEqual(parsePeerList({ epoch: 3, peers: [good, ...bad] }), {
      epoch: 3,
      peers: [good],
      invalid: 5,
    });
  });

  it("a handshake is reported once it was taken, and again only when it is newer", () => {
    const activity = new Activity();
    const seen = (handshakeAt: number): void =>
      activity.observe(
        [
          { publicKey: "a", handshakeAt, rxBytes: 0, txBytes: 0 },
          { publicKey: "b", handshakeAt: 0, rxBytes: 0, txBytes: 0 },
        ],
        1000,
      );
    seen(990);
    assert.deepEqual(activity.unreported(10, 1000), [{ publicKey: "a", ageSeconds: 10 }]);
    const report = activity.unreported(10, 1005);
    activity.reported(report, 1005);
    assert.deepEqual(activity.unreported(10, 1006), []);
    seen(995);
    assert.equal(activity.unreported(10, 1006).length, 1);
  });

  it("transfer goes on over a reset of a peer's counters", () => {
    const activity = new Activity();
    for (const rxBytes of [100, 150, 20])
      activity.observe([{ publicKey: "a", handshakeAt: 0, rxBytes, txBytes: 1 }], 1000);
    assert.deepEqual(activity.transfer, { rxBytes: 170, txBytes: 1 });
  });

  it("events survive any cut of the stream", () => {
    const text = `: open\n\nevent: add\ndata: {"a":1}\n\n: still here\n\nevent: remove\r\ndata: {"b":2}\r\n\r\n`;
    for (let size = 1; size < 20; size++) {
      const parser = new EventStreamParser();
      const events = [];
      for (let at = 0; at < text.length; at += size)
        events.push(...parser.push(text.slice(at, at + size)));
      assert.deepEqual(
        events,
        [
          { event: "add", data: `{"a":1}` },
          { event: "remove", data: `{"b":2}` },
        ],
        `cut by ${size}`,
      );
    }
  });
});
