import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import {
  parseDump,
  parseKernel,
  type KernelState,
} from "../../../services/agent/domain/wireguard-files.ts";
import {
  genkey,
  labPossible,
  NetworkLab,
  program,
  pubkey,
  REGION_ADDRESSES,
  type Client,
  type Variant,
} from "./network-lab.ts";
import { assertWithin, eventually, soon } from "../../support/waiting.ts";

const IDLE_SECONDS = 4;

function suite(id: string, title: string, variant: Variant, possible: boolean): void {
  describe(`the data plane ${title}`, () => {
    let lab: NetworkLab | undefined;
    let one: Client;
    let two: Client;
    const using = (): NetworkLab => {
      if (lab === undefined) throw new Error("the lab cannot be built here");
      return lab;
    };
    const handshakeOf = (client: Client): number =>
      parseDump(using().show())?.peers.find(({ publicKey }) => publicKey === client.publicKey)
        ?.handshakeAt ?? -1;

    before(async function () {
      if (!possible) return this.skip();
      lab = new NetworkLab(id, variant);
      lab.build();
      one = await lab.addClient("one", 2);
      two = await lab.addClient("two", 3);
      // Long at first: no peer is reset before its own test.
      lab.start({ PEER_IDLE_SECONDS: String(IDLE_SECONDS * 100) });
      await eventually("the interface reports", () => using().show() !== "");
    });
    after(() => lab?.dispose());

    it("has the gateway's addresses, the MTU and the routes before any peer is wanted", () => {
      const lab = using();
      const link = lab.in("server", "ip", "address", "show", "dev", lab.interfaceName);
      for (const part of ["mtu 1380", "100.64.0.1/32", "fd5e:cafe::1/128"])
        assert.ok(link.includes(part), part);
      assert.match(lab.in("server", "ip", "route"), /100\.64\.0\.0\/10 dev/);
      assert.deepEqual(parseDump(lab.show())?.peers, []);
    });

    it("tells the kernel's bounds, and does not hide that the interface is not threaded", async () => {
      const lab = using();
      const kernel = (): KernelState =>
        parseKernel(readFileSync(join(lab.shared, "kernel.txt"), "utf8"));
      await eventually("it has told", () => existsSync(join(lab.shared, "kernel.txt")));
      const inside = (path: string): number => Number(lab.in("server", "cat", path));
      const max = inside("/proc/sys/net/netfilter/nf_conntrack_max");
      assert.equal(kernel().conntrackMax, max);
      assert.ok((kernel().conntrackEntries ?? -1) >= 0);
      const threaded = inside(`/sys/class/net/${lab.interfaceName}/threaded`);
      assert.equal(kernel().threaded, threaded);
      assert.equal(lab.output.includes("is not threaded"), threaded !== 1);
    });

    it("marks wireguard-go with the interface's name in its environment", () => {
      const lab = using();
      const daemons = lab
        .serverProcesses()
        .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("wireguard-go"));
      for (const pid of daemons)
        assert.ok(
          readFileSync(`/proc/${pid}/environ`, "utf8")
            .split("\0")
            .includes(`WIREGUARD_INTERFACE=${lab.interfaceName}`),
        );
    });

    it("carries wanted peers: handshake and ping to both gateway addresses, seen in show.txt without keys or endpoints", async () => {
      const lab = using();
      lab.desire(one, two);
      await eventually(
        "both peers are there",
        () => lab.wg("peers").trim().split("\n").length === 2,
      );
      for (const client of ["one", "two"])
        for (const address of ["100.64.0.1", "fd5e:cafe::1"])
          assert.ok(lab.reaches(client, address), `${client} to ${address}`);
      await eventually(
        "handshakes are reported",
        () => handshakeOf(one) > 0 && handshakeOf(two) > 0,
      );
      assert.equal(parseDump(lab.show())?.publicKey, pubkey(lab.serverKey));
      assert.equal(statSync(join(lab.shared, "show.txt")).mode & 0o777, 0o644);
      assert.ok(!lab.show().includes(lab.serverKey) && !lab.show().includes("198.51.100."));
    });

    it("lets clients reach the world by masquerade, but no address of the region and not each other", () => {
      const lab = using();
      for (const world of ["203.0.113.2", "2001:db8::2"])
        assert.ok(lab.reaches("one", world), `the world at ${world}`);
      for (const address of REGION_ADDRESSES) {
        assert.ok(lab.reaches("server", address), `control: the server reaches ${address}`);
        assert.ok(!lab.reaches("one", address, 1), address);
      }
      assert.ok(
        !lab.reaches("one", "100.64.0.3") && !lab.reaches("one", "fd5e:cafe::3"),
        "the other client",
      );
    });

    it("keeps the old peers when a configuration is refused, and names no key", async () => {
      const lab = using();
      lab.writeDesired(
        `[Interface]\nPrivateKey = ${lab.serverKey}\nListenPort = 51820\n\n[Peer]\nPublicKey = nonsense-key\nAllowedIPs = 100.64.0.9/32\n`,
      );
      await eventually("it says so", () => lab.output.includes("refused"));
      await sleep(1_500);
      assert.equal(lab.output.split("refused").length, 2, "once, however often it tries");
      assert.equal(lab.wg("peers").trim().split("\n").length, 2);
      assert.ok(!lab.output.includes("nonsense-key") && !lab.output.includes(lab.serverKey));
    });

    it("tries a failed configuration again until it takes, without a new file", async () => {
      const lab = using();
      const key = pubkey(genkey());
      writeFileSync(lab.brokenFlag, "");
      lab.desire(one, two, { ...two, publicKey: key, allowedIps: ["100.64.0.4/32"] });
      await sleep(1_500);
      assert.ok(!lab.wg("peers").includes(key));
      rmSync(lab.brokenFlag);
      await soon("the third peer is there", 4_000, () => lab.wg("peers").includes(key));
    });

    it("stops the packets of a removed peer within 2 s and of no other", async () => {
      const lab = using();
      assert.ok(lab.reaches("one", "100.64.0.1"), "control: it was connected");
      lab.desire(two);
      await soon("the peer is gone", 2_000, () => !lab.wg("peers").includes(one.publicKey));
      assert.ok(!lab.reaches("one", "100.64.0.1"));
      assert.ok(lab.reaches("two", "100.64.0.1"));
    });

    it("is what kept clients apart: without its firewall they reach each other", async () => {
      const lab = using();
      lab.desire(one, two);
      await eventually("both peers are there", () => lab.wg("peers").includes(one.publicKey));
      lab.connect(one);
      assert.ok(lab.reaches("one", "100.64.0.1") && !lab.reaches("one", "100.64.0.3"));
      if (variant.firewall.includes("nft")) lab.in("server", "nft", "flush", "ruleset");
      else for (const xt of iptables) lab.in("server", xt, "-F", "FORWARD");
      for (const address of ["100.64.0.3", "fd5e:cafe::3"])
        assert.ok(lab.reaches("one", address), address);
      // A second start puts its rules over whatever is left.
      lab.dataPlane?.kill("SIGKILL");
      lab.start();
      await eventually(
        "the firewall is back",
        () => lab.firewall().match(/securevpn|SVPN/) !== null,
      );
      await eventually("the peers are applied", () => parseDump(lab.show())?.peers.length === 2);
      lab.connect(one);
      assert.ok(lab.reaches("one", "100.64.0.1") && !lab.reaches("one", "100.64.0.3"));
    });

    it("ends within 2 s of SIGTERM with 0 and leaves no interface, firewall, process or report", async () => {
      const lab = using();
      const { dataPlane } = lab;
      assert.ok(dataPlane);
      rmSync(lab.unguardedLog, { force: true });
      const from = performance.now();
      dataPlane.kill("SIGTERM");
      const [code] = await once(dataPlane, "exit");
      assert.equal(code, 0);
      assertWithin("its end", performance.now() - from, 2_000);
      assert.ok(!lab.in("server", "ip", "link").includes(lab.interfaceName));
      assert.doesNotMatch(lab.firewall(), /securevpn|SVPN/);
      await soon("no process is left", 2_000, () => lab.serverProcesses().length === 0);
      assert.ok(!existsSync(join(lab.shared, "show.txt")));
    });

    it("takes the interface away before the rules that guard it", () => {
      const lab = using();
      assert.equal(lab.dataPlane?.exitCode, 0, "control: it has just ended");
      assert.equal(
        existsSync(lab.unguardedLog) ? readFileSync(lab.unguardedLog, "utf8") : "",
        "",
        "for that long, clients would reach each other, the metadata address and the node's ports",
      );
    });

    it("forgets the endpoint and the handshake of an idle peer, which may come back", async () => {
      const lab = using();
      lab.desire(one);
      lab.start({ PEER_IDLE_SECONDS: String(IDLE_SECONDS) });
      await eventually("it runs again", () => lab.show().includes(one.publicKey));
      lab.connect(one);
      assert.ok(lab.reaches("one", "100.64.0.1"));
      assert.match(lab.wg("endpoints"), /198\.51\.100\.2:/, "control: the endpoint was known");
      await soon("the endpoint is forgotten", 30_000, () =>
        lab.wg("endpoints").includes(`${one.publicKey}\t(none)`),
      );
      await eventually("so is the handshake, and the peer stays", () => handshakeOf(one) === 0);
      lab.connect(one);
      assert.ok(lab.reaches("one", "100.64.0.1"));
    });
  });
}

const iptables = ["iptables", "ip6tables"];
const busybox = program("busybox");
suite("n", "with nft", { shell: ["/bin/sh"], firewall: ["nft"] }, labPossible());
suite(
  "i",
  "with iptables",
  { shell: ["/bin/sh"], firewall: iptables },
  labPossible() && [...iptables, "iptables-save"].every((name) => program(name) !== undefined),
);
suite(
  "b",
  "under busybox",
  { shell: [busybox ?? "busybox", "ash"], firewall: ["nft"] },
  labPossible() && busybox !== undefined,
);
