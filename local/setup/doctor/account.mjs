// What a deployment to AWS lacks, as far as files and the environment tell. Nobody is asked, and of
// a credential only its presence is said.
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { onPath, ROOT } from "../tools.mjs";
import { finding, ok, open } from "./finding.mjs";

const FIRST = "docs/before-first-deployment.md says how.";

/** Lines `securevpn:key: value` of a stack file; set-up has no parser of YAML yet. */
export function configOf(text) {
  const values = new Map();
  for (const line of text.split("\n")) {
    const [, key, value = ""] = /^\s+securevpn:([A-Za-z]+):\s*(.*?)\s*(?:\s#.*)?$/.exec(line) ?? [];
    if (key !== undefined) values.set(key, value.replaceAll(/^["']|["']$/g, ""));
  }
  return values;
}

/** Per key: what is wrong with a value that a deployment to AWS cannot use. */
const PLACEHOLDERS = [
  ["zoneName", (value) => /^$|\.(example|test|invalid)$/.test(value), "is the example's zone"],
  ["hostedZoneId", (value) => /^(|ZONE|Z0*)$/.test(value), "names no hosted zone"],
  [
    "deployerRoleArn",
    (value) => value === "" || value.includes(":000000000000:"),
    "is in no account",
  ],
  [
    "allowedAccountIds",
    (value) => /^(|\[\s*\])$/.test(value) || value.includes("000000000000"),
    "names no account: a stack could be brought up in the wrong one",
  ],
];

export function stackFindings(file, text) {
  const config = configOf(text);
  const wrong = PLACEHOLDERS.filter(([key, isPlaceholder]) => isPlaceholder(config.get(key) ?? ""));
  const notes = wrong.map(([key, , why]) => `${key} ${why}`);
  const findings =
    notes.length === 0
      ? [ok(file, "zone, account and deployer are set")]
      : [open(file, notes.join("; "), FIRST)];
  if ((config.get("alertEmail") ?? "") === "")
    findings.push(open(file, "alertEmail is empty", "Nobody hears of alarms and budgets."));
  if (!/^(secretsprovider: awskms:|encryptedkey:)/m.test(text))
    findings.push(
      open(
        file,
        "no secrets provider",
        "`pulumi stack init` with awskms writes it; see README.md.",
      ),
    );
  return findings;
}

function environment(env, now) {
  const credentials =
    env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY
      ? "a session or key in the environment"
      : env.AWS_WEB_IDENTITY_TOKEN_FILE || env.AWS_CONTAINER_CREDENTIALS_FULL_URI
        ? "a role of this machine or job"
        : undefined;
  const ends = Date.parse(env.AWS_CREDENTIAL_EXPIRATION ?? "");
  const backend = /^([a-z0-9]+):\/\//.exec(env.PULUMI_BACKEND_URL ?? "")?.[1];
  return [
    backend === "s3"
      ? ok("PULUMI_BACKEND_URL", "an S3 bucket")
      : open(
          "PULUMI_BACKEND_URL",
          backend ?? "not set",
          "The state lies in a bucket; docs/README.md.",
        ),
    credentials === undefined
      ? open(
          "AWS credentials",
          env.AWS_PROFILE ? "a profile alone" : "none in the environment",
          "Pulumi cannot ask for MFA: export a session, docs/README.md.",
        )
      : ends < now
        ? open("AWS credentials", "the session has ended", "Export a new one, docs/README.md.")
        : ok("AWS credentials", credentials),
    env.AWS_REGION || env.AWS_DEFAULT_REGION
      ? ok("AWS_REGION", "set")
      : open("AWS_REGION", "not set", "The aws commands of the runbooks want it."),
  ];
}

function command(name, args, why) {
  if (onPath(name) === undefined) return open(name, "not on PATH", why);
  const { stdout, stderr, status } = spawnSync(name, args, { encoding: "utf8", timeout: 20_000 });
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
  return status === 0 ? ok(name, version ?? "there") : open(name, "does not run", why);
}

export function examineAccount({ root = ROOT, env = process.env, now = Date.now() } = {}) {
  const files = readdirSync(root).filter((name) => /^Pulumi\.prod.*\.yaml$/.test(name));
  const stacks = files
    .sort()
    .flatMap((name) => stackFindings(name, readFileSync(join(root, name), "utf8")));
  return [
    ...stacks,
    ...environment(env, now),
    command("aws", ["--version"], "The kubeconfig of a cluster and the runbooks call it."),
    command("kubectl", ["version", "--client"], "The runbooks call it."),
    finding(
      "info",
      "not looked at",
      "quotas, zones and rights of the account",
      "docs/before-first-deployment.md checks them with the deployer's credentials.",
    ),
  ];
}
