// Runs: one action on one runner each, and what they print.
import { z } from 'zod';
import { RunOptions } from '../frames.ts';
import { PolicyDecision } from '../policy.ts';
import { Risk } from '../risk.ts';
import { RunStatus } from '../run.ts';
import { ById, Instant, MaybeInstant, PageQuery, pageOf, route } from './route.ts';

export const Run = z.object({
  id: z.string(),
  operation_id: z.string(),
  action_id: z.string(),
  pack_id: z.string(),
  pack_version: z.string(),
  risk: Risk,
  runner_id: z.string(),
  runner_name: z.string(),
  requested_by: z.string(),
  source: z.enum(['operator', 'agent', 'runbook']),
  reason: z.string(),
  status: RunStatus,
  /** Queued by intent: its turn in a paced operation has not come. */
  waits_turn: z.boolean(),
  queued_at: Instant,
  started_at: MaybeInstant,
  finished_at: MaybeInstant,
  exit_code: z.number().int().nullable(),
  duration_ms: z.number().nullable(),
});
export type Run = z.infer<typeof Run>;

export const RunDetail = Run.extend({
  request_id: z.string(),
  pack_hash: z.string(),
  /** Arguments as sent, sensitive ones masked; number literals are text. */
  args: z.record(z.string(), z.unknown()),
  args_sha256: z.string(),
  policy_decision: PolicyDecision,
  /** Which edit of which scope decided (`account`, `group:<name>`, `runner:<id>`), and by which of its rules. */
  policy_version: z.number().int(),
  policy_scope: z.string(),
  policy_rule: z.string(),
  /** The standing grant that let it out where policy wanted an approval. */
  grant_id: z.string().nullable(),
  sent_at: MaybeInstant,
  cancel_requested_at: MaybeInstant,
  cancel_reason: z.string().nullable(),
  /** Why it ended as it did, one sentence; null after a plain success. */
  explanation: z.string().nullable(),
  /** Stable word behind the explanation, where there is one: an ending or the runner's reason. */
  cause: z.string().nullable(),
  stdout_bytes: z.number().nullable(),
  stderr_bytes: z.number().nullable(),
  stdout_truncated: z.boolean(),
  stderr_truncated: z.boolean(),
  /** False when chunks were lost on the way or dropped past the budget; null while it runs. */
  output_complete: z.boolean().nullable(),
  output_chunks: z.number().int(),
  structured_output: z.unknown().nullable(),
  executed_command: z.string().nullable(),
  executed_command_truncated: z.boolean(),
  local_audit_failed: z.boolean(),
  event_id: z.string().nullable(),
  runner_online: z.boolean(),
});
export type RunDetail = z.infer<typeof RunDetail>;

/** As the host sent it after redaction: whoever shows it neutralises it first. `seq` is dense from 1 when nothing was lost. */
export const OutputChunk = z.object({
  seq: z.number().int(),
  stream: z.enum(['stdout', 'stderr']),
  chunk: z.string(),
  at: Instant,
});
export type OutputChunk = z.infer<typeof OutputChunk>;

export const OutputPage = z.object({
  items: z.array(OutputChunk),
  first_seq: z.number().int().nullable(),
  last_seq: z.number().int().nullable(),
  /** More exist before the first, or after the last, of this page. */
  more_before: z.boolean(),
  more_after: z.boolean(),
});
export type OutputPage = z.infer<typeof OutputPage>;

export const DispatchBody = z.object({
  /** It and a reason are asked for by codes of their own (gate 2), so neither is missing to the schema. */
  action_id: z.string().max(128).default(''),
  runners: z.array(z.string().min(1).max(128)).max(256).optional(),
  group: z.string().min(1).max(80).optional(),
  /** Runners that carry all of these labels. With a group: those of the group. */
  labels: z.record(z.string().min(1).max(128), z.string().max(1024)).optional(),
  /** JSON object; relayed to the runner with every number literal as it was written. */
  args: z.record(z.string(), z.unknown()).default({}),
  opts: RunOptions.optional(),
  reason: z.string().max(2000).default(''),
  /** So many are under way at once; the others wait for their turn. */
  max_parallel: z.number().int().min(1).max(1000).optional(),
  /** After so many runs that failed no further one starts. */
  stop_after_failures: z.number().int().min(1).max(1000).optional(),
  /** Only checks the gates; makes nothing. */
  dry_run: z.boolean().optional(),
});
export type DispatchBody = z.input<typeof DispatchBody>;

export const DispatchResult = z.object({
  runner_id: z.string(),
  runner_name: z.string(),
  run: Run.nullable(),
  refusal: z.object({ code: z.string(), detail: z.string(), fix: z.string() }).nullable(),
});
export type DispatchResult = z.infer<typeof DispatchResult>;

export const Operation = z.object({
  id: z.string(),
  action_id: z.string(),
  results: z.array(DispatchResult),
});
export type Operation = z.infer<typeof Operation>;

