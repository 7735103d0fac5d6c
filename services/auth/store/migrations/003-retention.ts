import type { Migration } from "./index.ts";

/** The nightly purge finds ended sessions by an index; the monitor sees statistics and no row of ours. */
export const retention: Migration = {
  name: "003-retention",
  sql: `
create index sessions_ended on sessions (least(expires_at, revoked_at));
grant pg_monitor to securevpn_monitor;
`,
};
