// Verbs on many runners at once, and on those that do not come back: listed first, asked for, done to what was listed.
import { expect, test } from 'vitest';
import {
  bulkRunners,
  cleanUpRunners,
  getRunnerRetention,
  putRunnerRetention,
  RunnerRetention,
  type BulkResult,
} from '../../../src/protocol/api/fleet-upkeep.ts';
import { holdRunner, listRunnerTokens } from '../../../src/protocol/api/runners.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { runner } from '../support/rows.ts';
import { environment, verb } from '../support/verb-run.ts';

const result = (name: string, change: Partial<BulkResult> = {}): BulkResult => ({
  ...{ id: `rnr_${name}`, name, group: name.split('-')[0] ?? '', changed: true, refusal: null },
  ...change,
});
const online = { code: 'runner_online', detail: 'Cannot delete web-3: it is online', fix: 'Disable it' };

function serveBulk(plane: ControlPlane, results: BulkResult[]): void {
  plane.answer(bulkRunners, ({ body }) => {
    const {
      verb: name,
      dry_run = false,
      selector,
    } = body as {
      verb: 'hold';
      dry_run?: boolean;
      selector: { ids?: string[] };
    };
    const { ids } = selector;
    return {
      verb: name,
      dry_run,
      results: results.filter(
        ({ id, name: host }) => ids === undefined || ids.includes(id) || ids.includes(host ?? ''),
      ),
    };
  });
}

const sent = (plane: ControlPlane) =>
  plane.asked.filter(({ path }) => path.endsWith('/bulk')).map(({ body }) => body);

test('a group is listed, the number is asked for, and exactly what was listed is changed', async () => {
  await using plane = await startControlPlane();
  serveBulk(plane, [result('web-1'), result('web-2', { changed: false }), result('db-1')]);
  const env = environment(plane.url);
  const argv = ['runners', 'disable', '--label', 'role'];
  const asked = await verb(argv, { env });
  expect([asked.code, asked.err]).toEqual([
    2,
    expect.stringMatching(/2 runners \(web 1, db 1\).*--confirm 2/),
  ]);
  for (const wrong of [['--yes'], ['--confirm', '3']])
    expect((await verb([...argv, ...wrong], { env })).code).toBe(2);
  expect(sent(plane).every((body) => (body as { dry_run?: boolean }).dry_run === true)).toBe(true);
  const done = await verb([...argv, '--confirm', '2'], { env });
  expect([done.code, done.out]).toEqual([
    0,
    expect.stringMatching(/web-1 +web +done[^]*db-1[^]*web-2 +web +unchanged/),
  ]);
  expect(sent(plane).at(-1)).toEqual({ verb: 'disable', selector: { ids: ['rnr_web-1', 'rnr_db-1'] } });
});

test('what was refused for one is told beside what was done, and the exit code says so', async () => {
  await using plane = await startControlPlane();
  serveBulk(plane, [result('web-1'), result('web-3', { changed: false, refusal: online })]);
  const env = environment(plane.url);
  const done = await verb(['runners', 'delete', 'web-1', 'web-3', '--confirm', '1'], { env });
  expect([done.code, done.out]).toEqual([
    6,
    expect.stringMatching(/web-1 .*done[^]*web-3 .*runner_online: Cannot delete/),
  ]);
  const json = await verb(['runners', 'delete', '--group', 'web', '--dry-run', '--json'], { env });
  expect(JSON.parse(json.out)).toMatchObject({
    verb: 'delete',
    dry_run: true,
    results: [{ name: 'web-1' }, { refusal: online }],
  });
});

test('holding a group takes a yes; one runner takes nothing; nobody named is a wrong usage, nobody found is 5', async () => {
  await using plane = await startControlPlane();
  serveBulk(plane, [result('web-1')]);
  plane.answer(holdRunner, () => runner('rnr_1', { name: 'web-1', held: true }));
  const env = environment(plane.url);
  expect((await verb(['runners', 'hold', '--group', 'web'], { env })).code).toBe(2);
  expect((await verb(['runners', 'hold', '--group', 'web', '--yes'], { env })).code).toBe(0);
  expect((await verb(['runners', 'hold', 'web-1'], { env })).out).toContain('web-1 is held');
  expect((await verb(['runners', 'hold'], { env })).code).toBe(2);
  serveBulk(plane, []);
  expect((await verb(['runners', 'hold', '--group', 'nobody', '--yes'], { env })).code).toBe(5);
});

test('the period is shown, set and turned off; only those offered are taken', async () => {
  await using plane = await startControlPlane();
  plane.answer(getRunnerRetention, () => ({ hours: 6 as const }));
  plane.answer(putRunnerRetention, ({ body }) => RunnerRetention.parse(body));
  const env = environment(plane.url);
  expect((await verb(['runners', 'retention'], { env })).out).toBe(
    'runners that are offline for 6h are forgotten\n',
  );
  expect((await verb(['runners', 'retention', '30d'], { env })).code).toBe(2);
  expect((await verb(['runners', 'retention', '2d', '--yes'], { env })).err).toContain('1h, 6h, 1d, 7d');
  expect((await verb(['runners', 'retention', '30d', '--yes'], { env })).out).toContain('30d');
  expect((await verb(['runners', 'retention', 'off'], { env })).code).toBe(0);
  expect(plane.asked.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
    { hours: 720 },
    { hours: null },
  ]);
});

test('cleaning up lists, asks for the number, then forgets', async () => {
  await using plane = await startControlPlane();
  const gone = { id: 'rnr_1', name: 'web-1', group: 'web', offline_since: '2030-01-01T00:00:00.000Z' };
  plane.answer(cleanUpRunners, ({ body }) => {
    const { dry_run = false, hours = 24 } = body as { dry_run?: boolean; hours?: number };
    return { dry_run, hours, runners: [gone] };
  });
  const env = environment(plane.url);
  expect((await verb(['runners', 'cleanup'], { env })).err).toMatch(
    /1 offline for 1d or longer.*--confirm 1/,
  );
  expect((await verb(['runners', 'cleanup', '--dry-run'], { env })).out).toMatch(
    /web-1 +web +2030-01-01 00:00:00Z/,
  );
  expect((await verb(['runners', 'cleanup', '--offline-for', '7d', '--confirm', '1'], { env })).code).toBe(0);
  expect(plane.asked.at(-1)?.body).toEqual({ hours: 168 });
});

test('tokens of a runner are listed without secrets', async () => {
  await using plane = await startControlPlane();
  const at = '2030-01-01T00:00:00.000Z';
  const token = {
    id: 'rtk_1',
    prefix: 'rnrtok-abcde',
    issued_at: at,
    expires_at: at,
    last_used_at: null,
    revoked_at: at,
  };
  plane.answer(listRunnerTokens, () => ({ items: [{ ...token, enrollment_key_id: 'key_1' }] }));
  const { out } = await verb(['runners', 'tokens', 'web-1'], { env: environment(plane.url) });
  expect(out).toMatch(/rnrtok-abcde… .*key_1/);
});
