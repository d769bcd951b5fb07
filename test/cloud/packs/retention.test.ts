import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCOPE, caller, descriptor, HASH_A, startFleet, type Fleet } from '../runs/fleet.ts';

const DAY_MS = 24 * 3600_000;
let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const versions = async () =>
  (await fleet.packs.list(SCOPE, {})).map((row) => `${row.pack_id}@${row.version}`);
const cleanUp = (dryRun = false, asked = SCOPE) =>
  fleet.packs.cleanUp(asked, { actor: caller().actor, dryRun });
const swept = async () => (await fleet.events()).filter((event) => event === 'pack_retention_swept').length;
const mark = (name: string, change: { disabled_at?: number; last_disconnected_at?: number }) =>
  fleet.database.write((tx) =>
    tx.sql.updateTable('runners').set(change).where('id', '=', `rnr_${name}`).execute(),
  );

/** One host a version: connected, disabled, away; and a version that nobody carries any more. */
async function fourVersions(): Promise<void> {
  await fleet.packs.settings.setRetentionDays(caller(), 7);
  for (const [index, name] of ['there', 'disabled', 'away', 'gone'].entries())
    await fleet.advertise(await fleet.addRunner(name), { version: `1.${index}.0` });
  await fleet.connect('rnr_there');
  await mark('disabled', { disabled_at: fleet.clock.now() });
  await fleet.database.write((tx) => fleet.packs.forget(tx, 'rnr_gone'));
}

test('versions that nobody shows go after the period, trust included, but never what connected or disabled hosts carry', async () => {
  await fourVersions();
  await fleet.clock.advance(7 * DAY_MS);
  expect((await cleanUp()).versions).toEqual([]);
  await fleet.clock.advance(1);
  const dry = await cleanUp(true);
  expect(dry).toMatchObject({ dry_run: true, days: 7 });
  expect(dry.versions.map(({ version }) => version)).toEqual(['1.2.0', '1.3.0']);
  expect(await versions()).toHaveLength(4);
  expect(await swept()).toBe(0);
  expect((await cleanUp()).versions).toEqual(dry.versions);
  expect(await versions()).toEqual(['demo@1.0.0', 'demo@1.1.0']);
  expect((await cleanUp()).versions).toEqual([]);
  expect(await swept()).toBe(1);
});

test('the sweep does so once a day by the clock of the control plane', async () => {
  await fourVersions();
  await fleet.packs.start();
  await fleet.clock.advance(8 * DAY_MS);
  await fleet.packs.stop();
  expect(await versions()).toEqual(['demo@1.0.0', 'demo@1.1.0']);
  expect(await swept()).toBe(1);
});

test('a host that was with us until lately keeps what it carries, however long ago it said so', async () => {
  await fourVersions();
  await fleet.clock.advance(30 * DAY_MS);
  await mark('away', { last_disconnected_at: fleet.clock.now() - DAY_MS });
  expect((await cleanUp(true)).versions.map(({ version }) => version)).not.toContain('1.2.0');
});

test('a host that comes back with a forgotten version is listened to: a new decision, trusted by nobody', async () => {
  await fourVersions();
  await fleet.database.write((tx) =>
    tx.sql.updateTable('runners').set({ catalogue_digest: 'known' }).execute(),
  );
  await fleet.clock.advance(8 * DAY_MS);
  await cleanUp();
  const digests = await fleet.database.read
    .selectFrom('runners')
    .select(['name', 'catalogue_digest'])
    .orderBy('name')
    .execute();
  expect(Object.fromEntries(digests.map((row) => [row.name, row.catalogue_digest]))).toMatchObject({
    away: null,
    there: 'known',
  });
  await fleet.advertise('rnr_away', { version: '1.2.0' });
  expect(await fleet.packs.detail(SCOPE, 'demo@1.2.0')).toMatchObject({ state: 'pending' });
});

test('without a period nothing goes, and only what is in reach of who asks does', async () => {
  await fourVersions();
  await fleet.clock.advance(8 * DAY_MS);
  const narrow = { ...SCOPE, reach: { ...SCOPE.reach, packs: new Set(['other']) } };
  expect((await cleanUp(false, narrow)).versions).toEqual([]);
  await fleet.packs.settings.setRetentionDays(caller(), null);
  expect(await cleanUp()).toEqual({ dry_run: false, days: null, versions: [] });
});

test('deleting a pack deletes each of its versions; what hosts carry waits anew and is never the first again', async () => {
  await fourVersions();
  await fleet.advertise(await fleet.addRunner('other'), {
    packId: 'other',
    hash: HASH_A,
    actions: [descriptor('other.ping')],
  });
  const remove = (reference: string) =>
    fleet.packs.removePack({ ...SCOPE, reference, actor: caller().actor });
  expect(await remove('demo')).toEqual({ id: 'demo', versions: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'] });
  expect(await versions()).toEqual(['demo@1.0.0', 'demo@1.1.0', 'demo@1.2.0', 'other@1.0.0']);
  expect((await fleet.events()).filter((event) => event === 'pack_deleted')).toHaveLength(1);
  await expect(remove('nothing')).rejects.toMatchObject({ code: 'not_found' });
});

test('packs are grouped by id, newest version first, and searched and paged', async () => {
  await fourVersions();
  for (const packId of ['alpha', 'beta'])
    await fleet.advertise(await fleet.addRunner(packId), { packId, actions: [] });
  const page = await fleet.packs.grouped.list(SCOPE, { limit: 2 });
  expect(page).toMatchObject({ total: 3, items: [{ id: 'alpha' }, { id: 'beta' }] });
  const next = await fleet.packs.grouped.list(SCOPE, { limit: 2, cursor: page.next_cursor ?? '' });
  expect(next).toMatchObject({
    next_cursor: null,
    items: [
      { id: 'demo', versions_count: 4, needs_decision_count: 4, runners_count: 3, newest_version: '1.3.0' },
    ],
  });
  expect((await fleet.packs.grouped.list(SCOPE, { limit: 9, q: 'ET' })).items).toMatchObject([
    { id: 'beta' },
  ]);
  const { versions: shown } = await fleet.packs.grouped.detail(SCOPE, 'demo');
  expect(shown.map(({ version }) => version)).toEqual(['1.3.0', '1.2.0', '1.1.0', '1.0.0']);
  await expect(fleet.packs.grouped.detail(SCOPE, 'none')).rejects.toMatchObject({ code: 'not_found' });
});
