/** Metric names, shared by the services that expose them and the rules and dashboards that read them. */
export const METRICS = {
  httpRequestSeconds: "http_server_request_duration_seconds",
  authAttempts: "securevpn_auth_attempts_total",
  signups: "securevpn_signups_total",
  activeConnections: "securevpn_active_connections",
  serverLoadRatio: "securevpn_server_load_ratio",
  connectAttempts: "securevpn_connect_attempts_total",
  agentPeers: "securevpn_agent_peers",
  conntrackEntries: "securevpn_conntrack_entries",
  conntrackMax: "securevpn_conntrack_max_entries",
  wireguardThreaded: "securevpn_wireguard_threaded",
  transferBytes: "securevpn_server_transfer_bytes_total",
} as const;
