import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { after, before, describe, it } from "mocha";
import { assertNothingLeft, CommandProcess, endAll } from "./start-process.ts";
import { freshStateDir, needsTools } from "./support.ts";

const NAMESPACE = "securevpn";
const MOVED_MS = 60_000;

/** `pulumi` and `kubectl` as a person types them, in a shell that evaluated what `npm run cloud` printed. */
describe("a region by hand, with what npm run cloud prints", function () {
  this.timeout(300_000);
  let stateDir = "";
  let cloud: CommandProcess;

  before(async function () {
    needsTools(this);
    stateDir = freshStateDir();
    cloud = new CommandProcess("cloud", [], { stateDir });
    await cloud.untilSays(/# Ctrl-C here stops it/);
  });

  after(async () => {
    if (stateDir === "") return;
    await endAll();
    rmSync(stateDir, { recursive: true, force: true });
  });

  /** Runs a line in a shell with nothing but the printed environment. */
  function typed(line: string): { code: number | null; output: string } {
    const printed = cloud.stdout.split("\n").filter((text) => /^(export|cd) /.test(text));
    const shell = spawnSync("bash", ["-c", `${printed.join("\n")}\n${line} 2>&1`], {
      env: { HOME: process.env["HOME"] ?? stateDir },
      encoding: "utf8",
    });
    return { code: shell.status, output: shell.stdout };
  }

  function succeeds(line: string): string {
    const { code, output } = typed(line);
    assert.equal(code, 0, output);
    return output;
  }

  /** What a client library finds in the printed KUBECONFIG. */
  function cluster(): { core: CoreV1Api; apps: AppsV1Api } {
    const file = /export KUBECONFIG='(.*)'/.exec(cloud.stdout)?.[1] ?? assert.fail("no KUBECONFIG");
    const config = new KubeConfig();
    config.loadFromFile(file);
    return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
  }

  const podNames = async (component: string): Promise<string[]> => {
    const labelSelector = `app.kubernetes.io/name=${component}`;
    const { items } = await cluster().core.listNamespacedPod({
      namespace: NAMESPACE,
      labelSelector,
    });
    return items.flatMap(({ metadata }) => metadata?.name ?? []).sort();
  };

  async function untilReady(deployment: string, replicas: number): Promise<void> {
    const deadline = Date.now() + MOVED_MS;
    const ready = async (): Promise<number | undefined> =>
      (await cluster().apps.readNamespacedDeployment({ name: deployment, namespace: NAMESPACE }))
        .status?.readyReplicas;
    while ((await ready()) !== replicas && Date.now() < deadline) await sleep(200);
    assert.equal(await ready(), replicas);
  }

  it("previews, and brings up what it previewed", () => {
    const selected = succeeds("pulumi stack select local && pulumi preview");
    const planned = /\+ (\d+) to create/.exec(selected)?.[1];
    assert.ok(Number(planned) > 200, selected);
    const made = succeeds("pulumi up --yes --skip-preview --suppress-outputs");
    assert.match(made, new RegExp(`\\+ ${planned} created`));
  });

  it("shows nodes and pods, and the logs of one", async () => {
    const { core } = cluster();
    const nodes = await core.listNode();
    assert.ok(nodes.items.length >= 3);
    const [name = ""] = await podNames("auth");
    const log = await core.readNamespacedPodLog({ name, namespace: NAMESPACE, container: "auth" });
    assert.match(log, /auth listens/);
    const { items } = await core.listNamespacedEvent({ namespace: NAMESPACE });
    assert.ok(
      items.some(
        ({ involvedObject, reason }) => involvedObject.name === name && reason === "Started",
      ),
    );
  });

  it("replaces a pod that was deleted", async () => {
    const before = await podNames("auth");
    const [name = ""] = before;
    await cluster().core.deleteNamespacedPod({ name, namespace: NAMESPACE });
    const deadline = Date.now() + MOVED_MS;
    while ((await podNames("auth")).includes(name) && Date.now() < deadline) await sleep(200);
    await untilReady("auth", before.length);
    assert.equal((await podNames("auth")).includes(name), false);
  });

  it("scales a Deployment up and down", async () => {
    const { apps } = cluster();
    const target = { name: "selector", namespace: NAMESPACE };
    const scale = async (change: number): Promise<number> => {
      const body = await apps.readNamespacedDeploymentScale(target);
      const replicas = (body.spec?.replicas ?? 0) + change;
      await apps.replaceNamespacedDeploymentScale({
        ...target,
        body: { ...body, spec: { replicas } },
      });
      return replicas;
    };
    await untilReady("selector", await scale(1));
    await untilReady("selector", await scale(-1));
  });

  it("refreshes to a Service that was deleted, and brings it back", async () => {
    await cluster().core.deleteNamespacedService({ name: "selector", namespace: NAMESPACE });
    assert.match(succeeds("pulumi refresh --yes --skip-preview"), /- 1 deleted/);
    assert.match(succeeds("pulumi up --yes --skip-preview"), /\+ 1 created/);
    assert.match(succeeds("pulumi preview --expect-no-changes"), /unchanged/);
  });

  it("answers kubectl", function () {
    if (typed("command -v kubectl").code !== 0) this.skip();
    assert.match(succeeds("kubectl get nodes"), /Ready/);
    const auth = "-l app.kubernetes.io/name=auth";
    assert.match(
      succeeds(`kubectl -n ${NAMESPACE} describe pod ${auth}`),
      /Started container auth/,
    );
    assert.match(succeeds(`kubectl -n ${NAMESPACE} logs deploy/auth`), /auth listens/);
    succeeds(`kubectl -n ${NAMESPACE} scale deploy/auth --replicas=2`);
    succeeds(
      `kubectl -n ${NAMESPACE} delete --wait=false $(kubectl -n ${NAMESPACE} get pod ${auth} -o name | head -1)`,
    );
  });

  it("destroys, and Ctrl-C ends the cloud without a process left", async () => {
    assert.match(succeeds("pulumi destroy --yes --skip-preview"), /- \d+ deleted/);
    assert.equal(await cloud.kill("SIGINT"), 0, cloud.output);
    await assertNothingLeft(stateDir);
  });
});
