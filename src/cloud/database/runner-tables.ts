// The tables of hosts: the keys that let them in, their records and their tokens, as types. All others are schema.ts.

type Flag = 0 | 1;
type At = number;

export interface RunnerTables {
  enrollment_keys: {
    id: string;
    account_id: string;
    prefix: string;
    hash: string;
    description: string;
    host: string | null;
    reusable: Flag;
    max_uses: number | null;
    uses_count: number;
    created_at: At;
    created_by: string;
    created_by_name: string;
    expires_at: At | null;
    last_used_at: At | null;
    revoked_at: At | null;
    /** The runner it enrolled last. */
    runner_id: string | null;
  };
  runners: {
    id: string;
    account_id: string;
    external_id: string;
    name: string;
    group_name: string;
    hostname: string;
    labels: string;
    version: string;
    registered_at: At;
    bootstrap_key_id: string | null;
    /** Until when the key that enrolled it is accepted again (SPEC EN3); null once that is over for good. */
    recoverable_until: At | null;
    reenrolled_at: At | null;
    disabled_at: At | null;
    revoked_at: At | null;
    /** Nothing new is started on it since then. */
    held_at: At | null;
    deleted_at: At | null;
    last_connected_at: At | null;
    last_disconnected_at: At | null;
    last_disconnect_reason: string | null;
    last_heartbeat_at: At | null;
    last_address: string | null;
    /** Raised by each session; effects of an older one are dropped (SPEC SE1). */
    epoch: number;
    /** 1 while a session of this epoch is open; voided at start. */
    connected: Flag;
    /** The node that holds its session; null in the embedded store. */
    node_id: string | null;
    exits_on_disable: Flag;
    signed_only: Flag;
    degraded_packs: string;
    /** Digest of the last advertisement, so that an unchanged one costs nothing. */
    catalogue_digest: string | null;
  };
  runner_tokens: {
    id: string;
    account_id: string;
    runner_id: string;
    prefix: string;
    hash: string;
    issued_at: At;
    issued_via_key_id: string | null;
    last_used_at: At | null;
    expires_at: At | null;
    revoked_at: At | null;
  };
}
