// What happened, as the trail names it, and the rows that somebody reaches of it: news is loaded for each receiver
// by the doors themselves, in that receiver's reach, so that nothing has to be left out afterwards.
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Run } from '../../protocol/api/runs.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { NoticeEvent } from '../../protocol/webhook.ts';
import type { ApprovalFacts } from '../approvals/facts.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { TailEvent } from '../audit/tail.ts';

type ApprovalEvent = 'approval.requested' | 'approval.decided' | 'approval.expired';
type PackEvent = 'pack_version.pending' | 'pack_version.drifted';

export type News =
  | { event: ApprovalEvent; approvals: ApprovalFacts[] }
  | { event: PackEvent; packs: PackVersion[] }
  | { event: 'run.failed'; runs: Run[] }
  | { event: 'runner.offline'; runners: Runner[]; forSeconds: number }
  | { event: 'runner.identity_conflict'; runners: Runner[] };

export interface NewsSources {
  approvals: Pick<Approvals, 'facts'>;
  packRows(asked: Scoped, ids: readonly string[]): Promise<PackVersion[]>;
  runRows(asked: Scoped, ids: readonly string[]): Promise<Run[]>;
  runnerRows(asked: Scoped, ids: readonly string[]): Promise<Runner[]>;
}

/** Events of the trail that are news, and which. `runner.disconnected` becomes news only with time: outages.ts. */
export const newsOfTrail: Readonly<Record<string, NoticeEvent>> = {
  'action_run.pending_approval': 'approval.requested',
  'approval.approved': 'approval.decided',
  'approval.denied': 'approval.decided',
  'approval.expired': 'approval.expired',
  pack_trust_review_required: 'pack_version.pending',
  pack_trust_baseline_mismatch: 'pack_version.pending',
  pack_trust_drift_detected: 'pack_version.drifted',
  'action_run.failed': 'run.failed',
  'action_run.error': 'run.failed',
  'action_run.timed_out': 'run.failed',
  'action_run.validation_failed': 'run.failed',
  'action_run.unknown_action': 'run.failed',
  'action_run.refused': 'run.failed',
  'runner.identity_conflict': 'runner.identity_conflict',
};

export async function loadNews(
  sources: NewsSources,
  asked: Scoped,
  events: readonly TailEvent[],
  wanted: ReadonlySet<NoticeEvent>,
): Promise<News[]> {
  const ids = (event: NoticeEvent) => {
    const found = events.flatMap(({ type, targetId }) =>
      newsOfTrail[type] === event ? (targetId ?? []) : [],
    );
    return wanted.has(event) ? [...new Set(found)] : [];
  };
  return [
    ...(await approvalNews(sources, asked, ids)),
    ...(await packNews(sources, asked, ids)),
    ...(await failedRuns(sources, asked, ids('run.failed'))),
    ...(await conflicts(sources, asked, ids('runner.identity_conflict'))),
  ];
}

type IdsOf = (event: NoticeEvent) => string[];

async function approvalNews(sources: NewsSources, asked: Scoped, ids: IdsOf): Promise<News[]> {
  const news: News[] = [];
  for (const event of ['approval.requested', 'approval.decided', 'approval.expired'] as const) {
    const found = ids(event);
    if (found.length === 0) continue;
    // A request is told of with its run, in whose transaction it is made.
    const which = event === 'approval.requested' ? { ids: [], runIds: found } : { ids: found, runIds: [] };
    const rows = await sources.approvals.facts(asked, which);
    // Whoever is told late shall not be asked for what is decided already.
    const fresh = event === 'approval.requested' ? rows.filter(({ status }) => status === 'pending') : rows;
    const together = groupedBy(fresh, (row) => `${row.operation_id} ${row.status} ${row.decided_by}`);
    news.push(...together.map((approvals) => ({ event, approvals })));
  }
  return news;
}

async function packNews(sources: NewsSources, asked: Scoped, ids: IdsOf): Promise<News[]> {
  const news: News[] = [];
  for (const event of ['pack_version.pending', 'pack_version.drifted'] as const) {
    const found = ids(event);
    if (found.length === 0) continue;
    const packs = (await sources.packRows(asked, found)).filter(({ state }) => state === 'pending');
    if (packs.length > 0) news.push({ event, packs });
  }
  return news;
}

async function failedRuns(sources: NewsSources, asked: Scoped, ids: readonly string[]): Promise<News[]> {
  if (ids.length === 0) return [];
  const together = groupedBy(await sources.runRows(asked, ids), (run) => `${run.operation_id} ${run.status}`);
  return together.map((runs) => ({ event: 'run.failed', runs }));
}

async function conflicts(sources: NewsSources, asked: Scoped, ids: readonly string[]): Promise<News[]> {
  const runners = ids.length === 0 ? [] : await sources.runnerRows(asked, ids);
  return runners.length === 0 ? [] : [{ event: 'runner.identity_conflict', runners }];
}

/** One notice for what belongs together: a dispatch on fifty hosts asks once. */
function groupedBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups.values()];
}
