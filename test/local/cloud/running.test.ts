import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "mocha";
import { isRunning } from "../../../local/cloud/running.ts";

const SERVER = `
  const server = require("node:net").createServer();
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

/** Whether a connection is taken. */
const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });

describe("a process that runs", () => {
  it("is this one, and none that never was", () => {
    assert.equal(isRunning(process.pid), true);
    assert.equal(isRunning(2 ** 22 + 1), false);
  });

  // Its threads end one after the other: about one in four was a zombie that still took connections.
  it("is a killed one too, until it takes no connection any more", async () => {
    for (let i = 0; i < 30; i++) {
      const server = spawn(process.execPath, ["-e", SERVER], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [port] = (await once(server.stdout, "data")) as [Buffer];
      server.kill("SIGKILL");
      while (isRunning(server.pid ?? 0)); // without a pause: the first moment counts
      assert.equal(await isTaken(Number(port)), false, `server ${i} still took a connection`);
    }
  });
});
