// A look at a PostgreSQL store that changes nothing and holds nobody up.
import { sql, type Kysely } from 'kysely';
import { SCHEMA_VERSION } from './migrations.ts';
import { Refusal } from '../../protocol/errors.ts';
import { describeUrl, openReader } from './postgres.ts';
import type { Schema } from './schema.ts';

export interface Probed {
  /** Host, port and name. */
  where: string;
  version: string;
  /** By its own clock. */
  now: number;
  /** Null when nothing was set up there. */
  schema: number | null;
  /** Hosts of the control planes that serve from it, or did until they were killed. */
  nodes: string[];
  read: Kysely<Schema>;
  close(): Promise<void>;
}

/** Refuses `database_unreachable`, `data_dir_newer`. */
export async function probePostgres(url: string): Promise<Probed> {
  const where = describeUrl(url);
  const read = await openReader(url);
  try {
    const about = await sql<{ version: string; now: number; made: boolean }>`
      select current_setting('server_version') as version,
        cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now,
        to_regclass('schema_version') is not null as made`.execute(read);
    const { version, now, made } = about.rows[0] ?? { version: '', now: 0, made: false };
    const row = made
      ? await read.selectFrom('schema_version').select('version').executeTakeFirst()
      : undefined;
    if ((row?.version ?? 0) > SCHEMA_VERSION) {
      const known = `its schema is version ${row?.version}, this program knows up to ${SCHEMA_VERSION}`;
      throw new Refusal('data_dir_newer', `Cannot use ${where}: ${known}`);
    }
    const schema = row?.version ?? null;
    const nodes = schema === SCHEMA_VERSION ? await hostsOf(read) : [];
    return { where, version, now, schema, nodes, read, close: () => read.destroy() };
  } catch (error) {
    await read.destroy();
    throw error;
  }
}

async function hostsOf(read: Kysely<Schema>): Promise<string[]> {
  const rows = await read.selectFrom('nodes').select('host').orderBy('host').execute();
  return rows.map(({ host }) => host);
}
