// A store with many runners, all like the one that is in it: for lists, pages and benchmarks.
import type { Database } from '../../src/cloud/database/database.ts';

const ROWS_A_STATEMENT = 500;
const HASH = `sha256:${'a'.repeat(64)}`;

/** Until there are `count`, in 40 groups, with two packs each. */
export async function fillFleet(database: Database, count: number): Promise<void> {
  const model = await database.read.selectFrom('runners').selectAll().executeTakeFirstOrThrow();
  const rows = Array.from({ length: count - 1 }, (_, at) => {
    const number = String(at + 1).padStart(5, '0');
    const name = `host-${number}`;
    const id = `${model.id.slice(0, -5)}${number}`;
    const group_name = `group-${(at + 1) % 40}`;
    return { ...model, id, external_id: name, name, hostname: name, group_name, labels: '{"role":"web"}' };
  });
  await database.write(async (tx) => {
    for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
      const some = rows.slice(from, from + ROWS_A_STATEMENT);
      await tx.sql.insertInto('runners').values(some).execute();
      const packs = some.flatMap(({ id: runner_id, account_id }) =>
        ['linux-core', 'docker'].map((pack_id) => ({
          runner_id,
          account_id,
          pack_id,
          version: '1.0.0',
          hash: HASH,
        })),
      );
      await tx.sql.insertInto('runner_packs').values(packs).execute();
    }
  });
}
