// PostgreSQL in the shape of the same door: instants and counts as numbers, text that may hold a NUL, one
// connection that writes, and that connection alone for one control plane at a time.
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { Pool, type ClientBase, type PoolClient } from 'pg';
import { Refusal } from '../../protocol/errors.ts';
import { readText, writeText } from './postgres-text.ts';
import type { Schema } from './schema.ts';

const READERS = 4;
const CONNECTED_WITHIN_MS = 10_000;
const LOCK_ATTEMPTS = 100;
const LOCK_EVERY_MS = 20;
/** Of the lock that the writing connection holds: "emisar" in ASCII. */
const LOCK_KEY = 0x656d69736172;

export interface Connections {
  readonly reader: Kysely<Schema>;
  readonly writer: Kysely<Schema>;
}

/**
 * Connects to the store at `url` and takes its lock. Refuses `database_unreachable`, `database_locked`; neither
 * sentence holds anything of the URL but host, port and name, as it may carry a password.
 */
export async function openPostgres(url: string): Promise<Connections> {
  const where = describeUrl(url);
  // One writer: what a transaction read stays true until it commits, as in the embedded store.
  const writing = poolOf(url, 1, (client) => takeLock(client, where));
  try {
    (await writing.connect()).release();
  } catch (error) {
    await writing.end();
    if (error instanceof Refusal) throw error;
    throw new Refusal('database_unreachable', `Cannot use ${where}: ${reasonOf(error)}`);
  }
  return { reader: kyselyOn(poolOf(url, READERS, null)), writer: kyselyOn(writing) };
}

/** One connection for looking only. Refuses `database_unreachable`. */
export async function openReader(url: string): Promise<Kysely<Schema>> {
  const where = describeUrl(url);
  const pool = poolOf(url, 1, null);
  try {
    (await pool.connect()).release();
  } catch (error) {
    await pool.end();
    throw new Refusal('database_unreachable', `Cannot use ${where}: ${reasonOf(error)}`);
  }
  return kyselyOn(pool);
}

/** Host, port and name of the database, without user or password. Refuses `database_unreachable`. */
export function describeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Refusal(
      'database_unreachable',
      'Cannot read EMISAR_DATABASE_URL: it is postgresql://USER:PASSWORD@HOST:PORT/NAME',
    );
  }
  return `PostgreSQL ${parsed.host}${parsed.pathname}`;
}

function poolOf(url: string, max: number, onNew: ((client: ClientBase) => Promise<void>) | null): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECTED_WITHIN_MS,
    application_name: 'emisar-cloud',
    types: { getTypeParser: parserOf },
    // The pool waits for it before it hands the connection out; an error ends the connection.
    ...(onNew && { onConnect: onNew as (client: ClientBase) => void }),
  });
  // A connection that breaks is replaced at the next use; whoever was using it is told by their statement.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

// The server frees a lock a moment after its holder's connection has ended, so it is asked for more than once.
async function takeLock(client: ClientBase, where: string): Promise<void> {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt += 1) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      LOCK_KEY,
    ]);
    if (rows[0]?.taken === true) return;
    await new Promise((resolve) => setTimeout(resolve, LOCK_EVERY_MS));
  }
  throw new Refusal('database_locked', `Cannot use ${where}: another emisar-cloud holds it`);
}

function kyselyOn(pool: Pool): Kysely<Schema> {
  const shaped: PostgresPool = {
    options: pool.options,
    connect: async () => shapedClient(await pool.connect()),
    end: () => pool.end(),
  };
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: shaped }) });
}

// Kysely calls it with text and parameters alone, as no cursor is set up.
function shapedClient(client: PoolClient): Awaited<ReturnType<PostgresPool['connect']>> {
  const query = (text: string, parameters: readonly unknown[]) =>
    client.query(
      text,
      parameters.map((value) => (typeof value === 'string' ? writeText(value) : value)),
    );
  const shaped = { query, release: (destroy?: boolean) => client.release(destroy) };
  return shaped as unknown as Awaited<ReturnType<PostgresPool['connect']>>;
}

const wholeNumber = (text: string): number => Number(text);

/** Numbers of PostgreSQL's types, as its catalogue has them. */
const BOOL = 16;
const WHOLE_NUMBERS: readonly number[] = [20, 21, 23, 1700];

/** Counts and sums come as numbers, as every one of ours fits; all else that we ask for is text. */
function parserOf(type: number): (text: string) => unknown {
  if (WHOLE_NUMBERS.includes(type)) return wholeNumber;
  return type === BOOL ? (text) => text === 't' : readText;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be reached';
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('28')) return 'it does not accept the user and password of EMISAR_DATABASE_URL';
  if (code === '3D000') return 'there is no database of that name';
  return code === '' ? 'it does not answer' : `it cannot be reached (${code})`;
}
