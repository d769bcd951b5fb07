// Runs with real processes: environment, exit codes, limits, output.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isAlive, startFixture } from './engine-fixture.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

test('EX1: an exec action runs and reports what it printed', async () => {
  await using fixture = await startFixture([{ name: 'ping', command: ['echo', 'pong'] }]);
  const run = fixture.start('ping');
  const outcome = await run.outcome;
  expect(outcome).toMatchObject({
    status: 'success',
    exit_code: 0,
    emitted_stdout_bytes: 5,
    emitted_stderr_bytes: 0,
    emitted_stdout_sha256: sha('pong\n'),
    emitted_stderr_sha256: sha(''),
    executed_command: 'echo pong',
  });
  expect(outcome.local_audit_failed).toBeUndefined();
  expect(run.text()).toBe('pong\n');
  expect(run.isStarted()).toBe(true);
  const events = fixture.events();
  expect(events.map((event) => event['event_type'])).toEqual(['execution_started', 'execution_completed']);
  expect(events[1]).toMatchObject({
    event_id: outcome.event_id,
    group: 'web',
    runner_id: 'web-01',
    pack_id: 'demo',
  });
  expect(events[1]?.['execution']).toMatchObject({
    binary: 'echo',
    argv: ['pong'],
    stdout_preview: 'pong\n',
    env_keys: ['PATH', 'LANG'],
  });
});

test("EX1: the environment is the action's, the baseline and what is named, and nothing else", async () => {
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    PGHOST: 'db-1',
    EMISAR_AUTH_KEY: 'emkey-auth-secret',
    NODE_OPTIONS: '--no-warnings',
    LD_PRELOAD: '',
    SECRET: 'x',
  };
  await using fixture = await startFixture(
    [
      {
        name: 'env',
        command: ['env', '-0'],
        execution: { env: { TERM: 'xterm', GREETING: 'to {{ args.who }}' } },
        args: [{ name: 'who', type: 'string', required: true }],
      },
    ],
    { environment, execution: { inheritEnv: ['PGHOST', 'EMISAR_AUTH_KEY', 'NODE_OPTIONS', 'LD_PRELOAD'] } },
  );
  const run = fixture.start('env', { argsText: '{"who":"you"}' });
  await run.outcome;
  const printed = Object.fromEntries(
    run
      .text()
      .split('\0')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  expect(printed).toEqual({
    GREETING: 'to you',
    TERM: 'xterm',
    PATH: environment.PATH,
    LANG: 'C.UTF-8',
    PGHOST: 'db-1',
  });
});

test('EX2: actions cannot gain privileges, run in a group of their own, and have no input', async () => {
  const script = `grep NoNewPrivs /proc/self/status
cut -d' ' -f5,6 /proc/$$/stat
echo $$
readlink /proc/$$/fd/0
`;
  await using fixture = await startFixture(
    [
      { name: 'facts', script },
      { name: 'sudo', script },
    ],
    {
      execution: { allowSetuid: ['demo.su*'] },
    },
  );
  const run = fixture.start('facts');
  await run.outcome;
  const [privileges, group, pid, input] = run.text().split('\n');
  expect(privileges).toMatch(/:\s+1$/);
  expect(group).toBe(`${pid} ${pid}`);
  expect(input).toBe('/dev/null');
  const exempt = fixture.start('sudo');
  await exempt.outcome;
  expect(exempt.text()).toMatch(/NoNewPrivs:\s+0\n/);
});

test.runIf(process.getuid?.() === 0)(
  'EX2: user: runs as that account with its group and no others',
  async () => {
    await using fixture = await startFixture([
      { name: 'who', command: ['id'], execution: { user: 'nobody' } },
      { name: 'nobody', command: ['id'], execution: { user: 'no-such-account' } },
    ]);
    const run = fixture.start('who');
    expect(await run.outcome).toMatchObject({ status: 'success' });
    expect(run.text()).toMatch(/^uid=65534\(nobody\) gid=\d+\(nogroup\) groups=\d+\(nogroup\)\n$/);
    expect(await fixture.start('nobody').outcome).toMatchObject({ status: 'error', exit_code: -1 });
  },
);

