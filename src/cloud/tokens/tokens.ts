// Operator tokens: secrets by which a member speaks. Found by their leading characters, proven by their hash.
import type { Access } from '../../protocol/access.ts';
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { StreamToken } from '../../protocol/events.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { may } from '../../protocol/permission.ts';
import type { OperatorToken } from '../../protocol/api/session.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import { instant, type Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import { reachOf } from '../members/access-row.ts';
import { findMemberId } from '../members/known-things.ts';
import type { Member } from '../members/members.ts';
import { hashSecret, matchesHash } from './secret-hash.ts';
import { checkMayRevoke, scopeOfNew } from './token-scope.ts';
import * as store from './store.ts';

/** Uses closer together than this are one write. */
const USE_WRITTEN_EVERY_MS = 60_000;

export interface Authenticated extends Caller {
  accountName: string;
  tokenName: string;
  tokenExpiresAt: number | null;
  tokenScope: Access | null;
}

export interface TokenWish {
  name: string;
  expiresInMs: number | null;
  /** Null or left out: it reaches what its member reaches. */
  scope?: Access | null;
}

export interface Tokens {
  /** Whose token this is. Refuses `token_missing`, `token_invalid`, `account_disabled`. */
  authenticate(secret: string | null, ipAddress: string | null): Promise<Authenticated>;
  /** A fresh token; the secret is nowhere else. `expiresInMs` null: until revoked. */
  mint(tx: Tx, member: Member, wish: TokenWish, actor: Actor): Promise<{ id: string; secret: string }>;
  /** Refuses `runner_access_exceeds_subject`, `invalid_request` for a scope that names what does not exist. */
  mintOwn(
    caller: Caller,
    wish: { name: string; expiresInMs: number | null; scope: Access | undefined },
  ): Promise<{ token: OperatorToken; secret: string }>;
  /** The caller's own, or `member`'s (`*`: everybody's). Refuses `insufficient_privileges`, `not_found`. */
  list(
    caller: Caller,
    query: TokensQuery,
  ): Promise<{ items: OperatorToken[]; next_cursor: string | null; total: number }>;
  /** Ends a token at once. Refuses `not_found`, `insufficient_privileges`. */
  revoke(caller: Caller, id: string): Promise<OperatorToken>;
  /** For viewers: these, whoever they belong to. */
  rows(accountId: string, ids: readonly string[]): Promise<StreamToken[]>;
  /** For viewers: the newest of those that the caller may see. */
  seenBy(caller: Caller, limit: number): Promise<StreamToken[]>;
  /** Every token of the account, for whoever holds the data directory. */
  listAll(accountId: string): Promise<OperatorToken[]>;
  revokeAny(accountId: string, id: string, actor: Actor): Promise<OperatorToken>;
}

export interface TokensQuery {
  member?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

interface Parts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  /** Told when noting a use failed; the call itself goes on. */
  onFault: (error: unknown) => void;
}

export function createTokens(parts: Parts): Tokens {
  const { database, clock, outbox } = parts;
  const rowOf = async (accountId: string, id: string, currentId: string | null) => {
    const row = await store.findById(database.read, accountId, id);
    if (!row) throw new Refusal('not_found', 'Cannot find this token');
    return shown(row, currentId);
  };
  const revoke = async (accountId: string, id: string, actor: Actor, caller: Caller | null) => {
    await database.write(async (tx) => {
      const row = await store.findById(tx.sql, accountId, id);
      if (!row) throw new Refusal('not_found', 'Cannot find this token');
      if (caller) checkMayRevoke(caller, row);
      if (!(await store.markRevoked(tx.sql, id, clock.now()))) return;
      await parts.audit.record(tx, {
        accountId,
        actor,
        event: 'operator_token.revoked',
        target: { kind: 'operator_token', id, label: row.name },
        payload: { member: row.member_name },
      });
      outbox.add(tx, { topic: 'keys', type: 'token.revoked', accountId, tokenId: id });
    });
  };
  return {
    authenticate: (secret, ipAddress) => authenticate(parts, secret, ipAddress),
    mint: (tx, member, wish, actor) => mint(parts, tx, member, wish, actor),
    mintOwn: async (caller, wish) => {
      const member = { id: caller.memberId, accountId: caller.accountId, name: caller.memberName };
      const minted = await database.write(async (tx) => {
        const scope = await scopeOfNew(tx, caller, wish.scope);
        return mint(parts, tx, member, { ...wish, scope }, caller.actor);
      });
      return { token: await rowOf(caller.accountId, minted.id, caller.tokenId), secret: minted.secret };
    },
    list: (caller, query) => list(database, caller, query),
    revoke: async (caller, id) => {
      await revoke(caller.accountId, id, caller.actor, caller);
      return rowOf(caller.accountId, id, caller.tokenId);
    },
    rows: async (accountId, ids) =>
      (await store.listByIds(database.read, accountId, ids)).map((row) => shownToAll(row)),
    seenBy: async (caller, limit) => {
      const member = may(caller.role, 'tokens.manage') ? '*' : undefined;
      const of = await tokensOf(database, caller, member);
      return (await store.page(database.read, of, null, limit)).map((row) => shownToAll(row));
    },
    listAll: async (accountId) =>
      (await store.listOfAccount(database.read, accountId)).map((row) => shown(row, null)),
    revokeAny: async (accountId, id, actor) => {
      await revoke(accountId, id, actor, null);
      return rowOf(accountId, id, null);
    },
  };
}

