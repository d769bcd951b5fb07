import { expect, test } from 'vitest';
import { createKeySelector } from '../../../src/console/store/enrollment-keys.ts';
import { selectGroups } from '../../../src/console/store/groups.ts';
import { createPackSelector } from '../../../src/console/store/packs.ts';
import { createRunnerSelector } from '../../../src/console/store/runners.ts';
import { createRunSelector } from '../../../src/console/store/runs.ts';
import { enrollmentKey, packVersion, run, runner } from '../support/rows.ts';

const byId = <Row extends { id: string }>(...rows: Row[]) => new Map(rows.map((row) => [row.id, row]));

const runners = byId(
  runner('web-1', { group: 'web', labels: { role: 'front' } }),
  runner('web-2', { group: 'web', state: 'offline', last_disconnected_at: '2026-11-25T11:00:00.000Z' }),
  runner('db-1', { group: 'db', stale: true, labels: { role: 'db' } }),
  runner('db-2', { group: 'db', packs_pending: 1, degraded_count: 1 }),
);
const names = (filter: string) =>
  createRunnerSelector()({ runners }, { filter, sort: 'name' }).rows.map(({ name }) => name);

test.each([
  ['', ['db-1', 'db-2', 'web-1', 'web-2']],
  ['web', ['web-1', 'web-2']],
  ['WEB -2', ['web-1']],
  ['group:web', ['web-1', 'web-2']],
  ['group:we', []],
  ['-group:web', ['db-1', 'db-2']],
  ['status:offline,stale', ['db-1', 'web-2']],
  ['status:degraded', ['db-2']],
  ['label:role=db', ['db-1']],
  ['label:role', ['db-1', 'web-1']],
  ['pack:pending', ['db-2']],
  ['~^db-[12]', ['db-1', 'db-2']],
  ['-~^web', ['db-1', 'db-2']],
  ['status:', ['db-1', 'db-2', 'web-1', 'web-2']],
  ['"web-1"', ['web-1']],
])('the filter %j keeps %j', (filter, expected) => {
  expect(names(filter)).toEqual(expected);
});

test.each(['~(', '~[a', 'moon:full', '~*'])(
  'T31: the bad filter %j says so and keeps the rows of the last good one',
  (bad) => {
    const select = createRunnerSelector();
    const good = select({ runners }, { filter: 'group:web' });
    const view = select({ runners }, { filter: bad });
    expect(view.error).toMatch(/^Cannot /);
    expect(view.rows.length).toBe(good.rows.length);
  },
);

test('T31: a pattern that freezes other engines is linear here', () => {
  const hostile = byId(runner('r', { name: 'a'.repeat(50_000) }));
  const started = performance.now();
  createRunnerSelector()({ runners: hostile }, { filter: '~(a+)+$b' });
  expect(performance.now() - started).toBeLessThan(3000);
});

test('worst first: offline, stale, degraded, then the healthy', () => {
  const { rows } = createRunnerSelector()({ runners });
  expect(rows.map(({ name }) => name)).toEqual(['web-2', 'db-1', 'db-2', 'web-1']);
});

test('the same rows and options give the same object, an unrelated change the same rows', () => {
  const select = createRunnerSelector();
  const first = select({ runners }, { filter: 'group:web' });
  expect(select({ runners }, { filter: 'group:web' })).toBe(first);
  const changed = new Map(runners).set('db-1', runner('db-1', { group: 'db', unfinished_runs: 3 }));
  expect(select({ runners: changed }, { filter: 'group:web' }).rows).toBe(first.rows);
});

test('sorting 10,000 rows again after one change looks at each a few times, not once a step of a sort', () => {
  let looks = 0;
  const counted = (name: string) =>
    Object.defineProperty(runner(name), 'state', { enumerable: true, get: () => (looks++, 'online') });
  const many = byId(
    ...Array.from({ length: 10_000 }, (_, index) => counted(`host-${(index * 7919) % 10_000}`)),
  );
  const select = createRunnerSelector();
  select({ runners: many });
  const whole = looks;
  looks = 0;
  select({ runners: new Map(many).set('host-5', runner('host-5', { state: 'offline' })) });
  expect(looks).toBeLessThan(whole / 4);
});

test('groups count their runners by badge', () => {
  expect(selectGroups({ runners })).toMatchObject([
    { name: 'db', total: 2, online: 1, stale: 1, packs_pending: 1, degraded: 1 },
    { name: 'web', total: 2, online: 1, offline: 1 },
  ]);
  expect(selectGroups({ runners })).toBe(selectGroups({ runners }));
});

test('packs that wait for a decision come first, then by pack with the newest version first', () => {
  const packVersions = byId(
    packVersion('a', { version: '1.9.0' }),
    packVersion('b', { version: '1.10.0' }),
    packVersion('c', { pack_id: 'zfs', state: 'pending', pending_hash: 'x' }),
  );
  expect(createPackSelector()({ packVersions }).rows.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
});

test('runs are newest first and can be told finished from unfinished', () => {
  const runs = byId(
    run('old', { queued_at: '2026-11-25T10:00:00.000Z', status: 'success' }),
    run('new', { queued_at: '2026-11-25T11:00:00.000Z' }),
  );
  expect(createRunSelector()({ runs }).rows.map(({ id }) => id)).toEqual(['new', 'old']);
  expect(createRunSelector()({ runs }, { filter: 'status:unfinished' }).rows.map(({ id }) => id)).toEqual([
    'new',
  ]);
});

test('keys that can still enroll come first', () => {
  const enrollmentKeys = byId(enrollmentKey('spent', { state: 'spent' }), enrollmentKey('active'));
  expect(createKeySelector()({ enrollmentKeys }).rows.map(({ id }) => id)).toEqual(['active', 'spent']);
});
