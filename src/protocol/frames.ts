// The runner wire's messages as two tagged unions (wire protocol 5–7). Sessions and replay are the
// gateway's and the link's; here only what a frame is. Unknown types are ignored by both sides.
import { z } from 'zod';
import { approximately, isRawNumber, type RawJson } from './exact-json.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Largest frame a control plane may send, and a runner may send, in bytes. */
export const MAX_CLOUD_FRAME_BYTES = 131_072;
export const MAX_RUNNER_FRAME_BYTES = 2_097_152;
export const MAX_ARGS_BYTES = 32_768;
export const MAX_ATTESTATION_BYTES = 8_192;

const protocol_version = z.literal(PROTOCOL_VERSION);
const request_id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const count = z.number().int().min(0);

/** A whole number of 64 bits: one that a double cannot hold stays the literal that it was sent as. */
const Int64 = z.union([
  z.number().int(),
  z.custom<RawJson>((value) => isRawNumber(value) && isInt64(value.rawJSON), 'must be a whole number'),
]);

function isInt64(literal: string): boolean {
  return /^-?\d{1,19}$/.test(literal) && BigInt.asIntN(64, BigInt(literal)) === BigInt(literal);
}

export const PackAdvertisement = z.looseObject({
  version: z.string().optional(),
  hash: z.string().optional(),
});

/** Actions stay unknown here: one bad action is skipped, it does not fail the advertisement. */
export const RunnerStateFrame = z.looseObject({
  type: z.literal('runner_state'),
  protocol_version,
  version: z.string(),
  hostname: z.string().optional(),
  group: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  packs: z.record(z.string(), PackAdvertisement).optional(),
  actions: z.array(z.unknown()).nullish(),
  enforce_signatures: z.boolean().optional(),
  signing_ca_ids: z.array(z.string()).optional(),
  max_attestation_age_seconds: z.number().int().optional(),
  degraded_packs: z.array(z.looseObject({ pack: z.string(), reason: z.string() })).optional(),
});
export type RunnerStateFrame = z.infer<typeof RunnerStateFrame>;

export const ActionStartedFrame = z.looseObject({
  type: z.literal('action_started'),
  protocol_version,
  request_id,
});

export const OutputStream = z.enum(['stdout', 'stderr']);
export type OutputStream = z.infer<typeof OutputStream>;

export const ActionProgressFrame = z.looseObject({
  type: z.literal('action_progress'),
  protocol_version,
  request_id,
  seq: z.number().int().min(1),
  stream: z.string().max(32),
  chunk: z.string(),
});
export type ActionProgressFrame = z.infer<typeof ActionProgressFrame>;

export const HeartbeatFrame = z.looseObject({
  type: z.literal('heartbeat'),
  protocol_version,
  time: z.string(),
  action_load: count,
});
export type HeartbeatFrame = z.infer<typeof HeartbeatFrame>;

export const RunnerErrorFrame = z.looseObject({
  type: z.literal('error'),
  protocol_version,
  request_id: z.string().optional(),
  code: z.string(),
  message: z.string(),
});

export const ActionResultFrame = z.looseObject({
  type: z.literal('action_result'),
  protocol_version,
  request_id,
  status: z.string(),
  exit_code: z.number().int(),
  duration_ms: Int64,
  timed_out: z.boolean().optional(),
  emitted_stdout_sha256: z.string().optional(),
  emitted_stderr_sha256: z.string().optional(),
  emitted_stdout_bytes: Int64.optional(),
  emitted_stderr_bytes: Int64.optional(),
  progress_chunks: z.number().optional(),
  dropped_progress_chunks: z.number().optional(),
  truncated_stdout: z.boolean().optional(),
  truncated_stderr: z.boolean().optional(),
  redactions: z.array(z.unknown()).optional(),
  reason: z.string().optional(),
  error: z.string().optional(),
  structured_output: z.unknown().optional(),
  event_id: z.string().optional(),
  local_audit_failed: z.boolean().optional(),
  executed_command: z.string().optional(),
  executed_command_truncated: z.boolean().optional(),
});
export type ActionResultFrame = z.infer<typeof ActionResultFrame>;

export const RunnerFrame = z.discriminatedUnion('type', [
  RunnerStateFrame,
  ActionStartedFrame,
  ActionProgressFrame,
  HeartbeatFrame,
  RunnerErrorFrame,
  ActionResultFrame,
]);
export type RunnerFrame = z.infer<typeof RunnerFrame>;
export const runnerFrameTypes: ReadonlySet<string> = new Set([
  'runner_state',
  'action_started',
  'action_progress',
  'heartbeat',
  'error',
  'action_result',
]);

export const RunOptions = z.object({
  /** Nanoseconds. */
  timeout: z.number().int().positive().optional(),
  max_stdout_bytes: z.number().int().positive().optional(),
  max_stderr_bytes: z.number().int().positive().optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

const positive = Int64.refine((value) => approximately(value) > 0, 'must be positive');
/** The same as a host is sent them; another control plane may name any 64-bit number. */
export const WireRunOptions = z.looseObject({
  timeout: positive.optional(),
  max_stdout_bytes: positive.optional(),
  max_stderr_bytes: positive.optional(),
});
export type WireRunOptions = z.infer<typeof WireRunOptions>;

/** `args` may hold raw number literals (exact-json.ts); it is an object, and is checked by the action. */
export const RunActionFrame = z.looseObject({
  type: z.literal('run_action'),
  protocol_version,
  request_id,
  action_id: z.string().min(1).max(128),
  expected_pack_hash: z.string().optional(),
  pack_ref: z.string().optional(),
  operation_id: z.string().optional(),
  args: z.record(z.string(), z.unknown()),
  opts: WireRunOptions.nullish(),
  reason: z.string(),
  attestation: z.unknown().optional(),
});
export type RunActionFrame = z.infer<typeof RunActionFrame>;

export const CancelFrame = z.looseObject({
  type: z.literal('cancel'),
  protocol_version,
  request_id,
  reason: z.string().nullish(),
});
export const AckResultFrame = z.looseObject({ type: z.literal('ack_result'), protocol_version, request_id });
export const CloudErrorFrame = z.looseObject({
  type: z.literal('error'),
  protocol_version,
  request_id: z.string().optional(),
  code: z.string(),
  message: z.string(),
});
export const ShutdownFrame = z.looseObject({
  type: z.literal('shutdown'),
  protocol_version,
  reason: z.string(),
  message: z.string(),
});
export type ShutdownFrame = z.infer<typeof ShutdownFrame>;

export const CloudFrame = z.discriminatedUnion('type', [
  RunActionFrame,
  CancelFrame,
  AckResultFrame,
  CloudErrorFrame,
  ShutdownFrame,
]);
export type CloudFrame = z.infer<typeof CloudFrame>;
export const cloudFrameTypes: ReadonlySet<string> = new Set([
  'run_action',
  'cancel',
  'ack_result',
  'error',
  'shutdown',
]);

/** Why the control plane ends a session for good or for now (wire protocol 6.2). */
export type ShutdownReason =
  | 'cloud_shutdown'
  | 'runner_disabled'
  | 'account_disabled'
  | 'runner_revoked'
  | 'runner_version_unsupported';

/** `POST /runner/register` and its answer; the runner decodes the answer strictly. */
export const RegisterRequest = z.looseObject({
  external_id: z.string(),
  hostname: z.string().nullish(),
  group: z.string().nullish(),
  version: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
});
export const RegisterResponse = z.strictObject({
  token: z.string().min(1).max(512),
  refresh_after: z.string().nullish(),
});
export type RegisterResponse = z.infer<typeof RegisterResponse>;
