import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it } from "mocha";
import YAML from "yaml";
import { alertRules } from "../../infra/monitoring/alert-rules.ts";
import { prometheusConfig, RULES_FILE } from "../../infra/monitoring/prometheus-config.ts";
import { METRICS } from "../../services/contract/index.ts";
import { at, listAt, textAt } from "./support/read.ts";

const ROOT = join(import.meta.dirname, "../..");
const promtool = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "promtool"))
  .find((path) => existsSync(path));

const labels = (name: string): string => `${name}{pod="vpn-1",node="n1"}`;

/** Series that stand still for half an hour, and which alerts they raise. */
const CASES: readonly {
  readonly title: string;
  readonly series: Readonly<Record<string, number>>;
  readonly alerts: readonly string[];
}[] = [
  {
    title: "a server as the launch template makes it, with all its peers",
    series: {
      [METRICS.agentPeers]: 10_000,
      [METRICS.conntrackMax]: 1_048_576,
      [METRICS.conntrackEntries]: 400_000,
      [METRICS.wireguardThreaded]: 1,
    },
    alerts: [],
  },
  {
    title: "a table that kube-proxy has reset",
    series: { [METRICS.agentPeers]: 10_000, [METRICS.conntrackMax]: 131_072 },
    alerts: ["VpnServerFlowTableTooSmall"],
  },
  {
    title: "a table of which more than four fifths are taken",
    series: { [METRICS.conntrackMax]: 1_048_576, [METRICS.conntrackEntries]: 900_000 },
    alerts: ["VpnServerFlowTableNearlyFull"],
  },
  {
    title: "an interface that one core serves",
    series: { [METRICS.wireguardThreaded]: 0 },
    alerts: ["VpnServerOnOneCore"],
  },
];

const rulesOf = (): readonly unknown[] =>
  listAt(YAML.parse(alertRules()), "groups").flatMap((group) => listAt(group, "rules"));

/** One case as promtool takes it: every alert is looked at, those that must not ring too. */
const testOf = ({ title, series, alerts }: (typeof CASES)[number]) => ({
  name: title,
  interval: "1m",
  input_series: Object.entries(series).map(([name, value]) => ({
    series: labels(name),
    values: `${value}x30`,
  })),
  alert_rule_test: rulesOf().map((rule) => ({
    eval_time: "20m",
    alertname: textAt(rule, "alert"),
    exp_alerts: alerts.includes(textAt(rule, "alert"))
      ? [{ exp_labels: { pod: "vpn-1", node: "n1", severity: textAt(rule, "labels.severity") } }]
      : [],
  })),
});

describe("the alert rules of Prometheus", () => {
  it("are a file beside the configuration, which names it", () => {
    const config: unknown = YAML.parse(prometheusConfig({ region: "r", apiServer: "https://a" }));
    assert.deepEqual(listAt(config, "rule_files"), [RULES_FILE]);
  });

  it("say what is wrong, how bad it is, and where it is written what to do", () => {
    for (const rule of rulesOf()) {
      for (const path of ["alert", "expr", "for", "annotations.summary", "annotations.description"])
        assert.notEqual(textAt(rule, path), "", path);
      assert.match(textAt(rule, "labels.severity"), /^(critical|warning)$/);
      const [file = "", anchor = ""] = textAt(rule, "annotations.runbook").split("#");
      const headings = readFileSync(join(ROOT, file), "utf8").matchAll(/^## (.+)$/gm);
      assert.ok(
        [...headings].some(([, heading = ""]) => heading.toLowerCase() === anchor),
        anchor,
      );
      assert.equal(at(rule, "labels.instance"), undefined);
    }
  });

  it("ring when a node's figures are wrong, and only then, as promtool judges", function () {
    if (promtool === undefined) return this.skip();
    const directory = mkdtempSync(join(tmpdir(), "securevpn-rules-"));
    const judge = (...args: string[]): void => {
      const options = { cwd: directory, encoding: "utf8" } as const;
      const { status, stdout, stderr } = spawnSync(promtool, args, options);
      assert.equal(status, 0, `${stdout}${stderr}`);
    };
    try {
      writeFileSync(join(directory, RULES_FILE), alertRules());
      judge("check", "rules", RULES_FILE);
      // promtool compares annotations word for word: those are for people.
      const bare = rulesOf().map((rule) => ({ ...Object(rule), annotations: undefined }));
      writeFileSync(
        join(directory, "bare.yml"),
        YAML.stringify({ groups: [{ name: "bare", rules: bare }] }),
      );
      const tests = CASES.map((one) => testOf(one));
      writeFileSync(
        join(directory, "tests.yml"),
        YAML.stringify({ rule_files: ["bare.yml"], tests }),
      );
      judge("test", "rules", "tests.yml");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
