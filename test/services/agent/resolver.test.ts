import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { corefile } from "../../../infra/lib/corefile.ts";
import { CertificateAuthority } from "../../../local/parts/certificate-authority.ts";
import { resolveTools } from "../../../local/setup/tools.mjs";
import { RESOLVER } from "../../../services/contract/index.ts";
import { eventually } from "../../support/waiting.ts";
import { ask, connections, flood } from "./dns-query.ts";
import { labPossible, NetworkLab, program } from "./network-lab.ts";

const INTERNET = join(import.meta.dirname, "../../../local/network/dns-over-tls.ts");
const GATEWAYS = ["100.64.0.1", "fd5e:cafe::1"];
/** In the lab's world, where the upstream is; the second is nobody. */
const UPSTREAMS = ["203.0.113.2#dns.example.net", "203.0.113.9#dns.example.net"];
const NXDOMAIN = 3;

for (const firewall of [["nft"], ["iptables", "ip6tables"]])
  describe(`the resolver of a VPN server, led to by ${firewall[0]}`, () => suite(firewall));

function suite(firewall: readonly string[]): void {
  let lab: NetworkLab | undefined;
  const running: ChildProcess[] = [];
  let output = "";
  const using = (): NetworkLab => {
    if (lab === undefined) throw new Error("the lab cannot be built here");
    return lab;
  };
  const one = (): string => using().netns("one");

  function run(host: string, command: readonly string[], env: Record<string, string>): void {
    const child = spawn("ip", ["netns", "exec", using().netns(host), ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", ...env },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    running.push(child);
  }

  const metrics = (): string =>
    using().in(
      "server",
      process.execPath,
      "-e",
      `fetch("http://127.0.0.1:${RESOLVER.metricsPort}/metrics").then((r) => r.text()).then(console.log)`,
    );
  const askedUpstream = (): number =>
    [...metrics().matchAll(/^coredns_proxy_request_duration_seconds_count\{.*\} (\d+)$/gm)]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);

  async function serve(lab: NetworkLab): Promise<void> {
    const { coredns } = resolveTools();
    assert.ok(coredns, "set-up provides CoreDNS");
    const ca = await CertificateAuthority.open(join(lab.directory, "pki"));
    const { certPem, keyPem } = await ca.issue({
      commonName: "dns.example.net",
      dnsNames: ["dns.example.net"],
    });
    run("world", [process.execPath, INTERNET], {
      LISTEN_ADDRESS: "203.0.113.2",
      CERTIFICATE: certPem,
      KEY: keyPem,
    });
    const file = join(lab.directory, "Corefile");
    const clients = ["100.64.0.0/10", "fd5e:cafe::/48"];
    writeFileSync(file, corefile({ gateways: GATEWAYS, clients, upstreams: UPSTREAMS }));
    run("server", [coredns, "-conf", file], { POD_IP: "127.0.0.1", SSL_CERT_FILE: ca.file });
    await eventually("the resolver is ready", () => {
      const script = `fetch("http://127.0.0.1:${RESOLVER.readyPort}/ready").then((r) => console.log(r.status), () => console.log(0))`;
      return lab.in("server", process.execPath, "-e", script).trim() === "200";
    });
  }

  before(async function () {
    if (!labPossible() || firewall.some((name) => program(name) === undefined)) return this.skip();
    lab = new NetworkLab("r", { shell: ["/bin/sh"], firewall });
    lab.build();
    mkdirSync(join(lab.directory, "pki"));
    const client = await lab.addClient("one", 2);
    lab.start();
    await eventually("the interface reports", () => using().show() !== "");
    lab.desire(client);
    await eventually("the client is known", () => using().wg("peers").includes(client.publicKey));
    lab.connect(client);
    assert.ok(lab.reaches("one", "100.64.0.1"), "control: the tunnel carries");
    await serve(lab);
    let asked = 0;
    await eventually("it has learned that one upstream is down", () => {
      // Each time another name, or the answer would come from what it remembers.
      ask(one(), { server: "100.64.0.1", name: `none-${(asked += 1)}.example.org` });
      return /healthcheck_failures_total\{.*203\.0\.113\.9.*\} ([3-9]|\d\d)/.test(metrics());
    });
  });

  after(async () => {
    for (const child of running) child.kill("SIGTERM");
    await lab?.dispose();
  });

  for (const server of GATEWAYS)
    for (const transport of ["udp", "tcp"] as const)
      it(`answers a client at ${server} by ${transport}, from an upstream over TLS`, () => {
        const answer = ask(one(), { server, transport, name: "www.example.com" });
        assert.deepEqual(answer, { rcode: 0, answers: 1, address: "203.0.113.80" });
      });

  it("is all that the tunnel reaches of the server: no other port, not its own by number", () => {
    const nobody = { name: "www.example.com", patienceMs: 1_500 };
    for (const port of [RESOLVER.port, RESOLVER.metricsPort, RESOLVER.readyPort])
      for (const transport of ["udp", "tcp"] as const)
        assert.equal(ask(one(), { ...nobody, server: "100.64.0.1", port, transport }), undefined);
    // Led to nobody: the world has no resolver at that address, and it is not answered in its place.
    assert.equal(ask(one(), { ...nobody, server: "203.0.113.2" }), undefined);
  });

  it("answers what it has answered before without asking again", () => {
    const before = askedUpstream();
    assert.ok(before > 0, "control: it has asked");
    for (let times = 0; times < 3; times += 1)
      assert.equal(ask(one(), { server: "100.64.0.1", name: "www.example.com" })?.rcode, 0);
    assert.equal(askedUpstream(), before);
  });

  it("asks nobody for names and addresses of the region or of private networks", () => {
    const before = askedUpstream();
    for (const name of [
      "auth.securevpn.svc.cluster.local",
      "ip-10-0-0-1.ec2.internal",
      "1.0.0.10.in-addr.arpa",
      "254.169.254.169.in-addr.arpa",
      "1.0.20.172.in-addr.arpa",
      "1.0.0.0.0.0.0.0.d.f.ip6.arpa",
    ])
      assert.equal(ask(one(), { server: "100.64.0.1", name })?.rcode, NXDOMAIN, name);
    assert.equal(askedUpstream(), before);
  });

  it("gives one client no more than its share: questions by UDP, connections by TCP", () => {
    const received = (): number =>
      [...metrics().matchAll(/^coredns_dns_requests_total\{.*\} (\d+)$/gm)]
        .map(([, count]) => Number(count))
        .reduce((sum, count) => sum + count, 0);
    const before = received();
    for (const server of GATEWAYS) flood(one(), server, 1_000);
    const taken = received() - before;
    assert.ok(taken >= 100, `control: a page's worth of questions is answered, ${taken} were`);
    assert.ok(taken <= 800, `${taken} of 2,000 questions of one client within a moment were taken`);
    for (const server of GATEWAYS) assert.equal(connections(one(), server, 100), 32);
  });

  it("says of no question whose it was or what it asked: neither in its output nor in its metrics", () => {
    const rcode = ask(one(), { server: "100.64.0.1", name: "who-asks-this.example.net" })?.rcode;
    assert.equal(rcode, NXDOMAIN);
    const told = `${output}\n${metrics()}`;
    assert.match(told, /coredns_dns_requests_total\{/, "control: it counts");
    const traces = ["who-asks", "www.example", "100.64.0.2", "fd5e:cafe::2", "auth.securevpn"];
    assert.deepEqual(
      told.split("\n").filter((line) => traces.some((trace) => line.includes(trace))),
      [],
    );
  });
}
