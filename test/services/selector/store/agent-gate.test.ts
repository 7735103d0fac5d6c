import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { AgentGate } from "../../../../services/selector/store/agent-gate.ts";

function gateWith(review: (token: string) => string | undefined) {
  const state = { nowMs: 1_000_000, asked: 0, down: false };
  const gate = new AgentGate(
    {
      reviewAgentToken: (token) => {
        state.asked += 1;
        return state.down
          ? Promise.reject(new Error("ECONNREFUSED"))
          : Promise.resolve(review(token));
      },
      node: (node) => Promise.resolve({ node, zone: "us-east-1a", host: "203.0.113.7" }),
    },
    () => state.nowMs,
  );
  return { gate, state };
}

describe("who an agent is", () => {
  it("one node is one server whatever its token, and the id does not say the node's name", async () => {
    const { gate } = gateWith(() => "ip-10-0-1-2");
    const first = await gate.identify("token-1");
    assert.deepEqual(await gate.identify("token-2"), first);
    assert.match(first.serverId, /^us-east-1a-[0-9a-f]{8}$/);
    assert.equal(first.host, "203.0.113.7");
  });

  it("asks the API server about a token once a minute", async () => {
    const { gate, state } = gateWith(() => "node");
    for (let i = 0; i < 5; i++) await gate.identify("t");
    assert.equal(state.asked, 1);
    state.nowMs += 61_000;
    await gate.identify("t");
    assert.equal(state.asked, 2);
  });

  it("refuses a token that is nobody's, without asking each time", async () => {
    const { gate, state } = gateWith(() => undefined);
    for (let i = 0; i < 3; i++) await assert.rejects(gate.identify("t"), { status: 401 });
    assert.equal(state.asked, 1);
  });

  it("a known agent stays known for 15 minutes while the API server is down; a new one has to wait", async () => {
    const { gate, state } = gateWith(() => "node");
    const known = await gate.identify("t");
    state.down = true;
    state.nowMs += 14 * 60_000;
    assert.deepEqual(await gate.identify("t"), known);
    await assert.rejects(gate.identify("new"), { status: 503 });
    state.nowMs += 2 * 60_000;
    await assert.rejects(gate.identify("t"), { status: 503 });
  });
});
