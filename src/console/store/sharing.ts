// Keeps the identity of what did not change when a whole list arrives anew.

/** True when two decoded values are the same in every part. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((inner, index) => isSame(inner, b[index]));
  }
  const before = a as Record<string, unknown>;
  const after = b as Record<string, unknown>;
  const keys = Object.keys(before);
  return (
    keys.length === Object.keys(after).length &&
    keys.every((key) => Object.hasOwn(after, key) && isSame(before[key], after[key]))
  );
}

/** The rows by id, each as the object that was there before where it is equal; the old map when all are. */
export function shareRows<Row extends { readonly id: string }>(
  before: ReadonlyMap<string, Row>,
  rows: readonly Row[],
): ReadonlyMap<string, Row> {
  const after = new Map<string, Row>();
  let changed = before.size !== rows.length;
  for (const row of rows) {
    const old = before.get(row.id);
    const same = old !== undefined && isSame(old, row);
    if (!same) changed = true;
    after.set(row.id, same ? old : row);
  }
  return changed ? after : before;
}
