// `$1`, `${1}`, `${name}` and `$$` in the replacement of a regex rule, as Go expands them.

/** Literal text and references to groups. */
export type Replacement = readonly (string | { readonly group: string })[];

const token = /\$(?:\$|(\w+)|\{(\w+)\})/g;

export function parseReplacement(text: string): Replacement {
  const parts: (string | { group: string })[] = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    const group = match[1] ?? match[2];
    parts.push(group === undefined ? '$' : { group });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** Unknown groups expand to nothing. */
export function expandReplacement(
  replacement: Replacement,
  names: Readonly<Record<string, number>>,
  group: (at: number) => string,
): string {
  return replacement
    .map((part) => (typeof part === 'string' ? part : group(groupNumber(part.group, names))))
    .join('');
}

function groupNumber(name: string, names: Readonly<Record<string, number>>): number {
  if (/^\d+$/.test(name)) return Number(name);
  return Object.hasOwn(names, name) ? (names[name] ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
}