/** A dispatch as it stands: one line a runner, in the order of names, and how many are where. */
export const OperationDetail = Operation.extend({
  reason: z.string(),
  requested_by: z.string(),
  created_at: Instant,
  max_parallel: z.number().int().nullable(),
  stop_after_failures: z.number().int().nullable(),
  counts: z.object({
    total: z.number().int(),
    refused: z.number().int(),
    waiting: z.number().int(),
    running: z.number().int(),
    success: z.number().int(),
    failed: z.number().int(),
    cancelled: z.number().int(),
  }),
});
export type OperationDetail = z.infer<typeof OperationDetail>;

/** What is wrong with a dispatch as a whole; what is wrong on one runner stands in its line. */
const unasked = [
  'runner_required',
  'action_required',
  'reason_required',
  'invalid_arguments',
  'pacing_required',
  'runner_not_found',
] as const;

export const dispatch = route({
  method: 'POST',
  path: '/dispatches',
  permission: 'runs.dispatch',
  summary: 'Runs one action on runners or a group; one run or one refusal a runner',
  refusals: unasked,
  body: DispatchBody,
  output: Operation,
  status: 201,
});
export const getOperation = route({
  method: 'GET',
  path: '/operations/:id',
  permission: 'runs.view',
  summary: 'One dispatch: its runs and refusals, and how many are where',
  params: ById,
  output: OperationDetail,
});
/** How a finished run answered, so that same answers can stand together. */
export const RunAnswer = z.object({
  run_id: z.string(),
  /** Equal for runs that ended alike and printed the same. */
  digest: z.string(),
  /** First lines of what it printed, after a failure those of stderr: for a glance, not the whole. */
  lines: z.array(z.string()),
});
export type RunAnswer = z.infer<typeof RunAnswer>;

/** Compared by how they ended, how much they printed, and the first 32,768 characters of each stream. */
export const listAnswers = route({
  method: 'GET',
  path: '/operations/:id/answers',
  permission: 'runs.view',
  summary: 'What the finished runs of a dispatch printed, to tell same answers from different ones',
  params: ById,
  output: z.object({ items: z.array(RunAnswer) }),
});
export const cancelOperation = route({
  method: 'POST',
  path: '/operations/:id/cancel',
  permission: 'runs.cancel',
  summary: 'Withdraws what waits of one dispatch and asks its runners to stop what runs',
  params: ById,
  refusals: ['run_finished'],
  body: z.object({ reason: z.string().trim().max(500).optional() }),
  output: OperationDetail,
});
/** Arguments are those of the first time, digit for digit. */
export const rerunOperation = route({
  method: 'POST',
  path: '/operations/:id/rerun',
  permission: 'runs.dispatch',
  summary: 'The same dispatch once more, by default where it failed',
  refusals: [...unasked, 'nothing_to_rerun'],
  params: ById,
  body: z.object({
    reason: z.string().max(2000),
    only: z.enum(['failed', 'all']).default('failed'),
    max_parallel: DispatchBody.shape.max_parallel,
    stop_after_failures: DispatchBody.shape.stop_after_failures,
  }),
  output: Operation,
  status: 201,
});
export const rerunRun = route({
  method: 'POST',
  path: '/runs/:id/rerun',
  permission: 'runs.dispatch',
  summary: 'The same action with the same arguments on the same runner, as a new run',
  refusals: unasked,
  params: ById,
  body: z.object({ reason: z.string().max(2000) }),
  output: Operation,
  status: 201,
});
export const listRuns = route({
  method: 'GET',
  path: '/runs',
  permission: 'runs.view',
  summary: 'Runs, newest first',
  query: PageQuery.extend({
    status: z.string().max(200).optional(),
    action: z.string().max(128).optional(),
    runner: z.string().max(128).optional(),
    group: z.string().max(80).optional(),
    source: z.enum(['operator', 'agent', 'runbook']).optional(),
    /** Name of who asked for it. */
    by: z.string().max(80).optional(),
    /** Queued at or after this instant. */
    since: Instant.optional(),
    operation: z.string().max(64).optional(),
  }),
  output: pageOf(Run),
});
export const getRun = route({
  method: 'GET',
  path: '/runs/:id',
  permission: 'runs.view',
  summary: 'One run in full, without its output',
  params: ById,
  output: RunDetail,
});
/** Without a position: the last `limit` chunks. */
export const getRunOutput = route({
  method: 'GET',
  path: '/runs/:id/output',
  permission: 'runs.view',
  summary: 'What a run printed, by page',
  params: ById,
  query: z.object({
    after_seq: z.coerce.number().int().min(0).optional(),
    before_seq: z.coerce.number().int().min(1).optional(),
    limit: z.coerce.number().int().min(1).max(2000).default(500),
  }),
  output: OutputPage,
});
export const cancelRun = route({
  method: 'POST',
  path: '/runs/:id/cancel',
  permission: 'runs.cancel',
  summary: 'Withdraws a queued run, or asks the runner to stop a running one',
  params: ById,
  refusals: ['run_finished'],
  body: z.object({ reason: z.string().trim().max(500).optional() }),
  output: RunDetail,
});
