// What a token may be narrowed to: never to more than its member reaches, nor than the token it is minted with.
import { isWithin, type Access } from '../../protocol/access.ts';
import { Refusal } from '../../protocol/errors.ts';
import { mayGive } from '../../protocol/member.ts';
import { may } from '../../protocol/permission.ts';
import { reachesRunner } from '../../protocol/scope.ts';
import type { Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { checkedAccess } from '../members/access-change.ts';
import { accessOf } from '../members/access-row.ts';
import { knownThings } from '../members/known-things.ts';
import * as store from './store.ts';

/**
 * The scope of a token that the caller mints for themselves. Without a wish it is that of the token they use.
 * Refuses `runner_access_exceeds_subject`, `invalid_request` for what does not exist.
 */
export async function scopeOfNew(tx: Tx, caller: Caller, wish: Access | undefined): Promise<Access | null> {
  const own = caller.tokenScope ?? null;
  if (wish === undefined) return own;
  const token = await store.findById(tx.sql, caller.accountId, caller.tokenId);
  if (!token) throw new Refusal('token_invalid');
  const access = accessOf(token);
  const known = await knownThings(tx.sql, caller.accountId);
  const scope = checkedAccess(wish, own ?? access, known, caller.reach);
  // A host in reach today may be named although only its group was granted: should it leave the group, the
  // intersection on every call leaves it out.
  const reached = new Set(
    known.runners.filter((runner) => reachesRunner(caller.reach, runner)).map(({ id }) => `runner:${id}`),
  );
  const beyond = wish.runner_selectors.filter((selector) => !reached.has(selector));
  const rest = { ...wish, runner_selectors: beyond };
  const isOwn = isWithin(rest, access) && (own === null || isWithin(rest, own));
  if (!isOwn) throw new Refusal('runner_access_exceeds_subject');
  return scope;
}

/** Refuses `not_found` for somebody else's token that the caller may not manage, `insufficient_privileges`. */
export function checkMayRevoke(caller: Caller, token: Pick<store.TokenRow, 'member_id' | 'role'>): void {
  if (token.member_id === caller.memberId) return;
  if (!may(caller.role, 'tokens.manage')) throw new Refusal('not_found', 'Cannot find this token');
  if (!mayGive(caller.role, token.role)) throw new Refusal('insufficient_privileges');
}
