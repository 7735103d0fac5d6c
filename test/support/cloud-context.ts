import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressPlan } from "../../local/cloud/addresses.ts";
import type { CloudContext } from "../../local/cloud/context.ts";
import { Parts } from "../../local/cloud/parts.ts";
import { Zone } from "../../local/cloud/zone.ts";
import { CertificateAuthority } from "../../local/parts/certificate-authority.ts";

/** Slot of tests that start parts without a whole cloud; `npm start` uses 0. */
const TEST_SLOT = 7;

export interface TestContext {
  readonly context: CloudContext;
  /** What the cloud said, line by line. */
  readonly said: string[];
  remove(): void;
}

/** A context in a folder of its own. `stateDir` opens an earlier one again, as a restart does. */
export async function testContext(
  options: { slot?: number; stateDir?: string } = {},
): Promise<TestContext> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), "securevpn-test-"));
  const said: string[] = [];
  const context: CloudContext = {
    stateDir,
    addresses: addressPlan(options.slot ?? TEST_SLOT),
    zone: new Zone(join(stateDir, "zone.json")),
    parts: new Parts(),
    ca: await CertificateAuthority.open(join(stateDir, "pki")),
    tools: {
      node: process.execPath,
      pulumi: "pulumi",
      etcd: "etcd",
      coredns: "coredns",
      kubeApiserver: "kube-apiserver",
      kubeControllerManager: "kube-controller-manager",
      kubeScheduler: "kube-scheduler",
      redisServer: "redis-server",
    },
    say: (line) => void said.push(line),
  };
  return { context, said, remove: () => rmSync(stateDir, { recursive: true, force: true }) };
}
