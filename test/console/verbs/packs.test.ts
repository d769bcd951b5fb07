import { expect, test } from 'vitest';
import { descriptor } from '../../cloud/runs/fleet.ts';
import { enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect } from '../../support/wire-runner.ts';
import { environment, verb } from '../support/verb-run.ts';

const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const A = hashOf('a');
const B = hashOf('b');

/** A cloud with one host that carries the pack demo, and verbs against it. */
async function shop(cloud: RunningCloud) {
  const env = { ...environment(), EMISAR_CONSOLE_URL: cloud.url, EMISAR_TOKEN: cloud.ownerToken };
  const runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  const carry = async (hash: string, version = '1.0.0', more = {}) => {
    const actions = [descriptor('demo.ping', { title: 'Ping a host', ...more })];
    runner.sendState({ hostname: 'web-1', packs: { demo: { version, hash } }, actions });
    await until('advertised', async () => {
      const { body } = await cloud.call('GET', `/api/v1/pack-versions/demo@${version}`);
      return [body.trusted_hash, body.pending_hash].includes(hash);
    });
  };
  const change = (columns: { retired_at?: number; last_seen_at?: number }) =>
    cloud.cloud.database.write((tx) => tx.sql.updateTable('pack_versions').set(columns).execute());
  return { runner, carry, change, run: (...argv: string[]) => verb(argv, { env }) };
}

test('actions are found by words, and shown with where they can be started', async () => {
  await using cloud = await startRunningCloud();
  const { runner, carry, run } = await shop(cloud);
  using _open = runner;
  await carry(A);
  const found = await run('actions', 'list', 'ping', 'host', '--risk', 'low');
  expect(found).toMatchObject({ code: 0, out: expect.stringContaining('1 pack_untrusted') });
  await run('packs', 'trust', 'demo@1.0.0', '--expect', A, '--yes');
  const listed = JSON.parse((await run('actions', 'list', '--json')).out) as { items: object[] };
  expect(listed).toMatchObject({ total: 1, items: [{ id: 'demo.ping', ready_count: 1 }] });
  const shown = await run('actions', 'show', 'demo.ping');
  for (const text of ['Ping a host', 'demo@1.0.0', 'web-1', 'online']) expect(shown.out).toContain(text);
  expect(await run('actions', 'show', 'demo.none')).toMatchObject({ code: 5 });
  expect(await run('actions', 'list', '--risk', 'some')).toMatchObject({ code: 2 });
});

test('a difference, who has which bytes and every version of a pack are one verb each', async () => {
  await using cloud = await startRunningCloud();
  const { runner, carry, run } = await shop(cloud);
  using _open = runner;
  await carry(A);
  await run('packs', 'trust', 'demo@1.0.0', '--expect', A, '--yes');
  await carry(B, '1.0.0', { risk: 'critical' });
  expect((await run('packs', 'diff', 'demo@1.0.0')).out).toContain('low → critical');
  const diff = JSON.parse((await run('packs', 'diff', 'demo@1.0.0', '--json')).out) as object;
  expect(diff).toMatchObject({ risk_escalations: ['demo.ping'], added_critical: [] });
  expect((await run('packs', 'runners', 'demo@1.0.0')).out).toContain(`web-1`);
  expect((await run('packs', 'show', 'demo')).out).toContain('demo@1.0.0');
  expect(await run('packs', 'revoke-trust', 'demo@1.0.0', '--expect', B)).toMatchObject({ code: 6 });
  const revoked = await run(
    ...['packs', 'revoke-trust', 'demo@1.0.0', '--expect', A, '--confirm', 'demo v1.0.0'],
  );
  expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining(`${A} is not trusted`) });
});

test('a retired version is overridden by its trusted hash, after a yes', async () => {
  await using cloud = await startRunningCloud();
  const { runner, carry, change, run } = await shop(cloud);
  using _open = runner;
  await carry(A);
  await run('packs', 'trust', 'demo@1.0.0', '--expect', A, '--yes');
  const override = ['packs', 'override', 'demo@1.0.0', '--expect', A];
  expect(await run(...override, '--yes')).toMatchObject({ code: 6 });
  await change({ retired_at: 1 });
  expect((await run('packs', 'list')).out).toContain('retired');
  const refused = await run('runs', 'start', 'demo.ping', '--on', 'web-1', '--reason', 'to see');
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('pack_retired') });
  expect(await run(...override)).toMatchObject({ code: 2, err: expect.stringContaining('security release') });
  expect(await run(...override, '--yes')).toMatchObject({ code: 0 });
  expect((await run('packs', 'show', 'demo@1.0.0')).out).toContain('retirement overridden');
});

test('a version or a whole pack is deleted by its name, and what hosts carry waits anew', async () => {
  await using cloud = await startRunningCloud();
  const { runner, carry, run } = await shop(cloud);
  using _open = runner;
  await carry(A);
  await carry(B, '1.1.0');
  expect(await run('packs', 'delete', 'demo', '--yes')).toMatchObject({ code: 2 });
  const gone = await run('packs', 'delete', 'demo', '--confirm', 'demo');
  expect(gone).toMatchObject({ code: 0, out: expect.stringContaining('demo is deleted: 1.0.0 1.1.0') });
  expect((await run('packs', 'list')).out).not.toContain('demo@1.0.0');
  const one = await run('packs', 'delete', 'demo@1.1.0', '--confirm', 'demo v1.1.0', '--json');
  expect(JSON.parse(one.out)).toMatchObject({ deleted: true, version: '1.1.0' });
});

test('what happens to packs by itself is read, set and tried out', async () => {
  await using cloud = await startRunningCloud();
  const { runner, carry, change, run } = await shop(cloud);
  await carry(A);
  expect((await run('packs', 'auto-trust')).out).toContain('first:');
  expect(await run('packs', 'auto-trust', 'catalogue')).toMatchObject({ code: 2 });
  expect(await run('packs', 'auto-trust', 'never')).toMatchObject({ code: 0 });
  expect(JSON.parse((await run('packs', 'auto-trust', '--json')).out)).toEqual({ pack_auto_trust: 'never' });
  expect(await run('packs', 'retention', '8', '--yes')).toMatchObject({ code: 2 });
  expect(await run('packs', 'cleanup', '--yes')).toMatchObject({
    code: 0,
    err: expect.stringContaining('no period'),
  });
  expect(await run('packs', 'retention', '7', '--yes')).toMatchObject({ code: 0 });
  runner[Symbol.dispose]();
  await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  await cloud.cloud.database.write((tx) =>
    tx.sql.updateTable('runners').set({ last_disconnected_at: 0 }).execute(),
  );
  await change({ last_seen_at: 0 });
  expect((await run('packs', 'cleanup', '--dry-run')).out).toContain('demo@1.0.0');
  expect(await run('packs', 'cleanup')).toMatchObject({ code: 2 });
  expect((await run('packs', 'cleanup', '--yes')).out).toContain('demo@1.0.0');
  expect((await run('packs', 'list')).out).not.toContain('demo');
  expect((await cloud.auditEvents()).slice(-3)).toEqual(expect.arrayContaining(['pack_retention_swept']));
});