async function authenticate(
  parts: Parts,
  secret: string | null,
  ipAddress: string | null,
): Promise<Authenticated> {
  if (secret === null) throw new Refusal('token_missing');
  const prefix = secret.startsWith('emop-') ? secretLookup('operator_token', secret) : null;
  const row = prefix === null ? undefined : await store.findByPrefix(parts.database.read, prefix);
  const now = parts.clock.now();
  if (!row || !matchesHash(secret, row.hash)) throw new Refusal('token_invalid');
  const expired = row.expires_at !== null && row.expires_at <= now;
  const isGone = row.suspended_at !== null || row.removed_at !== null;
  if (row.revoked_at !== null || isGone || expired) throw new Refusal('token_invalid');
  if (row.account_disabled_at !== null) throw new Refusal('account_disabled');
  if (row.last_used_at === null || now - row.last_used_at >= USE_WRITTEN_EVERY_MS) {
    // Nobody waits for this note, and it must not fail the call it stands beside.
    parts.database.write((tx) => noteUse(parts, tx, row, now)).catch(parts.onFault);
  }
  return {
    accountId: row.account_id,
    accountName: row.account_name,
    memberId: row.member_id,
    memberName: row.member_name,
    role: row.role,
    reach: reachOf(row, row.scope),
    tokenId: row.id,
    tokenName: row.name,
    tokenExpiresAt: row.expires_at,
    tokenScope: scopeOf(row),
    ipAddress,
    actor: { kind: 'member', id: row.member_id, label: row.member_name, tokenId: row.id, ipAddress },
  };
}

async function noteUse({ outbox }: Parts, tx: Tx, row: store.TokenRow, now: number): Promise<void> {
  await store.markUsed(tx.sql, row.id, now);
  outbox.add(tx, { topic: 'keys', type: 'token.used', accountId: row.account_id, tokenId: row.id });
}

async function mint(
  { clock, random, audit, outbox }: Parts,
  tx: Tx,
  member: Member,
  wish: TokenWish,
  actor: Actor,
) {
  const secret = createSecret('operator_token', random);
  const id = createId('operator_token', random);
  const name = bounded(wish.name, 80);
  const at = clock.now();
  await store.insert(tx.sql, {
    id,
    accountId: member.accountId,
    memberId: member.id,
    name,
    prefix: secretLookup('operator_token', secret) ?? '',
    hash: hashSecret(secret),
    at,
    expiresAt: wish.expiresInMs === null ? null : at + wish.expiresInMs,
    scope: wish.scope ?? null,
  });
  await audit.record(tx, {
    accountId: member.accountId,
    actor,
    event: 'operator_token.minted',
    target: { kind: 'operator_token', id, label: name },
    payload: { member: member.name, scope: wish.scope ?? null },
  });
  outbox.add(tx, { topic: 'keys', type: 'token.minted', accountId: member.accountId, tokenId: id });
  return { id, secret };
}

async function list(database: Database, caller: Caller, { member, cursor, limit }: TokensQuery) {
  const of = await tokensOf(database, caller, member);
  const rows = await store.page(database.read, of, pageStart(cursor), limit + 1);
  const page = newestFirst(rows, limit, (row) => row.created_at);
  return {
    items: page.rows.map((row) => shown(row, caller.tokenId)),
    next_cursor: page.next_cursor,
    total: await store.count(database.read, of),
  };
}

async function tokensOf(
  { read }: Database,
  { accountId, memberId, role }: Caller,
  member: string | undefined,
): Promise<store.TokensOf> {
  if (member === undefined || member === memberId) return { accountId, memberId };
  if (!may(role, 'tokens.manage')) throw new Refusal('insufficient_privileges');
  if (member === '*') return { accountId, memberId: null };
  const found = await findMemberId(read, accountId, member);
  if (found === null) throw new Refusal('not_found', 'Cannot find this member');
  return { accountId, memberId: found };
}

function shown(row: store.TokenRow, currentId: string | null): OperatorToken {
  return { ...shownToAll(row), current: row.id === currentId };
}

function shownToAll(row: store.TokenRow): StreamToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    member_id: row.member_id,
    member_name: row.member_name,
    scope: scopeOf(row),
    created_at: instant(row.created_at),
    last_used_at: instant(row.last_used_at),
    expires_at: instant(row.expires_at),
    revoked_at: instant(row.revoked_at),
  };
}

function scopeOf({ scope }: Pick<store.TokenRow, 'scope'>): Access | null {
  return scope === null ? null : (JSON.parse(scope) as Access);
}
