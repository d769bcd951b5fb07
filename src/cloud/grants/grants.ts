// The door to standing grants: made with the approval that decides, used by dispatches, ended by people. What a
// grant covers is protocol/grant.ts; when one is asked for is approvals' and runs' business.
import type { Grant, GrantCap } from '../../protocol/api/grants.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { GrantState, StandingGrant } from '../../protocol/grant.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import { endGrant, setCap } from './ending.ts';
import { mintGrant, type GrantOrder } from './mint.ts';
import { showGrant } from './shown.ts';
import * as store from './store.ts';
import { useGrant, type GrantedRun } from './use.ts';

export interface GrantParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
}

export interface Grants {
  /** Made in the transaction of the decision; its id. See mint.ts for what it refuses. */
  mint(tx: Tx, caller: Caller, order: GrantOrder): Promise<string>;
  /** What may stand for people in a call of this action by this token. */
  standing(
    sql: store.Sql,
    call: { accountId: string; tokenId: string; actionId: string },
  ): Promise<StandingGrant[]>;
  /** Counts a use for a run that the same transaction makes; false when another call took the last one. */
  use(tx: Tx, grantId: string, run: GrantedRun, actor: Actor): Promise<boolean>;
  list(
    asked: Scoped,
    query: { state?: GrantState | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: Grant[]; next_cursor: string | null; total: number }>;
  /** For viewers: these, or with null all that have not ended, as far as they are in reach. */
  rows(asked: Scoped, ids: readonly string[] | null): Promise<Grant[]>;
  /** Those of a token that were not revoked: they change when it ends. */
  idsOfToken(tokenId: string): Promise<string[]>;
  /** Refuses `not_found`. */
  revoke(caller: Caller, id: string): Promise<Grant>;
  revokeAll(caller: Caller, isDryRun: boolean): Promise<Grant[]>;
  cap(accountId: string): Promise<GrantCap>;
  setCap(caller: Caller, maxSeconds: number | null): Promise<GrantCap & { revoked: number }>;
}

export function createGrants(parts: GrantParts): Grants {
  const { database, clock } = parts;
  const rows = async (asked: Scoped, ids: readonly string[] | null) => {
    const now = clock.now();
    const found =
      ids === null
        ? await store.selectUnended(database.read, asked, now)
        : await store.selectGrants(database.read, asked, ids);
    return found.map((row) => showGrant(row, now));
  };
  return {
    mint: (tx, caller, order) => mintGrant(parts, tx, caller, order),
    standing: async (sql, call) => (await store.selectStanding(sql, call, clock.now())).map(standingOf),
    use: (tx, grantId, run, actor) => useGrant(parts, tx, grantId, run, actor),
    list: (asked, query) => list(parts, asked, query),
    rows,
    idsOfToken: (tokenId) => store.selectIdsOfToken(database.read, tokenId),
    revoke: async (caller, id) => {
      await database.write(async (tx) => {
        const [row] = await store.selectGrants(tx.sql, caller, [id]);
        if (!row) throw new Refusal('not_found', 'Cannot find this standing grant');
        await endGrant(parts, tx, row, caller.actor);
      });
      const [grant] = await rows(caller, [id]);
      if (!grant) throw new Refusal('not_found', 'Cannot find this standing grant');
      return grant;
    },
    revokeAll: async (caller, isDryRun) => {
      if (isDryRun) return rows(caller, null);
      const ended = await database.write(async (tx) => {
        const found = await store.selectUnended(tx.sql, caller, clock.now());
        for (const row of found) await endGrant(parts, tx, row, caller.actor);
        return found.map(({ id }) => id);
      });
      return rows(caller, ended);
    },
    cap: async (accountId) => ({ max_seconds: await store.selectCap(database.read, accountId) }),
    setCap: async (caller, maxSeconds) => ({
      max_seconds: maxSeconds,
      revoked: await setCap(parts, caller, maxSeconds),
    }),
  };
}

function standingOf(row: Awaited<ReturnType<typeof store.selectStanding>>[number]): StandingGrant {
  return {
    id: row.id,
    packId: row.pack_id,
    packVersion: row.pack_version,
    packHash: row.pack_hash,
    runnerId: row.runner_id,
    argsSha256: row.args_sha256,
    approvers: row.approvers,
    otherApprovers: row.other_approvers,
    usesLeft: row.max_uses === null ? null : row.max_uses - row.uses_count,
    expiresAt: row.expires_at,
  };
}

async function list({ database, clock }: GrantParts, asked: Scoped, query: Parameters<Grants['list']>[1]) {
  const now = clock.now();
  const { rows, total } = await store.selectPage(database.read, asked, {
    state: query.state,
    after: pageStart(query.cursor),
    limit: query.limit + 1,
    now,
  });
  const page = newestFirst(rows, query.limit, (row) => row.granted_at);
  return {
    items: page.rows.map((row) => showGrant(row, now)),
    next_cursor: page.next_cursor,
    total,
  };
}
