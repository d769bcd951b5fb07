// A dispatch: gates, then one run or one refusal a runner, all in one transaction that also hands over what
// may go at once. It answers with run ids right away; waiting is a call of its own (C33).
import type { DispatchResult, Operation } from '../../protocol/api/runs.ts';
import type { RunOptions } from '../../protocol/frames.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createId } from '../../protocol/ids.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import type { RunStatus } from '../../protocol/run.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { WaitingRun } from '../approvals/approvals.ts';
import type { Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { isPaced, runOf, waitingRun, type NewRun } from './new-run.ts';
import { fitsInFrame } from './frames.ts';
import { judgeDispatch, type Intent, type Verdict } from './gates.ts';
import { offerOrTell } from './hand-over.ts';
import type { LiveSessions } from './live-sessions.ts';
import { readRunArguments } from './run-arguments.ts';
import { runTarget, tellRun, type RunParts } from './run-parts.ts';
import { selectRunsByIds } from './run-reads.ts';
import { showRun } from './shown.ts';
import { insertOperation } from './operation-store.ts';
import { advanceOperation } from './pacing.ts';
import { insertRuns } from './store.ts';

export interface Dispatch extends Scoped {
  memberId: string;
  memberName: string;
  actor: Actor;
  body: {
    action_id: string;
    runners?: string[] | undefined;
    group?: string | undefined;
    labels?: Readonly<Record<string, string>> | undefined;
    max_parallel?: number | undefined;
    stop_after_failures?: number | undefined;
    opts?: RunOptions | undefined;
    reason: string;
    dry_run?: boolean | undefined;
  };
  /** The request as it arrived: arguments are read from here, digit for digit. */
  rawBody: string;
}

/** What an operation keeps of a runner. */
export type AnswerLine = Omit<DispatchResult, 'run'> & { run_id: string | null };

/** Refuses `runner_required`, `reason_required`, `invalid_request`, `invalid_arguments`, `pacing_required`; per runner it answers. */
export async function dispatchRuns(parts: RunParts, live: LiveSessions, asked: Dispatch): Promise<Operation> {
  const intent = readIntent(asked);
  const { body } = asked;
  if (body.dry_run === true) {
    const verdicts = await judgeDispatch(parts, parts.database.read, intent);
    requirePace(asked, verdicts);
    return {
      id: '',
      action_id: body.action_id,
      results: verdicts.map((verdict) => ({ ...lineOf(verdict), run: null })),
    };
  }
  return parts.database.write((tx) => create(parts, live, tx, asked, intent));
}

function readIntent({ accountId, reach, actor, body, rawBody }: Dispatch): Intent {
  const runners = body.runners ?? [];
  const group = body.group ?? null;
  const labels = body.labels ?? null;
  if (runners.length === 0 && group === null && labels === null) throw new Refusal('runner_required');
  if (body.action_id === '') throw new Refusal('action_required');
  if (body.reason.trim() === '') throw new Refusal('reason_required');
  return {
    accountId,
    reach,
    actionId: body.action_id,
    tokenId: actor.tokenId,
    runners,
    group,
    labels,
    args: readRunArguments(rawBody),
  };
}

async function create(
  parts: RunParts,
  live: LiveSessions,
  tx: Tx,
  asked: Dispatch,
  intent: Intent,
): Promise<Operation> {
  const verdicts = await judgeDispatch(parts, tx.sql, intent);
  if (verdicts.length === 0)
    throw new Refusal(
      'runner_not_found',
      'Cannot dispatch: no runner is meant by this group or these labels',
    );
  requirePace(asked, verdicts);
  const operation = { id: createId('operation', parts.random), action_id: asked.body.action_id };
  const runs: NewRun[] = [];
  const waiting: WaitingRun[] = [];
  const lines: AnswerLine[] = [];
  for (const verdict of verdicts) {
    const made = runOf(parts, asked, intent, operation.id, verdict);
    const run = made && (await letOut(parts, tx, asked, verdict, made));
    if (run && !fitsInFrame(run))
      throw new Refusal('invalid_request', 'Cannot dispatch: the request is larger than a runner takes');
    if (run) runs.push(run);
    const terms = run?.status === 'pending_approval' ? verdict.passed?.policy.approval : undefined;
    if (run && terms) waiting.push(waitingRun(run, terms));
    const line = lineOf(verdict);
    // A run that waits is no refusal; only a dry run says beforehand that it would have to.
    lines.push({ ...line, refusal: terms ? null : line.refusal, run_id: run?.id ?? null });
    await auditBlocked(parts, tx, asked, verdict);
  }
  await insertOperation(tx.sql, {
    ...operation,
    account_id: asked.accountId,
    member_id: asked.memberId,
    reason: neutralise(asked.body.reason.trim()),
    requested_by_name: asked.memberName,
    max_parallel: asked.body.max_parallel ?? null,
    stop_after_failures: asked.body.stop_after_failures ?? null,
    created_at: parts.clock.now(),
    answer: JSON.stringify(lines),
  });
  await insertRuns(tx.sql, runs);
  await parts.approvals.request(tx, waiting);
  for (const run of runs) await announce(parts, tx, asked, run);
  if (isPaced(asked)) await advanceOperation(parts, tx, operation.id);
  else await offerAll(parts, live, tx, runs);
  return answerOf(tx, asked, operation, lines);
}

// Of two calls that want the last use of a grant one gets it; the other waits for people.
async function letOut(
  { grants }: RunParts,
  tx: Tx,
  { actor }: Dispatch,
  { grantId }: Verdict,
  run: NewRun,
): Promise<NewRun> {
  if (grantId === null || !(await grants.use(tx, grantId, run, actor))) return run;
  return { ...run, status: 'pending', grant_id: grantId };
}

async function offerAll(parts: RunParts, live: LiveSessions, tx: Tx, runs: readonly NewRun[]): Promise<void> {
  for (const { runner_id } of runs.filter((run) => run.status === 'pending')) {
    await offerOrTell(parts, live, tx, runner_id);
  }
}

/** Above this many runners an action of high risk goes on at a pace that somebody chose (design, "Policy from the first day"). */
const UNPACED_MAX = 10;

function requirePace({ body }: Dispatch, verdicts: readonly Verdict[]): void {
  if (body.max_parallel !== undefined && body.stop_after_failures !== undefined) return;
  const risky = verdicts.filter(({ passed }) => {
    const risk = passed?.contract.descriptor.risk;
    return risk === 'high' || risk === 'critical';
  });
  if (risky.length > UNPACED_MAX) throw new Refusal('pacing_required');
}

const createdEvents: Partial<Record<RunStatus, string>> = {
  denied: 'action_run.denied',
  pending_approval: 'action_run.pending_approval',
};

async function announce(parts: RunParts, tx: Tx, asked: Dispatch, run: NewRun): Promise<void> {
  await parts.audit.record(tx, {
    accountId: asked.accountId,
    actor: asked.actor,
    event: createdEvents[run.status] ?? 'action_run.requested',
    target: runTarget(run),
    requestId: run.request_id,
    payload: {
      runner_id: run.runner_id,
      action_id: run.action_id,
      pack_hash: run.pack_hash,
      args_sha256: run.args_sha256,
      reason: run.reason,
      ...(run.grant_id && { grant_id: run.grant_id }),
    },
  });
  tellRun(parts, tx, 'run.created', run);
}

const auditedBlocks: Record<string, string> = {
  pack_untrusted: 'dispatch_blocked_pack_untrusted',
  pack_retired: 'dispatch_blocked_pack_retired',
  runner_requires_attestation: 'dispatch_blocked_requires_attestation',
};

async function auditBlocked(
  parts: RunParts,
  tx: Tx,
  asked: Dispatch,
  { runnerId, runnerName, refusal }: Verdict,
): Promise<void> {
  const event = refusal && auditedBlocks[refusal.code];
  if (!event) return;
  await parts.audit.record(tx, {
    accountId: asked.accountId,
    actor: asked.actor,
    event,
    target: { kind: 'runner', id: runnerId, label: runnerName },
    payload: { action_id: asked.body.action_id },
  });
}

function lineOf({ runnerId, runnerName, refusal }: Verdict): Omit<DispatchResult, 'run'> {
  return { runner_id: runnerId, runner_name: runnerName, refusal };
}

async function answerOf(
  tx: Tx,
  asked: Scoped,
  operation: { id: string; action_id: string },
  lines: readonly AnswerLine[],
): Promise<Operation> {
  const rows = await selectRunsByIds(
    tx.sql,
    asked,
    lines.flatMap(({ run_id }) => run_id ?? []),
  );
  const runs = new Map(rows.map((row) => [row.id, showRun(row)]));
  return {
    ...operation,
    results: lines.map(({ run_id, ...line }) => ({ ...line, run: runs.get(run_id ?? '') ?? null })),
  };
}
