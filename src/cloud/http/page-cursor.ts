// Cursors of pages: opaque to clients, a position to us. A cursor tells nothing that the page did not show.
import { Refusal } from '../../protocol/errors.ts';

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
  throw new Refusal('invalid_request', 'Cannot read cursor in the query: it is not one of ours', {
    field: 'cursor',
  });
}
