// How well an action answers what somebody typed. Pure; the catalogue sorts by it, ties by id.

export interface SearchedAction {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly search_terms: readonly string[];
}

/**
 * The lower the better: 0 for the id itself, 1 for its beginning, then where the words stand: in id and title, in
 * the search terms too, in the summary too. Null when a word stands in none of them. Nothing typed fits all alike.
 */
export function rankAction(action: SearchedAction, typed: string): number | null {
  const query = typed.trim().toLowerCase();
  if (query === '') return 0;
  const id = action.id.toLowerCase();
  if (id === query) return 0;
  if (id.startsWith(query)) return 1;
  const words = query.split(/\s+/);
  let text = '';
  for (const [rank, place] of placesOf(id, action).entries()) {
    text += `\n${place.toLowerCase()}`;
    if (words.every((word) => text.includes(word))) return rank + 2;
  }
  return null;
}

function placesOf(id: string, { title, search_terms, summary }: SearchedAction): string[] {
  return [`${id}\n${title}`, search_terms.join('\n'), summary];
}
