// What a list of the whole fleet costs the control plane, beside the bare read of the same rows.
import { defaultVersionPolicy } from '../../src/protocol/runner-version.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/cloud/clock.ts';
import { fullReach } from '../../src/protocol/scope.ts';
import { openDatabase, type Database } from '../../src/cloud/database/database.ts';
import { createFleet } from '../../src/cloud/runners/fleet.ts';
import { createPresence } from '../../src/cloud/runners/presence.ts';
import { fillFleet } from '../support/filled-fleet.ts';
import { median, type Benchmark } from './measure.ts';

const RUNNERS = 10_000;
const ROUNDS = 15;
const ACCOUNT = 'acc_bench';

export const listBenchmark: Benchmark = {
  name: 'list',
  about: 'all rows of a fleet of 10,000 runners, as a console that opens gets them',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emisar-bench-'));
    const database = await openDatabase(join(folder, 'emisar.db'), null);
    const presence = createPresence(systemClock, { badgeTurned: () => {}, silent: () => {} });
    const pendingApprovals = async () => 0;
    const fleet = createFleet(database, { presence, versions: defaultVersionPolicy, pendingApprovals });
    await insertModel(database);
    await fillFleet(database, RUNNERS);
    const rows: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await timed(() => database.read.selectFrom('runners').selectAll().execute()));
      rows.push(await timed(() => fleet.rows({ accountId: ACCOUNT, reach: fullReach }, null)));
    }
    presence.stop();
    await database.close();
    rmSync(folder, { recursive: true });
    return [
      {
        measure: 'list.rows_10000',
        value: median(rows),
        unit: 'ms',
        reference: { what: 'selecting the rows alone', value: median(bare) },
        goal: 'under 150 ms',
        met: median(rows) < 150,
      },
    ];
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** An account with one runner to copy; returns the account's id. */
export async function insertModel(database: Database): Promise<string> {
  await database.write(async (tx) => {
    const account = { id: ACCOUNT, name: 'bench', pack_auto_trust: 'first', created_at: 0 } as const;
    await tx.sql.insertInto('accounts').values(account).execute();
    await tx.sql
      .insertInto('runners')
      .values({
        id: 'rnr_model00000',
        account_id: ACCOUNT,
        external_id: 'model',
        name: 'model',
        group_name: 'web',
        hostname: 'model',
        labels: '{}',
        version: '1.0.0',
        registered_at: 0,
        epoch: 0,
        connected: 0,
        exits_on_disable: 1,
        signed_only: 0,
        degraded_packs: '[]',
      })
      .execute();
  });
  return ACCOUNT;
}
