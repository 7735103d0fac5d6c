import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ACCEPTED, NEEDED, REPLICATION, type Flows } from "./flows.ts";
import { deletions, derive, flowName } from "./derive.ts";
import { readParts, type Part, type Port } from "./parts.ts";
import { scraped } from "./pods.ts";
import { Golden, readPlan, type Plan } from "./plan.ts";
import { openness, subnetsConnect } from "./reach.ts";

interface Flow {
  readonly from: Part;
  readonly to: Part;
  readonly port: Port;
}

const nameOf = ({ from, to, port }: Flow): string => flowName(from.name, to.name, port);

/** Rows of the list as single flows. A part that the plan lacks is an error: the list is then old. */
function expand(parts: readonly Part[], list: readonly Flows[]): Flow[] {
  const part = (name: string): Part =>
    parts.find((one) => one.name === name) ?? assert.fail(`the plan has no ${name}`);
  return list.flatMap(({ from, to, ports }) =>
    from.flatMap((source) =>
      to.flatMap((target) =>
        part(target)
          .listens.filter((port) => ports === "all" || ports.includes(port))
          .map((port) => ({ from: part(source), to: part(target), port })),
      ),
    ),
  );
}

const isWhole = (plan: Plan, { from, to, port }: Flow): boolean =>
  openness(plan, from, to, port, "strict") === "all";

for (const stack of ["prod", "prod-eu-central-1", "prod-ap-southeast-1"])
  describe(`who reaches whom in ${stack}`, () => {
    const golden = new Golden(stack);
    const plan = readPlan(golden);
    const parts = readParts(golden, plan);
    const needed = expand(parts, NEEDED);
    const replication = expand(parts, REPLICATION);

    it("every port that the list names is one on which somebody listens", () => {
      const unheard = [...NEEDED, ...REPLICATION].flatMap(({ to, ports }) =>
        ports === "all"
          ? []
          : ports.filter(
              (port) =>
                !parts.some((p) => to.includes(p.name) && p.listens.some((l) => l === port)),
            ),
      );
      assert.deepEqual(unheard, []);
    });

    it("every flow that is needed is open, from every subnet to every subnet", () => {
      assert.deepEqual(needed.filter((flow) => !isWhole(plan, flow)).map(nameOf), []);
      assert.deepEqual(
        replication.filter((f) => !subnetsConnect(plan, f.from, f.to, f.port)).map(nameOf),
        [],
      );
    });

    it("Prometheus reaches every port that a pod of ours names as one of figures", () => {
      const asked = scraped(golden);
      const list = asked.map(({ to, port }) => ({
        from: ["prometheus"],
        to: [to],
        ports: [port],
        why: "",
      }));
      const flows = expand(parts, list);
      assert.equal(flows.length, asked.length);
      assert.ok(flows.length >= 10, String(flows.length));
      assert.deepEqual(flows.filter((flow) => !isWhole(plan, flow)).map(nameOf), []);
    });

    it("nothing else is", () => {
      const listed = new Set([...needed, ...expand(parts, ACCEPTED)].map(nameOf));
      const open = [...derive(plan, parts, "broad").keys()];
      assert.deepEqual(
        open.filter((flow) => !listed.has(flow)),
        [],
      );
    });

    it("nothing is accepted that is closed", () => {
      const open = derive(plan, parts, "broad");
      const closed = ACCEPTED.filter(
        (row) => !expand(parts, [row]).some((flow) => open.has(nameOf(flow))),
      );
      assert.deepEqual(
        closed.map(({ why }) => why),
        [],
      );
    });

    it("every rule carries a flow that is needed", () => {
      const open = needed.filter((flow) => isWhole(plan, flow));
      const needless = deletions(plan).filter(
        ({ plan: without }) =>
          open.every((flow) => isWhole(without, flow)) &&
          replication.every((f) => subnetsConnect(without, f.from, f.to, f.port)),
      );
      assert.deepEqual(
        needless.map(({ what }) => what),
        [],
      );
    });
  });

describe("what the derivation notices", () => {
  const plan = readPlan(new Golden("prod"));
  const parts = readParts(new Golden("prod"), plan);
  const before = derive(plan, parts, "broad");
  const opened = (changed: Plan): string[] =>
    [...derive(changed, parts, "broad").keys()].filter((flow) => !before.has(flow));
  const groupOf = (name: string): string =>
    parts.find((part) => part.name === name)?.groups[0] ?? assert.fail(name);
  const rule = (to: string, from: string, port: number) => ({
    key: "added",
    direction: "in" as const,
    group: groupOf(to),
    protocol: "tcp",
    from: port,
    to: port,
    cidr: undefined,
    peer: groupOf(from),
  });

  it("a group that lets endpoint nodes to the data is not enough: the subnets' list holds", () => {
    const groupRules = [...plan.groupRules, rule("cache", "endpoint node", 6379)];
    assert.deepEqual(opened({ ...plan, groupRules }), []);
    const aclEntries = plan.aclEntries.map((entry) => ({ ...entry, cidr: "0.0.0.0/0" }));
    assert.deepEqual(opened({ ...plan, aclEntries }), []);
    assert.deepEqual(opened({ ...plan, groupRules, aclEntries }), [
      "endpoint node -> cache tcp 6379",
    ]);
  });

  it("a rule that opens a port to the world", () => {
    const world = {
      ...rule("endpoint node", "system node", 22),
      cidr: "0.0.0.0/0",
      peer: undefined,
    };
    const flows = opened({ ...plan, groupRules: [...plan.groupRules, world] });
    assert.ok(flows.includes("client -> endpoint node tcp 22"), flows.join());
  });

  it("a policy that lets everybody in", () => {
    const all = { key: "added", policy: "auth", direction: "in" as const };
    const policyRules = [...plan.policyRules, { ...all, peers: undefined, ports: undefined }];
    assert.deepEqual(opened({ ...plan, policyRules }), [
      "endpoint node -> auth tcp 9090",
      "system node -> auth tcp 9090",
      "add-ons -> auth tcp 9090",
    ]);
  });

  it("a pod that no policy of its own names reaches nobody, and nobody it", () => {
    const node = parts.find(({ name }) => name === "system node") ?? assert.fail();
    for (const namespace of new Set(plan.policies.map((policy) => policy.namespace))) {
      const stray: Part = {
        ...node,
        name: "stray",
        listens: ["tcp 8080", "tcp 9090"],
        pod: { namespace, labels: { app: "stray" } },
      };
      const flows = [...derive(plan, [...parts, stray], "broad").keys()].filter((flow) =>
        flow.includes("stray"),
      );
      // Prometheus may ask all pods of monitoring; they do not let it.
      assert.deepEqual(flows, [], namespace);
    }
  });
});
