import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { envOf, online } from '../support/held-runner.ts';
import { environment, verb } from '../support/verb-run.ts';

test('a run that waits says how it is approved, is approved by a verb, and then goes out', async () => {
  await using cloud = await startRunningCloud();
  using runner = await online(cloud, 'web-1');
  const env = envOf(cloud);
  const started = await verb(
    ['runs', 'start', 'demo.restart', '--on', 'web-1', '--reason', 'hangs', '--yes'],
    { env },
  );
  expect(started.err).toContain('1 of 1 wait for approval: emisar-console approvals approve op_');
  const list = await verb(['approvals', 'list', '--json'], { env });
  const id = (JSON.parse(list.out) as { items: { id: string }[] }).items[0]?.id ?? '';
  const shown = await verb(['approvals', 'show', id], { env });
  for (const text of ['demo.restart', 'web-1', 'hangs', 'high', '0 of 1', 'defaults.high'])
    expect(shown.out).toContain(text);
  const asked = await verb(['approvals', 'approve', id], { env });
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('Nothing was changed') });
  const approved = await verb(['approvals', 'approve', id, '--note', 'fine', '--yes'], { env });
  expect(approved).toMatchObject({
    code: 0,
    out: expect.stringContaining('demo.restart on web-1 is approved'),
  });
  expect(await runner.frame('run_action')).toMatchObject({ action_id: 'demo.restart' });
  const again = await verb(['approvals', 'deny', id, '--yes'], { env });
  expect(again).toMatchObject({ code: 6, err: expect.stringContaining('already_decided') });
});

test('all requests of a dispatch are approved at once, and a denial cancels its run', async () => {
  await using cloud = await startRunningCloud();
  using _one = await online(cloud, 'web-1');
  using _two = await online(cloud, 'web-2');
  const env = envOf(cloud);
  const start = [
    'runs',
    'start',
    'demo.restart',
    '--on',
    'web-1',
    '--on',
    'web-2',
    '--reason',
    'hangs',
    '--yes',
  ];
  await verb(start, { env });
  const list = await verb(['approvals', 'list', '--json'], { env });
  const { items } = JSON.parse(list.out) as { items: { id: string; operation_id: string }[] };
  const all = await verb(['approvals', 'approve', items[0]?.operation_id ?? '', '--operation', '--yes'], {
    env,
  });
  expect(all.code).toBe(0);
  expect(all.out.match(/approved/g)).toHaveLength(2);
  await verb(start, { env });
  const next = await verb(['approvals', 'list', '--json'], { env });
  const [first] = (JSON.parse(next.out) as typeof JSON & { items: { id: string }[] }).items;
  const denied = await verb(['approvals', 'deny', first?.id ?? '', '--note', 'no', '--yes'], { env });
  expect(denied).toMatchObject({ code: 0, out: expect.stringContaining('is denied') });
});

test('policy is shown, tried out, changed from a file and resolved by verbs', async () => {
  await using cloud = await startRunningCloud();
  using _runner = await online(cloud, 'web-1');
  const env = envOf(cloud);
  const file = join(env['EMISAR_CONFIG_DIR'] ?? '', 'rules.yaml');
  const rules = {
    ...defaultPolicy,
    overrides: [{ name: 'no restarts', action: 'demo.restart', decision: 'deny' }],
  };
  writeFileSync(file, JSON.stringify(rules));
  expect((await verb(['policy', 'show'], { env })).out).toMatch(/high\s+require_approval/);
  expect((await verb(['policy', 'simulate', '--file', file], { env })).out).toMatch(
    /deny\s+1\s+demo\.restart/,
  );
  const edited = await verb(['policy', 'edit', '--file', file, '--expect', '1', '--yes'], { env });
  expect(edited).toMatchObject({ code: 0, out: expect.stringContaining('at version 2') });
  const resolved = await verb(['policy', 'resolve', 'web-1', 'demo.restart'], { env });
  expect(resolved.out).toMatch(/deny[\s\S]*no restarts/);
  const stale = await verb(['policy', 'edit', '--file', file, '--expect', '1', '--yes'], { env });
  expect(stale).toMatchObject({ code: 6, err: expect.stringContaining('conflict') });
  const wrong = await verb(['policy', 'edit', '--file', '-', '--yes'], {
    env,
    stdin: 'defaults: {low: allow}',
  });
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('defaults') });
});

test.each(['already_decided', 'self_approval_forbidden', 'run_cancelled', 'expired', 'run.pending_approval'])(
  'explain knows %s',
  async (code) => {
    const { code: exit, out } = await verb(['explain', code], { env: environment() });
    expect(exit).toBe(0);
    expect(out).toMatch(/fix\s+\S/);
  },
);
