// Lists that are newest first, in pages: rows of one moment follow each other by id, so that none comes twice.
import { sql, type RawBuilder, type SqlBool } from 'kysely';

/** The last row of the page before. `at` in ms since the epoch. */
export interface PageStart {
  readonly at: number;
  readonly id: string;
}

/** What comes after `start` where `at` and `id` are the columns that the list is ordered by, both descending. */
export function olderThan(start: PageStart, at: string, id: string): RawBuilder<SqlBool> {
  return sql`(${sql.ref(at)}, ${sql.ref(id)}) < (${start.at}, ${start.id})`;
}
