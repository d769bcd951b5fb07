// Cursors of pages: opaque to clients, a position to us. A cursor tells nothing that the page did not show.
import { Refusal } from '../../protocol/errors.ts';
import type { PageStart } from '../database/newest-first.ts';

/** Writes the position after which the next page starts. */
export function writeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads a cursor of `length` parts. Refuses `invalid_request` for anything that we did not write. */
export function readCursor(cursor: string, length: number): (string | number)[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(position) &&
      position.length === length &&
      position.every((part) => typeof part === 'string' || typeof part === 'number')
    ) {
      return position;
    }
  } catch {
    // Falls through to the refusal: how it is broken is of no use to anybody.
  }
  throw foreignCursor();
}

/** Of a list that is newest first; null for its first page. Refuses as `readCursor`. */
export function pageStart(cursor: string | undefined): PageStart | null {
  if (cursor === undefined) return null;
  const [at, id] = readCursor(cursor, 2);
  if (!Number.isSafeInteger(at) || typeof id !== 'string') throw foreignCursor();
  return { at: Number(at), id };
}

/** The page of a list that is newest first, of rows that were asked for with one more than `limit`. */
export function newestFirst<Row extends { id: string }>(
  rows: readonly Row[],
  limit: number,
  at: (row: Row) => number,
): { rows: Row[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next_cursor: rows.length > limit && last ? writeCursor([at(last), last.id]) : null };
}

function foreignCursor(): Refusal {
  return new Refusal('invalid_request', 'Cannot read cursor in the query: it is not one of ours', {
    field: 'cursor',
  });
}
