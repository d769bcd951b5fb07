// All SQL that reads the trail for people and collectors: facets, pages either way, one event, names with counts.
import { sql as raw, type ExpressionBuilder, type Kysely, type Selectable, type SqlBool } from 'kysely';
import type { AuditEvent, AuditFacets } from '../../protocol/api/audit.ts';
import { auditCategoryOf, auditOutcomeOf, auditOutcomes } from '../../protocol/audit.ts';
import { Refusal } from '../../protocol/errors.ts';
import { groupsReached, type Scoped } from '../../protocol/scope.ts';
import { instant } from '../clock.ts';
import type { Schema } from '../database/schema.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import { packsInReach, runnersInReach } from '../database/reach-sql.ts';

type Sql = Kysely<Schema>;
type Row = Selectable<Schema['audit_events']>;
type Columns = ExpressionBuilder<Schema, 'audit_events'>;

export type AuditPage = AuditFacets & { order: 'asc' | 'desc'; cursor?: string | undefined; limit: number };

export async function selectAuditPage(db: Sql, asked: Scoped, page: AuditPage) {
  const filtered = await filteredEvents(db, asked, page);
  const { total } = await filtered
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  let query = filtered.selectAll().orderBy('chain_seq', page.order);
  if (page.cursor !== undefined) {
    const [seq] = readCursor(page.cursor, 1);
    query = query.where('chain_seq', page.order === 'asc' ? '>' : '<', Number(seq));
  }
  const rows = await query.limit(page.limit + 1).execute();
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(showEvent),
    next_cursor: rows.length > shown.length && last ? writeCursor([last.chain_seq ?? 0]) : null,
    /** After the last row, whether or not more are there now: for a collector that comes back. */
    resume_cursor: last ? writeCursor([last.chain_seq ?? 0]) : null,
    total: Number(total),
  };
}

export async function selectAuditEvent(db: Sql, asked: Scoped, id: string): Promise<AuditEvent | null> {
  const row = await eventsInReach(db, asked).selectAll().where('id', '=', id).executeTakeFirst();
  return row ? showEvent(row) : null;
}

export async function selectAuditEvents(
  db: Sql,
  asked: Scoped,
  ids: readonly string[],
): Promise<AuditEvent[]> {
  if (ids.length === 0) return [];
  const rows = await eventsInReach(db, asked)
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('chain_seq')
    .execute();
  return rows.map(showEvent);
}

export async function countEventTypes(db: Sql, asked: Scoped) {
  const rows = await eventsInReach(db, asked)
    .select('event_type')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .groupBy('event_type')
    .orderBy('event_type')
    .execute();
  return rows.map(({ event_type, count }) => ({
    event_type,
    count: Number(count),
    outcome: auditOutcomeOf(event_type),
    category: auditCategoryOf(event_type),
  }));
}

function eventsInReach(db: Sql, asked: Scoped) {
  const { accountId, reach } = asked;
  let query = db
    .selectFrom('audit_events')
    .where('account_id', '=', accountId)
    .where('chain_seq', 'is not', null);
  const runners = runnersInReach(db, asked);
  if (runners !== null)
    query = query.where((eb) => eb.or([eb('runner_id', 'is', null), eb('runner_id', 'in', runners)]));
  const packs = packsInReach(reach.packs);
  if (packs !== null)
    query = query.where((eb) => eb.or([eb('pack_id', 'is', null), eb('pack_id', 'in', packs)]));
  const groups = groupsReached(reach.runners);
  return groups === null ? query : query.where((eb) => eb.or(notOfOtherGroups(eb, groups)));
}

// Rules of a group are known to who reaches the group: `policy` events name it in their target.
function notOfOtherGroups(eb: Columns, groups: ReadonlySet<string>) {
  const reached = [...groups].map((group) => `group:${group}`);
  return [
    eb('target_id', 'is', null),
    eb('target_kind', 'is', null),
    eb('target_kind', '!=', 'policy'),
    eb('target_id', 'not like', 'group:%'),
    ...(reached.length > 0 ? [eb('target_id', 'in', reached)] : []),
  ];
}

