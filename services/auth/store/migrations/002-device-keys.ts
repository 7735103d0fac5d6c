import type { Migration } from "./index.ts";

/** Device keys are unique over the shards, freed tunnel addresses know their last account, the selector reads less. */
export const deviceKeys: Migration = {
  name: "002-device-keys",
  sql: `
-- Two devices with one key would be one WireGuard peer: the second takes the first one's address away.
-- A key's row lives on the shard of the directory that its hash names, as an e-mail's does.
create table device_keys (
  public_key text primary key,
  user_id    bigint not null
);

alter table tunnel_free add column user_id bigint;
create index tunnel_free_user on tunnel_free (user_id);
create index tunnel_free_freed on tunnel_free (freed_at);

grant select, insert, update, delete on device_keys to securevpn_auth;
revoke select on sessions from securevpn_selector;
grant select (id, user_id, device_id, expires_at, revoked_at) on sessions to securevpn_selector;
`,
};