test.each([
  ['exit 0', 'success', 0, undefined],
  ['exit 3', 'success', 3, undefined],
  ['exit 4', 'failed', 4, 'process exited with code 4'],
  ['exit 127', 'failed', 127, 'process exited with code 127'],
  ['kill -SEGV $$', 'failed', -1, 'process ended by signal SIGSEGV'],
])('EX3: a script that does `%s` is %s', async (script, status, exitCode, reason) => {
  await using fixture = await startFixture([{ name: 'end', script, execution: { success_exit_codes: [3] } }]);
  const outcome = await fixture.start('end').outcome;
  expect([outcome.status, outcome.exit_code, outcome.reason]).toEqual([status, exitCode, reason]);
});

test('EX3: what cannot be started is an error that says why', async () => {
  await using fixture = await startFixture([
    { name: 'missing', command: ['no-such-program-here'] },
    { name: 'nowhere', command: ['true'], execution: { cwd: '/no/such/folder' } },
    { name: 'broken', script: 'true', interpreter: '/etc/passwd' },
  ]);
  for (const [name, why] of [
    ['missing', /PATH/],
    ['nowhere', /working directory/],
    ['broken', /passwd/],
  ] as const) {
    const outcome = await fixture.start(name).outcome;
    expect(outcome).toMatchObject({ status: 'error', exit_code: -1, error: expect.stringMatching(why) });
  }
  expect(fixture.events().map((event) => event['event_type'])).toEqual(Array(3).fill('execution_failed'));
});

test('EX4: beyond the cap output is read and thrown away, and the program is not disturbed', async () => {
  await using fixture = await startFixture([
    {
      name: 'flood',
      script: 'head -c 3000000 /dev/zero | tr "\\0" x; echo end >&2',
      output: { max_stdout_bytes: 1000 },
    },
  ]);
  const run = fixture.start('flood');
  const outcome = await run.outcome;
  expect(outcome).toMatchObject({
    status: 'success',
    truncated_stdout: true,
    emitted_stdout_bytes: 1000,
    emitted_stdout_sha256: sha('x'.repeat(1000)),
  });
  expect(outcome.truncated_stderr).toBeUndefined();
  expect([run.text(), run.text('stderr')]).toEqual(['x'.repeat(1000), 'end\n']);
});

test('EX4: as much as the cap is not truncated, and an override is clamped into its bounds', async () => {
  await using fixture = await startFixture([
    {
      name: 'ten',
      command: ['printf', '%s', '0123456789'],
      output: { max_stdout_bytes: 10, max_stdout_bytes_min: 4 },
    },
  ]);
  expect((await fixture.start('ten').outcome).truncated_stdout).toBeUndefined();
  const short = fixture.start('ten', { opts: { max_stdout_bytes: 1 } });
  expect(await short.outcome).toMatchObject({ truncated_stdout: true, emitted_stdout_bytes: 4 });
  expect(short.text()).toBe('0123');
});

test('C25: characters split over writes stay whole, invalid bytes become one mark each', async () => {
  const script = `printf '\\303'; sleep 0.05; printf '\\251'; printf ' \\360\\237'; sleep 0.05; printf '\\230\\200 \\377|'
printf '\\342\\202'`;
  await using fixture = await startFixture([{ name: 'bytes', script }]);
  const run = fixture.start('bytes');
  const outcome = await run.outcome;
  expect(run.text()).toBe('é 😀 \ufffd|\ufffd');
  expect(outcome.emitted_stdout_sha256).toBe(sha('é 😀 \ufffd|\ufffd'));
});

