import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { first } from '../../../src/cloud/database/migration-0001.ts';
import { sharedOffers } from '../../../src/cloud/database/migration-0180.ts';

test('what hosts offered before is carried over: each keeps its actions, and says them anew at the next connect', () => {
  const store = new DatabaseSync(':memory:');
  for (const statement of first) store.exec(statement);
  store.exec(`
    insert into accounts (id, name, pack_auto_trust, created_at) values ('acc', 'a', 'first', 0);
    insert into runners values ('rnr', 'acc', 'x', 'x', 'g', 'x', '{}', '1', 0, null, null, null, null, null,
      null, null, null, null, null, null, 0, 0, 0, 0, '[]', 'digest');
    insert into contracts values ('con', '{}');
    insert into runner_packs values ('rnr', 'acc', 'demo', '1', 'hash');
    insert into runner_actions values ('rnr', 'acc', 'demo.ping', 'demo', 'con', 0, 'jq');
    insert into pack_versions values ('pkv_1', 'acc', 'demo', '1', 'rejected', null, 'bad', null, 0, 0, 0, 'Ada');
    insert into pack_versions values ('pkv_2', 'acc', 'demo', '2', 'pending', null, 'new', null, 0, 0, 0, null);
  `);
  for (const statement of sharedOffers) store.exec(statement);
  const offered = `select p.runner_id, s.action_id, s.contract_digest, s.available, s.missing_executable
    from runner_packs p join action_sets s on s.digest = p.actions_digest`;
  expect(store.prepare(offered).all()).toEqual([
    {
      runner_id: 'rnr',
      action_id: 'demo.ping',
      contract_digest: 'con',
      available: 0,
      missing_executable: 'jq',
    },
  ]);
  expect(store.prepare('select catalogue_digest from runners').get()).toEqual({ catalogue_digest: null });
  expect(store.prepare('select refused_hashes from pack_versions order by id').all()).toEqual([
    { refused_hashes: '["bad"]' },
    { refused_hashes: '[]' },
  ]);
  store.close();
});
