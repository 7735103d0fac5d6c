import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { holdsSecret, isSecret } from "../../../policies/lib/secret-text.ts";

/** Names and values that are secrets. */
const SECRETS: readonly (readonly [string, string])[] = [
  ["DATABASE_PASSWORD", "hunter2"],
  ["DATABASE_PASSWORD_PROD", "hunter2"],
  ["databasePassword", "hunter2"],
  ["PASSWORD_MIN_LENGTH", "hunter2"],
  ["TOKEN_FILE", "hunter2"],
  ["API_KEY", "abc"],
  ["api-key", "abc"],
  ["SIGNING_KEY", "abc"],
  ["KEY", "abc"],
  ["Authorization", "Bearer abc"],
  ["SEED", "-----BEGIN EC PRIVATE KEY-----\nMHc"],
  ["ID", "AKIAIOSFODNN7EXAMPLE"],
  ["SESSION", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln"],
  ["DATABASE", "postgres://auth:hunter2@db/securevpn"],
  ["DATABASE", "host=db user=auth password=hunter2"],
  ["SALT", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
  ["SALT", "q9Zx7LmT2vBn8KpRw4YcHs6D"],
  ["HOOK", "xoxb-123456789012-abc"],
];

/** Names and values that only sound like one. */
const HARMLESS: readonly (readonly [string, string])[] = [
  ["PASSWORD_MIN_LENGTH", "12"],
  ["TOKEN_TTL_SECONDS", "900"],
  ["TOKEN_TTL", "15m"],
  ["API_KEY_HEADER", "x-api-key"],
  ["TOKEN_ISSUER", "https://api.us-east-1.securevpn.example"],
  ["SECRETS_VERSION", "3"],
  ["secrets-version", "1"],
  ["KMS_KEY_ID", "1234abcd-12ab-34cd-56ef-1234567890ab"],
  ["PASSWORD_ROTATION", "true"],
  ["SECRETS_DIR", "/etc/securevpn/secrets"],
  ["GF_SECURITY_ADMIN_PASSWORD__FILE", "/etc/securevpn/secrets/admin-password"],
  ["SERVER_PUBLIC_KEY", "c2VydmVyLXB1YmxpYy1rZXktb2YtMzItYnl0ZXMhIQA="],
  ["GIT_COMMIT", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["REQUEST_ID", "123e4567-e89b-12d3-a456-426614174000"],
  ["KEYBOARD", "qwerty"],
  ["MONKEY", "banana"],
  ["SELECTOR_URL", "http://selector-internal.securevpn.svc.cluster.local:9090"],
  ["IMAGE", "docker.io/library/node:24.19.0-bookworm-slim"],
  ["EMPTY_PASSWORD", ""],
];

describe("texts that are secrets", () => {
  for (const [name, value] of SECRETS)
    it(`are seen: ${name} of ${value.slice(0, 24)}`, () => {
      assert.equal(isSecret(name, value), true);
    });
  for (const [name, value] of HARMLESS)
    it(`are told from what sounds alike: ${name} of ${value}`, () => {
      assert.equal(isSecret(name, value), false);
    });

  for (const line of [
    "smtp_auth_password: hunter2",
    '{"apiKey": "abc-def"}',
    "export DB_PASSWORD='hunter2'",
    "mysql --password=hunter2",
  ])
    it(`are seen in a file: ${line}`, () => {
      assert.equal(holdsSecret(line), true);
    });
  for (const line of [
    "authorization:\n  credentials_file: token",
    "key: app.kubernetes.io/name",
    "password_min_length: 12",
    'token=$(cat "$AGENT_TOKEN_FILE")',
    "password: ${DB_PASSWORD}",
    "expr: rate(auth_refresh_token_reuse_total[5m]) > 0",
    "# a secret: rotated by secretsVersion",
  ])
    it(`are not seen in a file: ${line}`, () => {
      assert.equal(holdsSecret(line), false);
    });
});
