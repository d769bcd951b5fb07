// The queue under several hands: of those that race one wins, on both stores.
import { expect, test } from 'vitest';
import {
  claim,
  insertDeliveries,
  moveCursor,
  selectDue,
  selectNextDue,
} from '../../../src/cloud/notices/queue-store.ts';
import { testDelivery } from '../../../src/cloud/notices/delivery.ts';
import { systemRandom } from '../../../src/cloud/clock.ts';
import { startToldCloud } from './told-cloud.ts';

test('NO1: of twenty that take the same stretch of the trail one queues it', async () => {
  await using told = await startToldCloud();
  const { database } = told.cloud.cloud;
  const account = await told.cloud.cloud.domains.members.account();
  const moved = await Promise.all(
    Array.from({ length: 20 }, () =>
      database.write((tx) => moveCursor(tx.sql, account?.id ?? '', 0, 1_000_000)),
    ),
  );
  expect(moved.filter(Boolean)).toHaveLength(1);
});

test('NO2: of twenty that claim one notice one sends it, and when it dies the notice is free again later', async () => {
  await using told = await startToldCloud();
  const { database } = told.cloud.cloud;
  const account = (await told.cloud.cloud.domains.members.account()) ?? { id: '', name: '' };
  const { webhook } = await told.add(['run.failed']);
  await told.cloud.cloud.domains.notices.stop();
  const now = told.cloud.clock.now();
  const row = testDelivery({ account, random: systemRandom, seq: 1, now }, webhook);
  await database.write((tx) => insertDeliveries(tx.sql, [row]));
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => database.write((tx) => claim(tx.sql, row.id, now, now + 60_000))),
  );
  expect(claims.filter(Boolean)).toHaveLength(1);
  const lane = { webhookId: webhook.id };
  expect(await selectDue(database.read, lane, now + 59_999)).toBeUndefined();
  expect(await selectDue(database.read, lane, now + 60_000)).toMatchObject({ id: row.id });
  expect(await selectNextDue(database.read)).toBe(now + 60_000);
});
