// Standing grants from the shell: made with an approval, used by the next start, listed, ended, capped.
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/console/store/clock.ts';
import { runVerb } from '../../../src/console/verbs/command-line.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { eventually } from '../support/eventually.ts';
import { envOf, online } from '../support/held-runner.ts';
import { collected, environment, verb } from '../support/verb-run.ts';

const start = ['runs', 'start', 'demo.restart', '--on', 'web-1', '--reason', 'hangs', '--yes'];

/** Starts it once and answers the id of the request that waits. */
async function asked(env: Record<string, string>): Promise<string> {
  await verb(start, { env });
  const list = await verb(['approvals', 'list', '--json'], { env });
  return (JSON.parse(list.out) as { items: { id: string }[] }).items[0]?.id ?? '';
}

async function granted(cloud: RunningCloud, ...flags: string[]) {
  const env = envOf(cloud);
  const approve = ['approvals', 'approve', await asked(env), '--grant', '1d', ...flags];
  return { env, approve };
}

test('an approval with --grant says what it covers before and after, and the next start goes out unasked', async () => {
  await using cloud = await startRunningCloud();
  using runner = await online(cloud, 'web-1');
  const { env, approve } = await granted(cloud, '--max-uses', '2');
  const refused = await verb(approve, { env });
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(
    /for 1d the token first token may repeat it on web-1 with these arguments, 2 times with this one/,
  );
  const approved = await verb([...approve, '--yes'], { env });
  expect(approved).toMatchObject({
    code: 0,
    out: expect.stringContaining('demo.restart on web-1 is approved'),
    err: expect.stringMatching(/may repeat it until 2\d{3}.*grants revoke grt_/),
  });
  await runner.frame('run_action');
  expect((await verb(start, { env })).err).not.toContain('wait for approval');
  expect((await verb(start, { env })).err).toContain('1 of 1 wait for approval');
  expect((await verb(['grants', 'list'], { env })).out).not.toContain('demo.restart');
  const spent = await verb(['grants', 'list', '--state', 'spent'], { env });
  expect(spent.out).toMatch(/grt_\S+ +spent +demo\.restart +web-1 +\{\} +first token +\S+ +2 of 2/);
});

test('grants are revoked one by one, and all at once after it was said how many', async () => {
  await using cloud = await startRunningCloud();
  using _runner = await online(cloud, 'web-1');
  const { env, approve } = await granted(cloud, '--any-args', '--any-runner', '--yes');
  const made = JSON.parse((await verb([...approve, '--json'], { env })).out) as { grant: { id: string } };
  expect(made.grant).toMatchObject({ runner_name: null, args: null });
  expect((await verb(['grants', 'list'], { env })).out).toMatch(/demo\.restart +any +any/);
  const { id } = made.grant;
  expect((await verb(['grants', 'revoke', id], { env })).code).toBe(2);
  expect(await verb(['grants', 'revoke', id, '--yes'], { env })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/demo\.restart for first token is revoked by/),
  });
  expect((await verb(['grants', 'revoke-all', '--yes'], { env })).out).toContain('No grant stands');
  await verb(['approvals', 'approve', await asked(env), '--grant', '1h', '--yes'], { env });
  const beforehand = await verb(['grants', 'revoke-all'], { env });
  expect(beforehand).toMatchObject({ code: 2, err: expect.stringContaining('1 grant that you reach') });
  expect((await verb(['grants', 'revoke-all', '--yes'], { env })).out).toContain('Revoked: 1 grant');
  expect((await verb(['grants', 'revoke', 'grt_absent', '--yes'], { env })).err).toContain('not_found');
});

test('the cap is shown and set; turned off it asks first, revokes, and no grant is made from then on', async () => {
  await using cloud = await startRunningCloud();
  using _runner = await online(cloud, 'web-1');
  const { env, approve } = await granted(cloud, '--yes');
  expect((await verb(['grants', 'cap'], { env })).out).toMatch(/as long as any can/);
  expect((await verb(['grants', 'cap', '12h'], { env })).out).toContain('A standing grant may last: 12h');
  const tooLong = await verb(approve, { env });
  expect(tooLong).toMatchObject({
    code: 6,
    err: expect.stringContaining('grant_exceeds_account_max_lifetime'),
  });
  await verb(['grants', 'cap', 'none'], { env });
  await verb(approve, { env });
  expect((await verb(['grants', 'cap', 'off'], { env })).code).toBe(2);
  expect((await verb(['grants', 'cap', 'off', '--yes'], { env })).out).toMatch(/off; revoked: 1 grant/);
  expect((await verb(['grants', 'cap', '--json'], { env })).out).toContain('"max_seconds": 0');
});

test.each([
  [['approvals', 'approve', 'apr_1', '--any-args'], '--grant covers'],
  [['approvals', 'approve', 'op_1', '--operation', '--grant', '1d'], 'one of its requests'],
  [['approvals', 'approve', 'apr_1', '--grant', '2d'], 'choose 1h, 1d, 30d, 90d'],
  [['grants', 'list', '--state', 'old'], 'choose active'],
  [['grants', 'cap', 'soon'], 'such as 24h'],
])('%j is refused with what would do', async (argv, says) => {
  const end = await verb(argv, { env: environment('http://127.0.0.1:1') });
  expect(end).toMatchObject({ code: 2, err: expect.stringContaining(says) });
});

test.each(['grant_exceeds_account_max_lifetime', 'grant_needs_deciding_vote', 'grant_token_ended'])(
  'explain knows %s',
  async (code) => {
    expect(await verb(['explain', code], { env: environment() })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/fix\s+\S/),
    });
  },
);

test('watch approvals tells of a request as soon as it is made', async () => {
  await using cloud = await startRunningCloud();
  using _runner = await online(cloud, 'web-1');
  const stop = new AbortController();
  const stdout = collected(false);
  const env = envOf(cloud);
  const streams = { stdin: Readable.from([]), stdout, stderr: collected(false) };
  const ended = runVerb(['watch', 'approvals'], {
    ...streams,
    env,
    clock: systemClock,
    signal: stop.signal,
  });
  const lines = () =>
    stdout.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await eventually(() => lines().length === 1);
  await verb(start, { env });
  await eventually(() => lines().length === 2);
  expect(lines()).toMatchObject([
    { topic: 'approvals', type: 'snapshot', snapshot: { approvals: [] } },
    { topic: 'approvals', type: 'approval.requested', seq: 1, approval: { runner_name: 'web-1' } },
  ]);
  stop.abort();
  expect(await ended).toBe(130);
});
