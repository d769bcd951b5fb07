// News as fields for programs, and which runners and packs each names. Ids and words alone: no output, no arguments,
// no explanation that a host gave. Pure.
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Run } from '../../protocol/api/runs.ts';
import { bounded, neutraliseDeep } from '../../protocol/neutralise.ts';
import type { ApprovalFacts } from '../approvals/facts.ts';
import type { News } from './news.ts';

/** Of many, so many are named. */
const MAX_NAMED = 20;
const MAX_REASON = 300;

/** What a notice names, so that it can be held back from who does not reach it any more. */
export interface Subject {
  runner: string | null;
  pack: string | null;
}

interface Entry {
  subject: Subject;
  fields: Record<string, unknown>;
}

export interface NoticeFields {
  /** How many there are; `items` names the first of them. */
  count: number;
  items: Record<string, unknown>[];
  subjects: Subject[];
}

export function fieldsOf(news: News): NoticeFields {
  const entries = entriesOf(news);
  const named = entries.slice(0, MAX_NAMED);
  return {
    count: entries.length,
    items: named.map(({ fields }) => neutraliseDeep(fields)),
    subjects: named.map(({ subject }) => subject),
  };
}

function entriesOf(news: News): Entry[] {
  switch (news.event) {
    case 'run.failed':
      return news.runs.map(ofRun);
    case 'pack_version.pending':
    case 'pack_version.drifted':
      return news.packs.map(ofPack);
    case 'runner.offline':
    case 'runner.identity_conflict':
      return news.runners.map(ofRunner);
    default:
      return news.approvals.map(ofApproval);
  }
}

function ofRun(run: Run): Entry {
  const { id, status, exit_code } = run;
  return {
    subject: { runner: run.runner_id, pack: run.pack_id },
    fields: { run_id: id, ...ofAction(run), status, exit_code },
  };
}

function ofApproval(approval: ApprovalFacts): Entry {
  const { id, run_id, status, min_approvals, approvals_count, expires_at, decided_by } = approval;
  const reason = bounded(approval.reason, MAX_REASON);
  return {
    subject: { runner: approval.runner_id, pack: approval.pack_id },
    fields: {
      approval_id: id,
      run_id,
      ...ofAction(approval),
      status,
      reason,
      min_approvals,
      approvals_count,
      expires_at,
      decided_by,
    },
  };
}

function ofAction(row: Run | ApprovalFacts) {
  const { operation_id, action_id, risk, pack_id, pack_version, runner_id, runner_name, requested_by } = row;
  return { operation_id, action_id, risk, pack_id, pack_version, runner_id, runner_name, requested_by };
}

function ofPack({ id, pack_id, version, state, pending_hash, runners_count }: PackVersion): Entry {
  return {
    subject: { runner: null, pack: pack_id },
    fields: { pack_version_id: id, pack_id, version, state, pending_hash, runners_count },
  };
}

function ofRunner({ id, name, group, state, last_disconnected_at }: Runner): Entry {
  return {
    subject: { runner: id, pack: null },
    fields: { runner_id: id, runner_name: name, group, state, last_disconnected_at },
  };
}
