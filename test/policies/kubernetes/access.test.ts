import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { rbac } from "../../../policies/kubernetes/rbac.ts";
import { secretsAsFiles } from "../../../policies/kubernetes/secrets-as-files.ts";
import { tokenAutomount } from "../../../policies/kubernetes/token-automount.ts";
import { UNKNOWN, type PlannedObject } from "../../../policies/lib/planned.ts";
import { describeCases } from "../cases.ts";
import { broken, findingsOf } from "../support.ts";
import { ACCOUNT, AUTH, BINDING, CONTAINER, PASSWORD, PLATFORM, POD, ROLE } from "./fixtures.ts";

const env = (...variables: readonly PlannedObject[]) => ({ [`${CONTAINER}.env`]: variables });
const rules = (rule: PlannedObject) => ({ rules: [rule] });

describe("policies of access", () => {
  describeCases([
    {
      rule: tokenAutomount,
      compliant: [AUTH, ACCOUNT, PLATFORM],
      fine: [
        {
          title: "the selector's pods, whose manifest asks for the Kubernetes API",
          change: { "metadata.name": "selector", [`${POD}.automountServiceAccountToken`]: true },
        },
      ],
      violating: [
        {
          title: "a pod that asks though its manifest does not",
          change: { [`${POD}.automountServiceAccountToken`]: true },
          says: /must be false: its manifest asks for no/,
        },
        {
          title: "a pod that leaves it to the default",
          change: { [`${POD}.automountServiceAccountToken`]: undefined },
          says: /must be false/,
        },
        {
          title: "a ServiceAccount that gives one to every pod",
          of: "auth-account",
          change: { automountServiceAccountToken: undefined },
          says: /a pod that needs a token says so itself/,
        },
        {
          title: "an answer that is not known",
          change: { [`${POD}.automountServiceAccountToken`]: UNKNOWN },
          says: /must be false/,
        },
      ],
    },
    {
      rule: rbac,
      compliant: [ROLE, BINDING],
      violating: [
        {
          title: "all verbs",
          change: rules({ apiGroups: [""], resources: ["nodes"], verbs: ["*"] }),
          says: /not "\*"/,
        },
        {
          title: "all resources",
          change: rules({ apiGroups: [""], resources: ["*"], verbs: ["get"] }),
          says: /not "\*"/,
        },
        {
          title: "a way into pods",
          change: rules({ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }),
          says: /must not allow pods\/exec/,
        },
        {
          title: "a verb by which one gets more",
          change: rules({ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }),
          says: /must not allow escalate, bind, impersonate/,
        },
        {
          title: "rules that are not known",
          change: { rules: UNKNOWN },
          says: /must be known in preview/,
        },
        {
          title: "verbs that are not known",
          change: rules({ apiGroups: [""], resources: ["nodes"], verbs: UNKNOWN }),
          says: /must be known in preview/,
        },
        {
          title: "a binding to cluster-admin",
          of: "token-review-binding",
          change: { "roleRef.name": "cluster-admin" },
          says: /must not be cluster-admin/,
        },
        {
          title: "a binding to a role that nobody knows",
          of: "token-review-binding",
          options: { from: {} },
          says: ["roleRef must be a role of this stack, whose rules the policies read"],
        },
      ],
    },
    {
      rule: secretsAsFiles,
      compliant: [AUTH, PLATFORM, PASSWORD],
      fine: [
        {
          title: "a variable that names the file of a secret",
          change: env({ name: "AGENT_TOKEN_FILE", value: "/var/run/token" }),
        },
      ],
      violating: [
        {
          title: "a password",
          change: env({ name: "DATABASE_PASSWORD", value: "hunter2" }),
          says: /env must hold no secret: DATABASE_PASSWORD/,
        },
        {
          title: "a password in an address",
          change: env({ name: "DATABASE", value: "postgres://auth:hunter2@db/securevpn" }),
          says: /env must hold no secret: DATABASE/,
        },
        {
          title: "a private key under a harmless name",
          change: env({ name: "SEED", value: "-----BEGIN PRIVATE KEY-----" }),
          says: /env must hold no secret: SEED/,
        },
        {
          title: "a secret that is called a file",
          change: env({ name: "TOKEN_FILE", value: "hunter2" }),
          says: /env must hold no secret: TOKEN_FILE/,
        },
        {
          title: "a variable from a Secret",
          change: env({ name: "CACHE", valueFrom: { secretKeyRef: { name: "auth-secrets" } } }),
          says: /must not read a Secret: CACHE/,
        },
        {
          title: "all of a Secret as variables",
          change: { [`${CONTAINER}.envFrom`]: [{ secretRef: { name: "auth-secrets" } }] },
          says: /envFrom must not read a Secret/,
        },
        {
          title: "variables that are not known",
          change: { [`${CONTAINER}.env`]: UNKNOWN },
          says: /must be known/,
        },
        {
          title: "a value that is not known, and comes from a generated password",
          change: env({ name: "CACHE", value: UNKNOWN }),
          options: { from: { metadata: ["securevpn"], spec: ["secrets-cache"] } },
          says: /must not carry the value of secrets-cache/,
        },
      ],
    },
  ]);

  it("never show a secret in what they say about it", () => {
    const leaking = broken(AUTH, env({ name: "DATABASE_PASSWORD", value: "hunter2" }));
    assert.doesNotMatch(findingsOf(secretsAsFiles, [leaking, PLATFORM]).join(), /hunter2/);
  });
});
