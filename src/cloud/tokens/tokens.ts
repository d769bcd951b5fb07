// Operator tokens: secrets by which a member speaks. Found by their leading characters, proven by their hash.
import type { Access } from '../../protocol/access.ts';
import { createId, createSecret, secretLookup, type RandomBytes } from '../../protocol/ids.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { OperatorToken } from '../../protocol/api/session.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import { instant, type Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import { reachOf } from '../members/access-row.ts';
import type { Member } from '../members/members.ts';
import { hashSecret, matchesHash } from './secret-hash.ts';
import * as store from './store.ts';

/** Uses closer together than this are one write. */
const USE_WRITTEN_EVERY_MS = 60_000;

export interface Authenticated extends Caller {
  accountName: string;
  tokenName: string;
  tokenExpiresAt: number | null;
  tokenScope: Access | null;
}

export interface Tokens {
  /** Whose token this is. Refuses `token_missing`, `token_invalid`, `account_disabled`. */
  authenticate(secret: string | null, ipAddress: string | null): Promise<Authenticated>;
  /** A fresh token; the secret is nowhere else. `expiresInMs` null: until revoked. */
  mint(
    tx: Tx,
    member: Member,
    wish: { name: string; expiresInMs: number | null },
    actor: Actor,
  ): Promise<{ id: string; secret: string }>;
  mintOwn(
    caller: Caller,
    wish: { name: string; expiresInMs: number | null },
  ): Promise<{ token: OperatorToken; secret: string }>;
  listOwn(
    caller: Caller,
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ items: OperatorToken[]; next_cursor: string | null; total: number }>;
  /** Ends one of the caller's own tokens at once. Refuses `not_found`. */
  revokeOwn(caller: Caller, id: string): Promise<OperatorToken>;
  /** Every token of the account, for whoever holds the data directory. */
  listAll(accountId: string): Promise<OperatorToken[]>;
  revokeAny(accountId: string, id: string, actor: Actor): Promise<OperatorToken>;
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
  const revoke = async (accountId: string, id: string, actor: Actor, ownerId: string | null) => {
    await database.write(async (tx) => {
      const row = await store.findById(tx.sql, accountId, id);
      if (!row || (ownerId !== null && row.member_id !== ownerId))
        throw new Refusal('not_found', 'Cannot find this token');
      if (!(await store.markRevoked(tx.sql, id, clock.now()))) return;
      await parts.audit.record(tx, {
        accountId,
        actor,
        event: 'operator_token.revoked',
        target: { kind: 'operator_token', id, label: row.name },
      });
      outbox.add(tx, { topic: 'tokens', type: 'token.revoked', accountId, tokenId: id });
    });
  };
  return {
    authenticate: (secret, ipAddress) => authenticate(parts, secret, ipAddress),
    mint: (tx, member, wish, actor) => mint(parts, tx, member, wish, actor),
    mintOwn: async (caller, wish) => {
      const member = { id: caller.memberId, accountId: caller.accountId, name: caller.memberName };
      const minted = await database.write((tx) => mint(parts, tx, member, wish, caller.actor));
      return { token: await rowOf(caller.accountId, minted.id, caller.tokenId), secret: minted.secret };
    },
    listOwn: (caller, page) => listOwn(database, caller, page),
    revokeOwn: async (caller, id) => {
      await revoke(caller.accountId, id, caller.actor, caller.memberId);
      return rowOf(caller.accountId, id, caller.tokenId);
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
    parts.database.write((tx) => store.markUsed(tx.sql, row.id, now)).catch(parts.onFault);
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
    tokenScope: row.scope === null ? null : (JSON.parse(row.scope) as Access),
    ipAddress,
    actor: { kind: 'member', id: row.member_id, label: row.member_name, tokenId: row.id, ipAddress },
  };
}

async function mint(
  { clock, random, audit }: Parts,
  tx: Tx,
  member: Member,
  wish: { name: string; expiresInMs: number | null },
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
  });
  await audit.record(tx, {
    accountId: member.accountId,
    actor,
    event: 'operator_token.minted',
    target: { kind: 'operator_token', id, label: name },
    payload: { member: member.name },
  });
  return { id, secret };
}

async function listOwn(
  database: Database,
  caller: Caller,
  page: { cursor?: string | undefined; limit: number },
) {
  const position = page.cursor === undefined ? null : readCursor(page.cursor, 2);
  const after = position ? { at: Number(position[0]), id: String(position[1]) } : null;
  const rows = await store.pageOfMember(database.read, caller.memberId, after, page.limit + 1);
  const items = rows.slice(0, page.limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => shown(row, caller.tokenId)),
    next_cursor: rows.length > page.limit && last ? writeCursor([last.created_at, last.id]) : null,
    total: await store.countOfMember(database.read, caller.memberId),
  };
}

function shown(row: store.TokenRow, currentId: string | null): OperatorToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    member_name: row.member_name,
    created_at: instant(row.created_at),
    last_used_at: instant(row.last_used_at),
    expires_at: instant(row.expires_at),
    revoked_at: instant(row.revoked_at),
    current: row.id === currentId,
  };
}
