// What the catalogue of actions costs on a fleet of 10,000 runners with 60 packs each, beside the bare read of the
// runners: where hosts of a group say the same, and where no two hosts do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActions, type Actions } from '../../src/cloud/actions/actions.ts';
import type { Caller } from '../../src/cloud/http/bound-route.ts';
import { openDatabase, type Database } from '../../src/cloud/database/database.ts';
import { actionSetOf, readActions } from '../../src/cloud/packs/contract.ts';
import { insertActionSets } from '../../src/cloud/packs/advertisement-store.ts';
import { createOffers } from '../../src/cloud/packs/offers.ts';
import { openBook } from '../../src/cloud/policy/book.ts';
import { selectFor } from '../../src/cloud/policy/store.ts';
import { setUpPolicy } from '../../src/cloud/policy/policy.ts';
import { fullReach } from '../../src/protocol/scope.ts';
import { fillFleet } from '../support/filled-fleet.ts';
import { insertModel } from './list.ts';
import { median, type Benchmark, type Measure } from './measure.ts';

const RUNNERS = 10_000;
const GROUPS = 40;
const PACKS = 60;
const ACTIONS_A_PACK = 17;
const ROUNDS = 7;
const ROWS_A_STATEMENT = 2_000;
const HASH = `sha256:${'a'.repeat(64)}`;

export const actionsBenchmark: Benchmark = {
  name: 'actions',
  about: 'the catalogue of 1,020 actions of 60 packs on 10,000 runners, and one action on all of them',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'emisar-bench-'));
    const database = await openDatabase(join(folder, 'emisar.db'), null);
    const accountId = await insertModel(database);
    await fillFleet(database, RUNNERS);
    await fillPacks(database, accountId);
    const caller = callerOf(accountId);
    const open = () =>
      createActions({
        database,
        offers: createOffers(),
        policy: { read: async (sql, account, runners) => openBook(await selectFor(sql, account, runners)) },
        presence: { isOnline: () => true },
      });
    const measures: Measure[] = [];
    await shareDigests(database, (index) => `group ${index % GROUPS}`);
    measures.push(...(await measure(database, open(), caller, { name: 'alike', goalMs: 250 })));
    await shareDigests(database, (index) => `host ${index}`);
    measures.push(...(await measure(database, open(), caller, { name: 'all_different', goalMs: 1_000 })));
    await database.close();
    rmSync(folder, { recursive: true });
    return measures;
  },
};

async function measure(
  database: Database,
  actions: Actions,
  caller: Caller,
  { name, goalMs }: { name: string; goalMs: number },
): Promise<Measure[]> {
  const bare: number[] = [];
  const list: number[] = [];
  const search: number[] = [];
  const detail: number[] = [];
  const timed = async (samples: number[], work: () => Promise<unknown>) => {
    const since = performance.now();
    await work();
    samples.push(performance.now() - since);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    await timed(bare, () => database.read.selectFrom('runners').selectAll().execute());
    await timed(list, () => actions.list(caller, { limit: 100 }));
    await timed(search, () => actions.list(caller, { limit: 100, q: 'restart service' }));
    await timed(detail, () => actions.detail(caller, 'pack07.action03', { limit: 100 }));
  }
  const reference = { what: 'selecting the runners alone', value: median(bare) };
  const medians = Object.entries({ list, search, detail }).map(([what, samples]) => ({
    measure: `actions.${what}_${name}_p50`,
    value: median(samples),
    unit: 'ms',
    reference,
    goal: `under ${goalMs} ms`,
    met: median(samples) < goalMs,
  }));
  const first = {
    measure: `actions.list_${name}_first`,
    value: list[0] ?? Number.NaN,
    unit: 'ms',
    reference,
  };
  return [...medians, { ...first, goal: 'reported: nothing is kept yet', met: true }];
}

function callerOf(accountId: string): Caller {
  const from = { tokenId: 'tok', ipAddress: null };
  const actor = { kind: 'member' as const, id: 'mem', label: 'Ada', ...from };
  return { accountId, memberId: 'mem', memberName: 'Ada', role: 'owner', reach: fullReach, ...from, actor };
}

const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(2, '0')}`);
const packIds = names(PACKS, 'pack');

function setOf(packId: string, missing: string | null) {
  const actions = names(ACTIONS_A_PACK, `${packId}.action`).map((id, at) => ({
    id,
    title: `${at % 3 === 0 ? 'Restart' : 'Show'} ${id}`,
    summary: 'Does what its title says, to the service that is named.',
    description: 'Does what its title says, to the service that is named, and waits until it is done.',
    kind: 'exec',
    risk: at % 3 === 0 ? 'high' : 'low',
    side_effects: [],
    args: [{ name: 'service', type: 'string', required: true }],
    examples: [],
    search_terms: ['unit'],
    pack_id: packId,
    primary_executable_available: missing === null,
    ...(missing === null ? {} : { missing_executable: missing }),
    limits: { default_timeout: 5_000_000_000 },
    output: { max_stdout_bytes: 4096, max_stderr_bytes: 4096 },
  }));
  return actionSetOf(readActions(actions, new Set([packId])));
}

/** Sixty packs on every runner, half of them trusted; on one host in ten of a group one program is missing. */
async function fillPacks(database: Database, accountId: string): Promise<void> {
  const whole = packIds.map((packId) => setOf(packId, null));
  const lacking = packIds.map((packId) => setOf(packId, 'docker'));
  const runners = await database.read.selectFrom('runners').select('id').orderBy('id').execute();
  await database.write(async (tx) => {
    await setUpPolicy(tx, { id: accountId, at: 0 });
    await tx.sql.deleteFrom('runner_packs').execute();
    await insertActionSets(tx.sql, [...whole, ...lacking]);
    for (const [at, packId] of packIds.entries()) {
      const trusted = at % 2 === 0;
      const digests = whole[at]?.actions.map(({ contract }) => contract.digest) ?? [];
      const record = {
        ...{ id: `pkv_${packId}`, account_id: accountId, pack_id: packId, version: '1.0.0' },
        ...{
          first_seen_at: 0,
          last_seen_at: 0,
          state: trusted ? ('trusted' as const) : ('pending' as const),
        },
        ...{ trusted_hash: trusted ? HASH : null, pending_hash: trusted ? null : HASH },
        trusted_contracts: trusted ? JSON.stringify(digests) : null,
      };
      await tx.sql.insertInto('pack_versions').values(record).execute();
    }
    const rows = runners.flatMap(({ id: runner_id }, index) =>
      packIds.map((pack_id, at) => ({
        ...{ runner_id, account_id: accountId, pack_id, version: '1.0.0', hash: HASH },
        actions_digest: ((index % GROUPS) % 10 === at % 10 ? lacking : whole)[at]?.digest ?? '',
      })),
    );
    for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT)
      await tx.sql
        .insertInto('runner_packs')
        .values(rows.slice(from, from + ROWS_A_STATEMENT))
        .execute();
  });
}

async function shareDigests(database: Database, digestOf: (index: number) => string): Promise<void> {
  const runners = await database.read.selectFrom('runners').select('id').orderBy('id').execute();
  await database.write(async (tx) => {
    for (const [index, { id }] of runners.entries())
      await tx.sql
        .updateTable('runners')
        .set({ catalogue_digest: digestOf(index) })
        .where('id', '=', id)
        .execute();
  });
}
