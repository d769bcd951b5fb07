// Copies of the embedded store: made beside whoever writes to it, and looked at without being changed.
import { chmodSync, rmSync } from 'node:fs';
import { DatabaseSync, backup } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { Refusal } from '../../protocol/errors.ts';
import { SCHEMA_VERSION } from './migrations.ts';
import type { Schema } from './schema.ts';
import { shapedSqlite } from './sqlite.ts';

/** All pages in one step: whoever writes meanwhile is not waited for, nor seen, nor does it begin anew. */
const ALL_PAGES = 0x7fffffff;

/**
 * Writes what is committed in the store at `file` to `to`, off this thread, while others read and write.
 * Refuses `backup_unwritable`, and then leaves nothing there.
 */
export async function copyStore(file: string, to: string): Promise<void> {
  const source = new DatabaseSync(file, { timeout: 5_000 });
  try {
    await backup(source, to, { rate: ALL_PAGES });
    tidyStore(to);
  } catch (error) {
    rmSync(to, { force: true });
    throw new Refusal('backup_unwritable', `Cannot write ${to}: ${sentenceOf(error)}`);
  } finally {
    source.close();
  }
}

/** One file, private, without a log beside it. */
export function tidyStore(file: string): void {
  chmodSync(file, 0o600);
  const copy = new DatabaseSync(file);
  try {
    copy.exec('pragma journal_mode = delete');
  } finally {
    copy.close();
  }
}

/** What one looks at and may not change. */
export interface LookedAt {
  readonly read: Kysely<Schema>;
  /** The first fault that SQLite finds; null when all is well. `quick` leaves the indexes out. */
  fault(depth: 'quick' | 'whole'): string | null;
  /** Number of its schema. Refuses `backup_damaged` for a file that is no store, `data_dir_newer`. */
  schema(): number;
  close(): Promise<void>;
}

/** Refuses `backup_damaged` for what is no SQLite file. */
export function lookAtStore(file: string): LookedAt {
  const damaged = (error: unknown) =>
    new Refusal('backup_damaged', `Cannot use ${file}: ${sentenceOf(error)}`);
  const guarded = <Result>(look: () => Result): Result => {
    try {
      return look();
    } catch (error) {
      throw error instanceof Refusal ? error : damaged(error);
    }
  };
  const connection = guarded(() => new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
  return {
    read: new Kysely<Schema>({ dialect: new SqliteDialect({ database: shapedSqlite(connection) }) }),
    fault: (depth) =>
      guarded(() => {
        const row = connection.prepare(`pragma ${depth === 'quick' ? 'quick' : 'integrity'}_check(1)`).get();
        const said = String(Object.values(row ?? {})[0] ?? 'nothing was said');
        return said === 'ok' ? null : said;
      }),
    schema: () =>
      guarded(() => {
        const version = Number(connection.prepare('select version from schema_version').get()?.['version']);
        if (!Number.isInteger(version)) throw new Error('it holds no store of emisar-cloud');
        if (version > SCHEMA_VERSION) {
          const known = `its schema is version ${version}, this program knows up to ${SCHEMA_VERSION}`;
          throw new Refusal('data_dir_newer', `Cannot use ${file}: ${known}`);
        }
        return version;
      }),
    close: () => Promise.resolve(connection.close()),
  };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