// Outcome and category are rules over names: the names that occur are few and are asked first.
async function filteredEvents(db: Sql, asked: Scoped, facets: AuditFacets) {
  const { actor, target, target_kind: kind, request_id: requestId, actor_kind: actorKind } = facets;
  let query = eventsInReach(db, asked);
  const names = await namesFor(db, asked, facets);
  if (names !== null) query = query.where('event_type', 'in', ['', ...names]);
  if (actor !== undefined)
    query = query.where((eb) => eb.or([eb('actor_id', '=', actor), eb('actor_label', '=', actor)]));
  if (actorKind !== undefined) query = query.where('actor_kind', '=', actorKind);
  if (target !== undefined)
    query = query.where((eb) =>
      eb.or([eb('target_id', '=', target), eb('target_label', '=', target), eb('runner_id', '=', target)]),
    );
  if (kind !== undefined) query = query.where('target_kind', '=', kind);
  if (requestId !== undefined) query = query.where('request_id', '=', requestId);
  if (facets.since !== undefined) query = query.where('occurred_at', '>=', Date.parse(facets.since));
  if (facets.until !== undefined) query = query.where('occurred_at', '<', Date.parse(facets.until));
  const { q } = facets;
  if (q !== undefined && q !== '') query = query.where((eb) => contains(eb, q.toLowerCase()));
  return query;
}

function contains(eb: Columns, text: string) {
  const pattern = `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const columns = ['event_type', 'actor_label', 'target_label', 'payload'] as const;
  return eb.or(columns.map((column) => raw<SqlBool>`lower(${eb.ref(column)}) like ${pattern} escape '\\'`));
}

async function namesFor(db: Sql, { accountId }: Scoped, facets: AuditFacets): Promise<string[] | null> {
  const { type, outcome, category } = facets;
  if (type === undefined && outcome === undefined && category === undefined) return null;
  const types = type === undefined ? null : new Set(type.split(',').map((word) => word.trim()));
  const outcomes = outcome === undefined ? null : outcomesOf(outcome);
  const known = await db
    .selectFrom('audit_events')
    .select('event_type')
    .distinct()
    .where('account_id', '=', accountId)
    .execute();
  return known
    .map(({ event_type }) => event_type)
    .filter(
      (name) =>
        (types === null || types.has(name)) &&
        (outcomes === null || outcomes.has(auditOutcomeOf(name))) &&
        (category === undefined || auditCategoryOf(name) === category),
    );
}

/** `problems` is danger and warn. */
function outcomesOf(text: string): Set<string> {
  const words = text.split(',').map((word) => word.trim());
  const wanted = new Set<string>(
    words.flatMap((word) => (word === 'problems' ? ['danger', 'warn'] : [word])),
  );
  for (const word of wanted) {
    if (auditOutcomes.some((known) => known === word)) continue;
    const choice = [...auditOutcomes, 'problems'].join(', ');
    throw new Refusal('invalid_request', `Cannot read outcome in the query: choose ${choice}`, {
      field: 'outcome',
    });
  }
  return wanted;
}

export function showEvent(row: Row): AuditEvent {
  return {
    id: row.id,
    seq: row.chain_seq ?? 0,
    occurred_at: instant(row.occurred_at),
    event_type: row.event_type,
    outcome: auditOutcomeOf(row.event_type),
    category: auditCategoryOf(row.event_type),
    actor: { kind: row.actor_kind, id: row.actor_id, label: row.actor_label },
    token_id: row.token_id,
    ip_address: row.ip_address,
    target:
      row.target_kind === null
        ? null
        : { kind: row.target_kind, id: row.target_id, label: row.target_label ?? '' },
    runner_id: row.runner_id,
    pack_id: row.pack_id,
    request_id: row.request_id,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    hash: row.hash ?? '',
  };
}
