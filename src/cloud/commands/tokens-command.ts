// `emisar-cloud tokens`: beside a running server through its socket, otherwise on the store under its lock.
import type { OperatorToken } from '../../protocol/api/session.ts';
import { createAdmin, type AdminAnswer, type AdminRequest } from './admin.ts';
import { askAdmin } from './admin-socket.ts';
import { withStore } from './store-session.ts';

export async function runTokens(
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

/** One line a token, columns by two spaces. */
export function tokenLines(tokens: readonly OperatorToken[]): string[] {
  const rows = tokens.map((token) => [token.id, token.name, token.member_name, stateOf(token), token.prefix]);
  const table = [['ID', 'NAME', 'MEMBER', 'STATE', 'PREFIX'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function stateOf(token: OperatorToken): string {
  if (token.revoked_at !== null) return 'revoked';
  return token.last_used_at === null ? 'never used' : `used ${token.last_used_at}`;
}
