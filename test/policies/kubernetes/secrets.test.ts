import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { secretsAsFiles } from "../../../policies/kubernetes/secrets-as-files.ts";
import { UNKNOWN, type Planned, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases, type Violation } from "../cases.ts";
import { broken, findingsOf } from "../support.ts";
import { AUTH, CONTAINER, object, PASSWORD, PLATFORM } from "./fixtures.ts";

const CONFIG = object("core/v1:ConfigMap", "auth-config", "securevpn", {
  data: { "region.json": '{"cache":{"host":"cache.test","user":"securevpn"}}' },
  binaryData: { "main.mjs.br": "H4sIAAAAAAAA/w==" },
});
const env = (name: string, value: string) => ({ [`${CONTAINER}.env`]: [{ name, value }] });
const args = (...words: readonly Planned[]) => ({ [`${CONTAINER}.args`]: words });
const data = (files: PlannedObject) => ({ data: files });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const TOLD = "; write it to a Secret, and mount that";

describe("secrets, wherever they are written", () => {
  describeCases([
    {
      rule: secretsAsFiles,
      compliant: [AUTH, CONFIG, PLATFORM, PASSWORD],
      fine: [
        ...(
          [
            ["PASSWORD_MIN_LENGTH", "12"],
            ["TOKEN_TTL_SECONDS", "900"],
            ["API_KEY_HEADER", "x-api-key"],
          ] as const
        ).map(([name, value]) => ({ title: `${name}, which is none`, change: env(name, value) })),
        {
          title: "flags that only sound like one",
          change: args("--token-ttl=15m", "--tls-private-key-file", "/etc/tls/key.pem"),
        },
        {
          title: "a version of the secrets as annotation",
          change: {
            "spec.template.metadata": {
              labels: { app: "auth" },
              annotations: { "securevpn.example/secrets-version": "2" },
            },
          },
        },
      ],
      violating: [
        {
          title: "a password as an amount",
          change: env("PASSWORD_MIN_LENGTH", "hunter2"),
          says: ["container auth: env must hold no secret: PASSWORD_MIN_LENGTH"],
        },
        {
          title: "a random text under a harmless name",
          change: env("SALT", "q9Zx7LmT2vBn8KpRw4YcHs6D"),
          says: ["container auth: env must hold no secret: SALT"],
        },
        ...(
          [
            [["--password=hunter2"], "1"],
            [["--user", "auth", "--password", "hunter2"], "4"],
            [["sh", "-c", "DB_PASSWORD=hunter2 exec server"], "3"],
            [["postgres://auth:hunter2@db/securevpn"], "1"],
          ] as const
        ).map(([words, place]): Violation => ({
          title: `a secret in the arguments ${words.join(" ")}`,
          change: args(...words),
          says: [
            `container auth: command and args must hold no secret: word ${place}; mount it as a file`,
          ],
        })),
        {
          title: "a secret in the command",
          change: { [`${CONTAINER}.command`]: ["server", "--api-key=abc"] },
          says: [
            "container auth: command and args must hold no secret: word 2; mount it as a file",
          ],
        },
        {
          title: "a secret in a header of a probe",
          change: {
            [`${CONTAINER}.readinessProbe.httpGet.httpHeaders`]: [
              { name: "Authorization", value: "Basic YWRtaW46aHVudGVyMg" },
            ],
          },
          says: ["container auth: readinessProbe must hold no secret"],
        },
        {
          title: "a secret in a hook's command",
          change: {
            [`${CONTAINER}.lifecycle.preStop`]: {
              exec: { command: ["sh", "-c", "curl http://a:hunter2@selector/leave"] },
            },
          },
          says: ["container auth: lifecycle must hold no secret"],
        },
        {
          title: "a secret in a pod's annotation",
          change: { "spec.template.metadata.annotations": { "example.com/api-key": "abc" } },
          says: ["the pod's annotations must hold no secret: example.com/api-key"],
        },
        {
          title: "a secret in an object's annotation",
          of: "auth-config",
          change: { "metadata.annotations": { note: "postgres://auth:hunter2@db/securevpn" } },
          says: ["metadata.annotations must hold no secret: note"],
        },
        ...(
          [
            ["DATABASE_PASSWORD", "hunter2"],
            ["config.yml", "smtp_auth_password: hunter2"],
            ["tls.pem", "-----BEGIN PRIVATE KEY-----"],
          ] as const
        ).map(([file, text]): Violation => ({
          title: `a secret in a ConfigMap: ${text}`,
          of: "auth-config",
          change: data({ [file]: text }),
          says: [`data must hold no secret: ${file}${TOLD}`],
        })),
        {
          title: "a secret in a ConfigMap, in base64",
          of: "auth-config",
          change: { binaryData: { "config.yml": base64("password: hunter2") } },
          says: [`data must hold no secret: config.yml${TOLD}`],
        },
        {
          title: "a ConfigMap of a value that is not known, and comes from a generated password",
          of: "auth-config",
          change: data({ "config.yml": UNKNOWN }),
          options: { from: { metadata: [], data: ["secrets-cache"] } },
          says: ["data must not carry the value of secrets-cache; mount it as a file"],
        },
      ],
    },
  ]);

  it("are shown by none of the sentences about them", () => {
    const leaking = [
      broken(AUTH, { ...env("A_PASSWORD", "hunter2"), ...args("--password=hunter2") }),
      broken(CONFIG, data({ password: "hunter2" })),
    ];
    assert.doesNotMatch(findingsOf(secretsAsFiles, [...leaking, PLATFORM]).join(), /hunter2/);
  });
});