test('RD1: a secret split over two writes is masked in output, command, journal and hash', async () => {
  const secret = 'hunter2-and-more';
  const script = `printf 'key hunter2-'; sleep 0.05; printf 'and-more end\\nagain %s\\n' "$1"`;
  await using fixture = await startFixture([
    {
      name: 'secret',
      script,
      argv: ['{{ args.key }}'],
      args: [{ name: 'key', type: 'string', required: true, sensitive: true }],
    },
  ]);
  const run = fixture.start('secret', {
    argsText: JSON.stringify({ key: secret }),
    reason: `because ${secret}`,
  });
  const outcome = await run.outcome;
  expect(run.text()).toBe('key [REDACTED] end\nagain [REDACTED]\n');
  expect(outcome).toMatchObject({ redactions: [{ name: 'sensitive-args', type: 'literal', count: 2 }] });
  expect(JSON.stringify([outcome, fixture.events()])).not.toContain('hunter2');
  expect(outcome.executed_command).toMatch(/^\/bin\/sh \S+secret\.sh '\[REDACTED\]'$/);
});

test('EX5: each printed line is delivered within 300 ms, also when lines come slowly', async () => {
  const script = 'i=0; while [ $i -lt 3 ]; do date +%s%N; i=$((i+1)); sleep 1; done';
  await using fixture = await startFixture([{ name: 'slow', script }]);
  const seen: number[] = [];
  const outcome = await fixture.engine.run(fixture.facts('slow'), {
    started: () => {},
    output: (_stream, text) => seen.push(Date.now() - Number(text.trim()) / 1e6),
  }).outcome;
  expect(outcome.status).toBe('success');
  expect(seen).toHaveLength(3);
  expect(Math.max(...seen)).toBeLessThan(300);
});

test.each([
  ['echo \'{"a":1e2,"b":[true]}\'', 'success', undefined],
  ['echo \'{"a":"x"}\'', 'validation_failed', 'output_schema_mismatch'],
  ['echo \'{"a":1,"a":2}\'', 'validation_failed', 'output_invalid_json'],
  ['echo nonsense', 'validation_failed', 'output_invalid_json'],
  ['echo \'{"a":1}\'; exit 9', 'failed', 'process exited with code 9'],
])('EX6: with a schema `%s` is %s', async (script, status, reason) => {
  const schema = { type: 'object', properties: { a: { type: 'number' } } };
  await using fixture = await startFixture([
    { name: 'json', script, output: { parser: 'json', parser_required: true, schema } },
  ]);
  const outcome = await fixture.start('json').outcome;
  expect([outcome.status, outcome.reason]).toEqual([status, reason]);
  expect(JSON.stringify(outcome.structured_output)).toBe(
    status === 'success' ? '{"a":1e2,"b":[true]}' : undefined,
  );
});

test('EX7: a command line is quoted for a shell and bounded', async () => {
  await using fixture = await startFixture([
    {
      name: 'quote',
      command: ['true', '{{ args.text }}'],
      args: [{ name: 'text', type: 'string', required: true }],
    },
  ]);
  const short = await fixture.start('quote', { argsText: JSON.stringify({ text: "it's $HOME" }) }).outcome;
  expect(short.executed_command).toBe(`true 'it'\\''s $HOME'`);
  const long = await fixture.start('quote', { argsText: JSON.stringify({ text: 'é'.repeat(12_000) }) })
    .outcome;
  expect(Buffer.byteLength(long.executed_command ?? '')).toBeLessThanOrEqual(16_384);
  expect(long).toMatchObject({ status: 'success', executed_command_truncated: true });
  expect(long.executed_command?.isWellFormed()).toBe(true);
});

test('C7: an observer that throws ends its own run as an error, and the process with it', async () => {
  await using fixture = await startFixture([{ name: 'talk', script: 'echo $$; sleep 60' }]);
  let pid = 0;
  const outcome = await fixture.engine.run(fixture.facts('talk'), {
    started: () => {},
    output: (_stream, text) => {
      pid = Number(text);
      throw new Error('no more');
    },
  }).outcome;
  expect(outcome).toMatchObject({
    status: 'error',
    reason: 'engine_error',
    exit_code: -1,
    event_id: expect.any(String),
  });
  expect([pid > 0, isAlive(pid)]).toEqual([true, false]);
});
