// The one line that is pasted on a host. It begins with a space, so that shells keep it out of their history.

/** `secret` stands in the environment of the command, never among its arguments. */
export function enrollCommand(wish: { url: string; secret: string; group: string | null }): string {
  const parts = [`EMISAR_URL=${quoteForShell(wish.url)}`, `EMISAR_AUTH_KEY=${quoteForShell(wish.secret)}`];
  if (wish.group !== null) parts.push(`EMISAR_GROUP=${quoteForShell(wish.group)}`);
  return ` ${parts.join(' ')} emisar connect`;
}

/** As one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
