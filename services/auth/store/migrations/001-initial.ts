import type { Migration } from "./index.ts";

/** Accounts, sessions, devices, the e-mail directory's part of this shard, and id allocation. */
export const initial: Migration = {
  name: "001-initial",
  sql: `
create table id_ranges (
  from_id bigint primary key,
  to_id   bigint not null check (to_id >= from_id),
  next_id bigint not null
);

create table accounts (
  id            bigint primary key,
  email         text not null,
  email_hash    bytea not null,
  password_hash text not null,
  tier          text not null default 'FREE' check (tier in ('FREE', 'BASIC', 'PREMIUM', 'ULTIMATE')),
  device_count  integer not null default 0 check (device_count >= 0),
  disabled_at   timestamptz,
  created_at    timestamptz not null default now()
);

-- Who may hold an address: unique over the region, since a hash has one home among the shards.
create table email_directory (
  email_hash  bytea primary key,
  user_id     bigint not null,
  confirmed   boolean not null default false,
  reserved_at timestamptz not null default now()
);

create table devices (
  id           uuid primary key,
  user_id      bigint not null references accounts (id) on delete cascade,
  name         text not null,
  public_key   text not null unique,
  tunnel_index bigint not null unique,
  created_at   timestamptz not null default now()
);
create index devices_user on devices (user_id);

-- A session is one login on one device and owns one family of refresh tokens.
create table sessions (
  id            uuid primary key,
  user_id       bigint not null references accounts (id) on delete cascade,
  device_id     uuid references devices (id) on delete set null,
  refresh_hash  bytea not null,
  previous_hash bytea,
  rotated_at    timestamptz not null default now(),
  created_at    timestamptz not null default now(),
  expires_at    timestamptz not null,
  revoked_at    timestamptz
);
create index sessions_user on sessions (user_id) where revoked_at is null;

create table subscriptions (
  user_id    bigint primary key references accounts (id) on delete cascade,
  tier       text not null,
  renews_at  timestamptz,
  updated_at timestamptz not null default now()
);

-- Tunnel addresses of the region; used on the first shard of the directory alone.
create sequence tunnel_index;
create table tunnel_free (
  index    bigint primary key,
  freed_at timestamptz not null default now()
);

grant usage on schema public to securevpn_auth, securevpn_selector;
grant select, insert, update, delete on accounts, email_directory, devices, sessions, subscriptions, tunnel_free to securevpn_auth;
grant select, update on id_ranges to securevpn_auth;
grant usage on sequence tunnel_index to securevpn_auth;
grant select on sessions to securevpn_selector;
grant select (id, disabled_at, tier) on accounts to securevpn_selector;
`,
};
