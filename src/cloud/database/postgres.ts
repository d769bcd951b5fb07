// PostgreSQL in the shape of the same door: instants and counts as numbers, text that may hold a NUL, one
// transaction that writes at a time among all control planes.
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { Refusal } from '../../protocol/errors.ts';
import { readText, writeText } from './postgres-text.ts';
import type { Schema } from './schema.ts';

const READERS = 4;
const CONNECTED_WITHIN_MS = 10_000;
/**
 * One transaction writes at a time, whichever control plane it is of: what it read stays true until it commits,
 * as in the embedded store. The lock is held for the transaction alone; its number is "emisar" in ASCII.
 */
const BEGIN_WRITING = `begin; select pg_advisory_xact_lock(${0x656d69736172})`;
/** A control plane that stands still in the middle of a transaction holds up all others for so long at most. */
const FROZEN_AFTER_MS = 10_000;

export interface Connections {
  readonly reader: Kysely<Schema>;
  readonly writer: Kysely<Schema>;
}

/**
 * Connects to the store at `url`. Refuses `database_unreachable`; its sentence holds nothing of the URL but host,
 * port and name, as it may carry a password.
 */
export async function openPostgres(url: string): Promise<Connections> {
  const writing = await connectedPool(url, 1);
  return { reader: kyselyOn(poolOf(url, READERS)), writer: kyselyOn(writing, BEGIN_WRITING) };
}

/** One connection for looking only. Refuses `database_unreachable`. */
export async function openReader(url: string): Promise<Kysely<Schema>> {
  return kyselyOn(await connectedPool(url, 1));
}

async function connectedPool(url: string, max: number): Promise<Pool> {
  const where = describeUrl(url);
  const pool = poolOf(url, max);
  try {
    (await pool.connect()).release();
    return pool;
  } catch (error) {
    await pool.end();
    throw new Refusal('database_unreachable', `Cannot use ${where}: ${reasonOf(error)}`);
  }
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

function poolOf(url: string, max: number): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECTED_WITHIN_MS,
    idle_in_transaction_session_timeout: FROZEN_AFTER_MS,
    application_name: 'emisar-cloud',
    types: { getTypeParser: parserOf },
  });
  // A connection that breaks is replaced at the next use; whoever was using it is told by their statement.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

function kyselyOn(pool: Pool, begin = 'begin'): Kysely<Schema> {
  const shaped: PostgresPool = {
    options: pool.options,
    connect: async () => shapedClient(await pool.connect(), begin),
    end: () => pool.end(),
  };
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: shaped }) });
}

// Kysely calls it with text and parameters alone, as no cursor is set up.
function shapedClient(client: PoolClient, begin: string): Awaited<ReturnType<PostgresPool['connect']>> {
  const query = (text: string, parameters: readonly unknown[]) =>
    client.query(
      text === 'begin' ? begin : text,
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
