// `emisar-cloud tokens` and `audit`: beside a running server through its socket, otherwise on the store under
// its lock.
import { auditFaults } from '../audit/verify.ts';
import type { OperatorToken } from '../../protocol/api/session.ts';
import { createAdmin, type AdminAnswer, type AdminRequest } from './admin.ts';
import { askAdmin } from './admin-socket.ts';
import { withStore } from './store-session.ts';
import { tableLines } from './terminal.ts';

export async function runAdmin(
  dataDir: string,
  request: AdminRequest,
  databaseUrl: string | null,
): Promise<AdminAnswer> {
  const answer = await askAdmin(dataDir, request);
  return (
    answer ??
    withStore({ dataDir, databaseUrl, mayCreate: false }, (session) => createAdmin(session)(request))
  );
}

/** One line an account: that all is well, or the first thing that is not. */
export function proofLines(proofs: NonNullable<AdminAnswer['proofs']>): string[] {
  return proofs.map(({ account, events, from, fault }) => {
    if (fault === null)
      return `${account}: ${events} events from number ${from} on, none changed, none missing`;
    const event = fault.eventId === null ? '' : ` (${fault.eventId})`;
    return `${account}: event ${fault.seq}${event} ${auditFaults[fault.what]}`;
  });
}

/** One line a token, columns by two spaces. */
export function tokenLines(tokens: readonly OperatorToken[]): string[] {
  const rows = tokens.map((token) => [token.id, token.name, token.member_name, stateOf(token), token.prefix]);
  return tableLines([['ID', 'NAME', 'MEMBER', 'STATE', 'PREFIX'], ...rows]);
}

function stateOf(token: OperatorToken): string {
  if (token.revoked_at !== null) return 'revoked';
  return token.last_used_at === null ? 'never used' : `used ${token.last_used_at}`;
}
