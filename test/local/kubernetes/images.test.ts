import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { imageName, resolveProgram } from "../../../local/kubernetes/images.ts";

const tools = {
  node: process.execPath,
  pulumi: "",
  etcd: "",
  coredns: "",
  kubeApiserver: "",
  kubeControllerManager: "",
  kubeScheduler: "",
};

describe("Images and local programs", () => {
  it("knows an image by its repository alone", () => {
    assert.equal(imageName("docker.io/library/node:24.21.0-slim@sha256:0123"), "node");
    assert.equal(imageName("localhost:5000/prometheus"), "prometheus");
  });

  it("runs the command that the pod gives with the local program", () => {
    const resolved = resolveProgram("library/node:24", ["node", "-e", "1"], ["x"], tools);
    assert.deepEqual(resolved, { argv: [process.execPath, "-e", "1", "x"] });
  });

  it("finds a program that the image keeps at another path", () => {
    const resolved = resolveProgram("busybox", ["/nowhere/sh", "-c", "true"], [], tools);
    assert.ok("argv" in resolved);
    assert.match(resolved.argv[0], /\/sh$/);
  });

  it("binds what listens everywhere to the pod's own address, and nothing else", () => {
    const flags = [
      "--web.listen-address=:9093",
      "--cluster.listen-address=0.0.0.0:9094",
      "--cluster.peer=other:9094",
    ];
    const resolved = resolveProgram(
      "quay.io/prometheus/alertmanager:v1",
      ["sh"],
      flags,
      tools,
      "127.80.1.2",
    );
    assert.ok("argv" in resolved);
    assert.deepEqual(resolved.argv.slice(1), [
      "--web.listen-address=127.80.1.2:9093",
      "--cluster.listen-address=127.80.1.2:9094",
      "--cluster.peer=other:9094",
    ]);
  });

  it("starts Prometheus by a script that finds pods for it", () => {
    const resolved = resolveProgram(
      "prom/prometheus:v3",
      ["sh"],
      ["--config.file=x"],
      tools,
      "127.80.1.2",
    );
    assert.ok("argv" in resolved);
    const [node, script, program, ...flags] = resolved.argv;
    assert.equal(node, tools.node);
    assert.match(script ?? "", /stand-ins\/prometheus\.ts$/);
    assert.match(program ?? "", /\/sh$/);
    assert.deepEqual(flags, ["--config.file=x"]);
  });

  it("says why an image or a command is not run", () => {
    const image = resolveProgram("grafana/grafana:12", undefined, [], tools);
    assert.ok("missing" in image);
    assert.match(image.missing, /grafana has no local program/);
    const command = resolveProgram("busybox", ["no-such-program"], [], tools);
    assert.ok("missing" in command);
    assert.match(command.missing, /no-such-program .*is not on this machine/);
  });
});
