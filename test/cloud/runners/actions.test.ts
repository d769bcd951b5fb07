import { expect, test } from 'vitest';
import type { RunnerAction } from '../../../src/protocol/api/runners.ts';
import { connect, type Frame } from '../../support/wire-runner.ts';
import { enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

const hash = `sha256:${'a'.repeat(64)}`;
const action = (id: string, more: Frame = {}): Frame => ({
  id,
  title: id,
  summary: 's',
  description: 'd',
  kind: 'exec',
  risk: 'low',
  side_effects: [],
  args: [],
  examples: [],
  search_terms: [],
  pack_id: 'demo',
  primary_executable_available: true,
  limits: { default_timeout: 5_000_000_000 },
  output: { max_stdout_bytes: 1024, max_stderr_bytes: 1024 },
  ...more,
});

const blocks = async (cloud: RunningCloud, token?: string) => {
  const { body } = await cloud.call('GET', '/api/v1/runners/web-1/actions', undefined, token);
  return Object.fromEntries(
    (body.items as RunnerAction[]).map(({ action: { id }, blocked_by }) => [id, blocked_by]),
  );
};

test('what a runner advertises is listed with what stands in the way of each action', async () => {
  await using cloud = await startRunningCloud();
  using runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  const state = {
    packs: { demo: { version: '1.0.0', hash } },
    actions: [
      action('demo.fine'),
      action('demo.high', { risk: 'high' }),
      action('demo.critical', { risk: 'critical' }),
      action('demo.absent', { primary_executable_available: false, missing_executable: 'jq' }),
      { id: 'demo.broken' },
    ],
  };
  runner.sendState(state);
  await until('advertised', async () => (await cloud.runner('web-1')).packs_pending === 1);
  const untrusted = 'pack_untrusted';
  expect(await blocks(cloud)).toEqual({
    'demo.absent': untrusted,
    'demo.critical': untrusted,
    'demo.fine': untrusted,
    'demo.high': untrusted,
  });
  const trusted = await cloud.call('POST', '/api/v1/pack-versions/demo@1.0.0/trust', { expected_hash: hash });
  expect(trusted.status).toBe(200);
  expect(await blocks(cloud)).toEqual({
    'demo.absent': 'action_unavailable',
    'demo.critical': 'denied_by_policy',
    'demo.fine': null,
    'demo.high': null,
  });
  const viewer = await tokenOf(cloud, 'viewer');
  expect(await blocks(cloud, viewer)).toEqual({
    'demo.absent': 'action_unavailable',
    'demo.critical': 'denied_by_policy',
    'demo.fine': 'insufficient_privileges',
    'demo.high': 'insufficient_privileges',
  });
  runner.sendState({ ...state, enforce_signatures: true, max_attestation_age_seconds: 60 });
  await until('signed only', async () => (await cloud.runner('web-1')).signed_only);
  expect(new Set(Object.values(await blocks(cloud)))).toEqual(new Set(['runner_requires_attestation']));
  await cloud.call('POST', '/api/v1/runners/web-1/disable');
  expect(new Set(Object.values(await blocks(cloud)))).toEqual(new Set(['runner_disabled']));
});

test('an unchanged advertisement costs no second reading of the catalogue', async () => {
  await using cloud = await startRunningCloud();
  using runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  const state = { packs: { demo: { version: '1.0.0', hash } }, actions: [action('demo.fine')] };
  runner.sendState(state);
  await until('advertised', async () => (await cloud.runner('web-1')).packs_count === 1);
  await cloud.cloud.database.write(async (tx) => void (await tx.sql.deleteFrom('runner_packs').execute()));
  runner.sendState({ ...state, group: 'moved' });
  await until('the group is taken in', async () => (await cloud.runner('web-1')).group === 'moved');
  expect(await cloud.runner('web-1')).toMatchObject({ packs_count: 0 });
});
