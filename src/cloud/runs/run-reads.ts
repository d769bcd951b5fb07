// All SQL that reads runs for people: lists with filters and pages, operations, output by sequence number.
import type { OutputChunk, OutputPage } from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { RunStatus } from '../../protocol/run.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { instant } from '../clock.ts';
import { olderThan } from '../database/newest-first.ts';
import { runsInReach } from '../database/reach-sql.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import type { RunRow } from './run-parts.ts';
import type { Sql } from './store.ts';

export interface RunQuery {
  /** One status or several with commas between. */
  status?: string | undefined;
  action?: string | undefined;
  /** Id or name. */
  runner?: string | undefined;
  /** What the runner declares now. */
  group?: string | undefined;
  source?: RunRow['source'] | undefined;
  by?: string | undefined;
  /** RFC 3339. */
  since?: string | undefined;
  operation?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** One page, newest first, and how many the filter matches. Refuses `invalid_request` for a bad filter. */
export async function selectRunPage(sql: Sql, asked: Scoped, query: RunQuery) {
  const filtered = filteredRuns(sql, asked, query);
  const counted = await filtered
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  let page = filtered.selectAll('runs').orderBy('queued_at', 'desc').orderBy('id', 'desc');
  const after = pageStart(query.cursor);
  if (after) page = page.where(olderThan(after, 'queued_at', 'id'));
  const rows = await page.limit(query.limit + 1).execute();
  return { ...newestFirst(rows, query.limit, (row) => row.queued_at), total: Number(counted.total) };
}

function filteredRuns(sql: Sql, asked: Scoped, query: RunQuery) {
  const { accountId } = asked;
  const { status, action, runner, group, source, by, since, operation } = query;
  let filtered = runsInReach(sql, asked);
  if (status !== undefined) filtered = filtered.where('status', 'in', readStatuses(status));
  if (action !== undefined) filtered = filtered.where('action_id', '=', action);
  if (runner !== undefined)
    filtered = filtered.where((eb) => eb.or([eb('runner_id', '=', runner), eb('runner_name', '=', runner)]));
  if (source !== undefined) filtered = filtered.where('source', '=', source);
  if (by !== undefined) filtered = filtered.where('requested_by_name', '=', by);
  if (since !== undefined) filtered = filtered.where('queued_at', '>=', Date.parse(since));
  if (operation !== undefined) filtered = filtered.where('operation_id', '=', operation);
  if (group !== undefined)
    filtered = filtered.where('runner_id', 'in', (eb) =>
      eb
        .selectFrom('runners')
        .select('id')
        .where('account_id', '=', accountId)
        .where('group_name', '=', group),
    );
  return filtered;
}

function readStatuses(list: string): RunStatus[] {
  return list.split(',').map((word) => {
    const status = RunStatus.safeParse(word.trim());
    if (!status.success)
      throw new Refusal('invalid_request', 'Cannot read status in the query: it names no status of a run', {
        field: 'status',
      });
    return status.data;
  });
}

export async function selectRunsByIds(sql: Sql, asked: Scoped, ids: readonly string[]): Promise<RunRow[]> {
  if (ids.length === 0) return [];
  return runsInReach(sql, asked)
    .selectAll('runs')
    .where('runs.id', 'in', [...ids])
    .execute();
}

/** The journal events that the newest results of a runner named, newest first. */
export async function selectStoredEvents(sql: Sql, runnerId: string, limit: number): Promise<string[]> {
  const rows = await sql
    .selectFrom('runs')
    .select('event_id')
    .where('runner_id', '=', runnerId)
    .where('event_id', 'is not', null)
    .orderBy('finished_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(limit)
    .execute();
  return rows.flatMap(({ event_id }) => event_id ?? []);
}

export interface OutputRange {
  after_seq?: number | undefined;
  before_seq?: number | undefined;
  limit: number;
}

/** A page holds at most this much text, however many chunks were asked for. */
export const OUTPUT_PAGE_BYTES = 4 * 1024 * 1024;

/** Chunks after, before or between positions; without one the last `limit`. */
/** Chunks from one number to another. */
export async function selectChunks(
  sql: Sql,
  runId: string,
  from: number,
  to: number,
): Promise<OutputChunk[]> {
  const rows = await outputOf(sql, runId)
    .selectAll()
    .where('seq', '>=', from)
    .where('seq', '<=', to)
    .orderBy('seq')
    .execute();
  return rows.map(({ seq, stream, chunk, at }) => ({ seq, stream, chunk, at: instant(at) }));
}

export async function selectOutput(sql: Sql, runId: string, range: OutputRange): Promise<OutputPage> {
  const { after_seq, before_seq } = range;
  const seqs = await selectPageSeqs(sql, runId, range);
  const first = seqs[0] ?? null;
  const last = seqs.at(-1) ?? null;
  return {
    items: first === null || last === null ? [] : await selectChunks(sql, runId, first, last),
    first_seq: first,
    last_seq: last,
    more_before: await exists(
      sql,
      runId,
      '<',
      first ?? (after_seq === undefined ? (before_seq ?? 0) : after_seq + 1),
    ),
    more_after: await exists(
      sql,
      runId,
      '>',
      last ?? (before_seq === undefined ? (after_seq ?? 0) : before_seq - 1),
    ),
  };
}

// Which numbers make the page: sizes first, so that a page of large chunks is never read whole into memory.
async function selectPageSeqs(
  sql: Sql,
  runId: string,
  { after_seq, before_seq, limit }: OutputRange,
): Promise<number[]> {
  let query = outputOf(sql, runId).select(['seq', (eb) => eb.fn<number>('length', ['chunk']).as('size')]);
  if (after_seq !== undefined) query = query.where('seq', '>', after_seq);
  if (before_seq !== undefined) query = query.where('seq', '<', before_seq);
  const forward = after_seq !== undefined;
  const candidates = await query
    .orderBy('seq', forward ? 'asc' : 'desc')
    .limit(limit)
    .execute();
  const seqs: number[] = [];
  let bytes = 0;
  for (const { seq, size } of candidates) {
    bytes += Number(size);
    if (seqs.length > 0 && bytes > OUTPUT_PAGE_BYTES) break;
    seqs.push(seq);
  }
  return forward ? seqs : seqs.reverse();
}

function outputOf(sql: Sql, runId: string) {
  return sql.selectFrom('run_output').where('run_id', '=', runId);
}

async function exists(sql: Sql, runId: string, side: '<' | '>', seq: number): Promise<boolean> {
  const row = await outputOf(sql, runId).select('seq').where('seq', side, seq).limit(1).executeTakeFirst();
  return row !== undefined;
}
