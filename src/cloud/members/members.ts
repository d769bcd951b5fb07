// Accounts and who belongs to them. What they hold to prove it is tokens' business.
import { createId, type RandomBytes } from '../../protocol/ids.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Role } from '../../protocol/permission.ts';
import type { Reach } from '../../protocol/scope.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { systemActor, type Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import { reachOf } from './access-row.ts';
import * as store from './store.ts';

export interface Member {
  id: string;
  accountId: string;
  name: string;
}

export interface MemberWithEmail {
  id: string;
  name: string;
  email: string;
  role: Role;
  reach: Reach;
}

export interface Members {
  /** The account of this store, or null before `init`. */
  account(): Promise<{ id: string; name: string } | null>;
  /** Makes the account and its owner. Refuses `already_initialised`. */
  setUp(tx: Tx, names: { account: string; owner: string }): Promise<Member>;
  /**
   * What a member may do at this moment, by a token as far as it reaches; null for one who is suspended or gone.
   * A token that has ended since narrows as before: what it asked for remains its member's wish.
   */
  authority(
    sql: Database['read'],
    accountId: string,
    memberId: string,
    tokenId?: string | null,
  ): Promise<{ role: Role; reach: Reach } | null>;
  /** Active members who gave an e-mail address, with what they may do and reach at this moment. */
  withEmail(sql: Database['read'], accountId: string): Promise<MemberWithEmail[]>;
  /** The named member, or the first owner. Refuses `data_dir_missing`, `not_found`. */
  find(tx: Tx, name: string | null): Promise<Member>;
}

export function createMembers(parts: {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
}): Members {
  const { database, clock, random, audit } = parts;
  return {
    account: async () => (await store.findOnlyAccount(database.read)) ?? null,
    setUp: async (tx, names) => {
      if (await store.findOnlyAccount(tx.sql)) throw new Refusal('already_initialised');
      const account = { id: createId('account', random), name: bounded(names.account, 80), at: clock.now() };
      const owner = { id: createId('member', random), accountId: account.id, name: bounded(names.owner, 80) };
      await store.insertAccount(tx.sql, account);
      await store.insertOwner(tx.sql, { ...owner, at: account.at });
      await audit.record(tx, {
        accountId: account.id,
        actor: systemActor,
        event: 'account.created',
        target: { kind: 'account', id: account.id, label: account.name },
        payload: { owner: owner.name },
      });
      return owner;
    },
    authority: async (sql, accountId, memberId, tokenId = null) => {
      const row = await store.findById(sql, accountId, memberId);
      if (!row || row.suspended_at !== null || row.removed_at !== null) return null;
      const scope = tokenId === null ? null : await store.findTokenScope(sql, accountId, tokenId);
      return { role: row.role, reach: reachOf(row, scope) };
    },
    withEmail: async (sql, accountId) =>
      (await store.findWithEmail(sql, accountId)).flatMap((row) =>
        row.email === null
          ? []
          : { id: row.id, name: row.name, email: row.email, role: row.role, reach: reachOf(row, null) },
      ),
    find: async (tx, name) => {
      const account = await store.findOnlyAccount(tx.sql);
      if (!account) throw new Refusal('data_dir_missing');
      const member = await store.findMember(tx.sql, account.id, name);
      if (!member) throw new Refusal('not_found', `Cannot find the member ${bounded(name ?? 'owner', 80)}`);
      return { id: member.id, accountId: account.id, name: member.name };
    },
  };
}
