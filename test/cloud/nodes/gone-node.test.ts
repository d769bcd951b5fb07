// A node that is gone without a word: what it held is ended by who is left, what it did not hold is not touched.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enroll } from '../../support/enrolled.ts';
import { bringOffering, dispatchTo, runOf } from '../../support/offering-runner.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

let cloud: RunningCloud;
beforeEach(async () => void (cloud = await startRunningCloud()));
afterEach(() => cloud[Symbol.asyncDispose]());

/** As after its kill -9: the runner's session is a node's that does not move any more. */
async function heldByAnother(runnerName: string, nodeId: string): Promise<void> {
  await cloud.cloud.database.write(async (tx) => {
    await tx.sql.insertInto('nodes').values({ id: nodeId, host: 'gone', started_at: 1, beat: 7 }).execute();
    await tx.sql
      .updateTable('runners')
      .set((eb) => ({ connected: 1, node_id: nodeId, epoch: eb('epoch', '+', 1) }))
      .where('name', '=', runnerName)
      .execute();
  });
}

const nodes = async () =>
  (await cloud.cloud.database.read.selectFrom('nodes').select('id').execute()).map(({ id }) => id);
/** Beats of the node are what is waited for, as each is set when the one before it is done. */
async function turnUntil(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  await until(
    what,
    async () => {
      await cloud.clock.advance(1_000);
      return isTrue();
    },
    20_000,
  );
}

test('NO1, C3, C4: what a node held that is gone is offline within its lease, and its run ends within the grace', async () => {
  const token = await enroll(cloud, 'web-1');
  using runner = await bringOffering(cloud, 'web-1', token);
  const runId = await dispatchTo(cloud, 'web-1');
  await runner.frame('run_action');
  runner.socket.terminate();
  await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  await heldByAnother('web-1', 'nod_gone');
  const gone = cloud.clock.now();
  await turnUntil('its lease is over', async () => !(await nodes()).includes('nod_gone'));
  expect(cloud.clock.now() - gone).toBeGreaterThanOrEqual(15_000);
  const row = await cloud.cloud.database.read
    .selectFrom('runners')
    .select(['connected', 'last_disconnected_at'])
    .executeTakeFirstOrThrow();
  expect(row.connected).toBe(0);
  await cloud.clock.advance(119_000);
  expect((await runOf(cloud, runId)).status).toBe('sent');
  await turnUntil('the run ended', async () => (await runOf(cloud, runId)).status !== 'sent');
  expect(await runOf(cloud, runId)).toMatchObject({ status: 'error', cause: 'outcome_unknown' });
  expect(cloud.clock.now() - Number(row.last_disconnected_at)).toBeLessThanOrEqual(125_000);
});

test('a node that was taken for gone sends its runners away and takes its place again', async () => {
  const token = await enroll(cloud, 'web-1');
  using runner = await bringOffering(cloud, 'web-1', token);
  const before = await nodes();
  await cloud.cloud.database.write(async (tx) => void (await tx.sql.deleteFrom('nodes').execute()));
  await turnUntil('it is back', async () => (await nodes()).length === 1);
  expect(await runner.closing()).toEqual({ code: 1000 });
  expect(await nodes()).toEqual(before);
});

test('old news is forgotten', async () => {
  await enroll(cloud, 'web-1');
  const count = async () =>
    (await cloud.cloud.database.read.selectFrom('node_news').select('position').execute()).length;
  expect(await count()).toBeGreaterThan(0);
  await turnUntil('nothing is kept', async () => {
    await cloud.clock.advance(60_000);
    return (await count()) === 0;
  });
});
