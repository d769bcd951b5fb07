// The one door to the store. Reads see what is committed; a write is one transaction at a time, and what
// it has to tell the world is told after its commit.
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import { Refusal } from '../../protocol/errors.ts';
import { migrate } from './migrations.ts';
import { describeUrl, openPostgres, type Connections } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export interface Tx {
  readonly sql: Transaction<Schema>;
  /** Runs as the last part of the transaction, after all of its work. */
  beforeCommit(work: () => Promise<void>): void;
  /** Runs once the transaction is committed, in order; never when it fails. */
  afterCommit(tell: () => void): void;
}

export interface Database {
  /** For reading outside a write. Inside a write use its own `tx.sql`, which sees its changes. */
  readonly read: Kysely<Schema>;
  write<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens the embedded store at `file`, or PostgreSQL at `databaseUrl`, and brings its schema up to date.
 * Refuses `data_dir_newer`, `data_dir_unusable`, `database_unreachable`.
 */
export async function openDatabase(file: string, databaseUrl: string | null = null): Promise<Database> {
  const { reader, writer } = databaseUrl === null ? openEmbedded(file) : await openPostgres(databaseUrl);
  const closeBoth = async () => {
    await reader.destroy();
    await writer.destroy();
  };
  try {
    if (databaseUrl === null) await migrate(writer, 'sqlite', file);
    else await migrate(writer, 'postgres', describeUrl(databaseUrl));
  } catch (error) {
    await closeBoth();
    throw error;
  }
  const writes = new Set<Promise<unknown>>();
  return {
    read: reader,
    write: (work) => {
      const written = write(writer, work);
      writes.add(written);
      const forget = () => void writes.delete(written);
      written.then(forget, forget);
      return written;
    },
    close: async () => {
      // What nobody waits for, such as the note that a token was used, is written all the same.
      while (writes.size > 0) await Promise.allSettled(writes);
      await closeBoth();
    },
  };
}

// A connection of its own for reading: WAL lets it work beside the writer, and a read inside a write
// can then never wait for the transaction it stands in.
function openEmbedded(file: string): Connections {
  return { writer: connect(file), reader: connect(file) };
}

function connect(file: string): Kysely<Schema> {
  try {
    return new Kysely<Schema>({ dialect: new SqliteDialect({ database: openSqlite(file) }) });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new Refusal('data_dir_unusable', `Cannot open ${file}: ${because}`);
  }
}

async function write<Result>(writer: Kysely<Schema>, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  const lasts: (() => Promise<void>)[] = [];
  const tells: (() => void)[] = [];
  const result = await writer.transaction().execute(async (sql) => {
    const done = await work({
      sql,
      beforeCommit: (last) => void lasts.push(last),
      afterCommit: (tell) => void tells.push(tell),
    });
    for (const last of lasts) await last();
    return done;
  });
  for (const tell of tells) tell();
  return result;
}
