// What one line of the journal says: its fields, their order and their spelling in JSON (SPEC JR1).
// Chaining lines is chain.ts's, keeping them is journal.ts's.

export const eventTypes = [
  'execution_started',
  'execution_completed',
  'execution_failed',
  'action_cancelled',
  'validation_failed',
  'action_blocked_by_admission',
  'dispatch_refused',
] as const;
export type EventType = (typeof eventTypes)[number];

export interface JournalExecution {
  binary: string;
  /** Without the binary; masked. */
  argv?: readonly string[];
  argv_sha256: string;
  cwd: string;
  env_keys?: readonly string[];
  /** Go duration text of the effective limit. */
  timeout: string;
  exit_code: number;
  duration_ms: number;
  timed_out: boolean;
  stdout_sha256?: string;
  stderr_sha256?: string;
  stdout_preview?: string;
  stderr_preview?: string;
  stdout_bytes: number;
  stderr_bytes: number;
  script_sha256?: string;
  executed_command?: string;
}

/** An event without its place in the chain; the journal adds `prev_hash`. */
export interface JournalEvent {
  event_id: string;
  /** UTC, RFC 3339. */
  time: string;
  event_type: EventType;
  group: string;
  runner_id: string;
  /** Empty for a local run. */
  caller: { control_plane_request_id?: string };
  pack_id?: string;
  action_id?: string;
  request?: { args_sha256?: string; args_redacted?: Readonly<Record<string, unknown>>; reason?: string };
  metadata?: { kind?: string; risk?: string };
  execution?: JournalExecution;
  redactions?: readonly { name: string; type?: string; count: number }[];
  error?: string;
}
