// node:sqlite in the shape that Kysely's SQLite dialect wants, with prepared statements kept.
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

const MAX_PREPARED = 500;

/**
 * Opens one connection: WAL, synchronous FULL (an acknowledged write survives power loss), foreign keys on.
 * Throws whatever SQLite says when the file cannot be opened.
 */
export function openSqlite(file: string): SqliteDatabase {
  makePrivate(file);
  const connection = new DatabaseSync(file, { timeout: 5_000 });
  connection.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; ' +
      'pragma wal_autocheckpoint = 1000; pragma journal_size_limit = 67108864;',
  );
  return shapedSqlite(connection);
}

/** An open connection as Kysely wants it. */
export function shapedSqlite(connection: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => {
      // SQLite keeps the files open for as long as a statement of theirs lives.
      prepared.clear();
      connection.close();
    },
    prepare: (text) => {
      const known = prepared.get(text);
      if (known) return known;
      // Statements with lists of varying length would otherwise grow this without end.
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      const fresh = statementOf(connection.prepare(text));
      prepared.set(text, fresh);
      return fresh;
    },
  };
}

/**
 * 0600 before SQLite opens it; the files beside it get the mode of the file itself. A file that exists is not
 * opened here: closing it would drop the locks of every connection of this process.
 */
function makePrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  for (const path of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, 0o600);
}

function statementOf(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => {
      const { changes, lastInsertRowid } = statement.run(...values(parameters));
      return { changes, lastInsertRowid };
    },
    iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
  };
}
