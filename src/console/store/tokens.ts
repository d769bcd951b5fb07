// Operator tokens: those that work first, the one in use here on top, then newest first.
import type { StreamToken } from '../../protocol/events.ts';
import type { Me, OperatorToken } from '../../protocol/api/session.ts';
import { parseFilter, type FilterFields } from './filter.ts';
import { byInstant, byText, type ListView, type Order } from './list-selector.ts';

export const tokenStates = ['here', 'active', 'expired', 'revoked'] as const;
export type TokenState = (typeof tokenStates)[number];

export function tokenState(token: OperatorToken, now: number): TokenState {
  if (token.revoked_at !== null) return 'revoked';
  if (token.expires_at !== null && Date.parse(token.expires_at) <= now) return 'expired';
  return token.current ? 'here' : 'active';
}

export const tokenColumns = ['state', 'name', 'used', 'newest'] as const;
export type TokenColumn = (typeof tokenColumns)[number];

function fieldsAt(now: number): FilterFields<OperatorToken> {
  return {
    text: (token) => `${token.name} ${token.prefix} ${token.member_name}`,
    terms: {
      status: { values: (token) => [tokenState(token, now)], exact: true },
      by: { values: (token) => [token.member_name, token.member_id], exact: true },
    },
  };
}

const byNewest: Order<OperatorToken> = (a, b) => byInstant(a.created_at, b.created_at);

/** One's own, or those of everybody that are known here; which one this console uses `me` says. */
export function tokensOf(
  tokens: ReadonlyMap<string, StreamToken>,
  me: Me | null,
  isEverybody: boolean,
): OperatorToken[] {
  return [...tokens.values()]
    .filter((token) => isEverybody || token.member_id === me?.member.id)
    .map((token) => ({ ...token, current: token.id === me?.token.id }));
}

export function selectTokens(
  tokens: readonly OperatorToken[],
  { filter, sort, reverse, now }: { filter: string; sort: TokenColumn; reverse: boolean; now: number },
): ListView<OperatorToken> {
  const rank = (token: OperatorToken) => tokenStates.indexOf(tokenState(token, now));
  const orders: Record<TokenColumn, Order<OperatorToken>> = {
    state: (a, b) => rank(a) - rank(b) || byNewest(a, b),
    name: (a, b) => byText(a.name, b.name),
    used: (a, b) => byInstant(a.last_used_at, b.last_used_at),
    newest: byNewest,
  };
  const { test, error } = parseFilter(filter, fieldsAt(now));
  const rows = tokens.filter(test).toSorted(orders[sort]);
  return { rows: reverse ? rows.toReversed() : rows, total: tokens.length, error };
}
