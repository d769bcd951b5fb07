// Cancel, time limit, what ignores signals, what escapes, and what dies with the runner.
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { isAlive, startFixture, until, type Started } from './engine-fixture.ts';

async function pidsPrinted(run: Started, count: number): Promise<number[]> {
  await until(`${count} process ids printed`, () => run.text().split('\n').length > count);
  return run.text().split('\n').slice(0, count).map(Number);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

function killed(pids: readonly number[]): void {
  for (const pid of pids) {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
}

test('EX8: cancel ends the program and its children, and says so', async () => {
  await using fixture = await startFixture([{ name: 'tree', script: 'sleep 60 & echo $!; echo $$; wait' }]);
  const run = fixture.start('tree');
  const pids = await pidsPrinted(run, 2);
  run.cancel();
  expect(await run.outcome).toMatchObject({
    status: 'cancelled',
    exit_code: -1,
    reason: 'execution cancelled',
  });
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(fixture.events().map((event) => event['event_type'])).toEqual([
    'execution_started',
    'action_cancelled',
  ]);
});

test('EX8: what ignores SIGTERM is killed after the grace, and not before', async () => {
  const script = `trap '' TERM; echo $$; while :; do sleep 0.05; done`;
  await using fixture = await startFixture([
    { name: 'stubborn', script, execution: { cancel_grace: '400ms' } },
  ]);
  const run = fixture.start('stubborn');
  const [pid = 0] = await pidsPrinted(run, 1);
  const before = performance.now();
  run.cancel();
  expect(await run.outcome).toMatchObject({ status: 'cancelled', exit_code: -1 });
  expect(performance.now() - before).toBeGreaterThanOrEqual(390);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(isAlive(pid)).toBe(false);
});

test('EX8: a child that cleans up after SIGTERM gets its time when the shell above is gone', async () => {
  const script = `sh -c 'trap "sleep 0.3; echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.02; done' & wait`;
  await using fixture = await startFixture([{ name: 'tidy', script }]);
  const run = fixture.start('tidy');
  await until('ready', () => run.text().includes('ready'));
  run.cancel();
  expect(await run.outcome).toMatchObject({ status: 'cancelled' });
  expect(run.text()).toContain('cleaned');
});

test('EX9: the time limit ends a run as timed_out, with what it printed until then', async () => {
  await using fixture = await startFixture([
    { name: 'long', script: 'echo begun; sleep 60', timeout: '300ms' },
  ]);
  const run = fixture.start('long');
  const outcome = await run.outcome;
  expect(outcome).toMatchObject({
    status: 'timed_out',
    timed_out: true,
    reason: 'execution timed out',
    emitted_stdout_bytes: 6,
  });
  expect(outcome.duration_ms).toBeLessThan(2_000);
  expect(fixture.events()[1]).toMatchObject({
    event_type: 'execution_failed',
    execution: { timed_out: true, timeout: '300ms' },
  });
});

test('EX9: a time limit beyond the longest timer does not fire at once', async () => {
  await using fixture = await startFixture([
    { name: 'months', script: 'sleep 0.2; echo done', timeout: '60d' },
  ]);
  expect(await fixture.start('months').outcome).toMatchObject({ status: 'success', emitted_stdout_bytes: 5 });
});

test('C2: an orphan outside the group that holds the output does not hold the run, and is named', async () => {
  await using fixture = await startFixture([
    { name: 'orphan', script: `setsid sh -c 'echo $$; exec sleep 60' & sleep 0.2; exit 3` },
  ]);
  const run = fixture.start('orphan');
  const outcome = await run.outcome;
  const pids = await pidsPrinted(run, 1);
  try {
    expect(outcome).toMatchObject({
      status: 'failed',
      exit_code: 3,
      error: expect.stringMatching(`sleep \\(pid ${pids[0]}\\)`),
    });
    expect(outcome.duration_ms).toBeLessThan(1_500);
  } finally {
    killed(pids);
  }
});

test('C2: an orphan that never stops printing does not hold the run either', async () => {
  const script = `setsid sh -c 'echo $$; while :; do echo more; sleep 0.01; done' & sleep 0.2; exit 0`;
  await using fixture = await startFixture([{ name: 'chatter', script }]);
  const run = fixture.start('chatter');
  const outcome = await run.outcome;
  const pids = await pidsPrinted(run, 1);
  killed(pids);
  expect(outcome).toMatchObject({
    status: 'success',
    exit_code: 0,
    reason: expect.stringContaining('still running'),
  });
  expect(outcome.duration_ms).toBeLessThan(4_000);
});

test('C2: after a cancel what escaped the group is named', async () => {
  await using fixture = await startFixture([
    { name: 'escape', script: `setsid sh -c 'echo $$; exec sleep 60' & sleep 60` },
  ]);
  const run = fixture.start('escape');
  const pids = await pidsPrinted(run, 1);
  run.cancel();
  const outcome = await run.outcome;
  killed(pids);
  expect(outcome).toMatchObject({ status: 'cancelled', error: expect.stringContaining(`pid ${pids[0]}`) });
});

test('C2: all of a large output arrives although the program is long gone', async () => {
  await using fixture = await startFixture([{ name: 'much', script: 'seq 1 60000' }]);
  const run = fixture.start('much');
  expect(await run.outcome).toMatchObject({ status: 'success', emitted_stdout_bytes: 348_894 });
  expect(run.text().endsWith('\n59999\n60000\n')).toBe(true);
  expect(Math.max(...run.pieces.map((piece) => Buffer.byteLength(piece.text)))).toBeLessThanOrEqual(65_536);
});

test('EX10: a cancel before the start runs nothing', async () => {
  await using fixture = await startFixture([{ name: 'ping', command: ['echo', 'pong'] }]);
  const run = fixture.start('ping');
  run.cancel();
  expect(await run.outcome).toMatchObject({
    status: 'cancelled',
    reason: 'cancelled_before_start',
    exit_code: -1,
  });
  expect([run.isStarted(), run.text()]).toEqual([false, '']);
});

test('EX10: stopAll ends every run and every process', async () => {
  await using fixture = await startFixture([{ name: 'tree', script: 'sleep 60 & echo $!; echo $$; wait' }]);
  const runs = [1, 2, 3].map(() => fixture.start('tree'));
  const pids = (await Promise.all(runs.map((run) => pidsPrinted(run, 2)))).flat();
  await fixture.engine.stopAll();
  expect(pids.filter(isAlive)).toEqual([]);
  expect((await Promise.all(runs.map((run) => run.outcome))).map((outcome) => outcome.status)).toEqual(
    Array(3).fill('cancelled'),
  );
});

const isRoot = process.getuid?.() === 0;

test.runIf(process.platform === 'linux').each(isRoot ? [[undefined], ['nobody']] : [[undefined]])(
  'EX2: the kernel alone kills the action, also when nothing else is left (user: %s)',
  async (user) => {
    const execution = user === undefined ? {} : { user };
    await using fixture = await startFixture([
      { name: 'alone', command: ['sh', '-c', 'echo $$ $PPID; exec sleep 61'], execution },
    ]);
    const { runner, pids } = await startHost(fixture.folder, 'alone', 2);
    const [pid = 0, parent] = pids;
    expect(parent).toBe(runner.pid);
    // The guard is the runner's other child; without it only the parent-death signal is left.
    killed(childrenOf(runner.pid ?? 0).filter((child) => child !== pid));
    runner.kill('SIGKILL');
    await gone([pid]);
  },
);

test.runIf(process.platform === 'linux')(
  'EX2: kill -9 of the runner kills the action and its children',
  async () => {
    await using fixture = await startFixture([{ name: 'tree', script: 'sleep 61 & echo $$ $!; wait' }]);
    const { runner, pids } = await startHost(fixture.folder, 'tree', 2);
    expect(pids.map(isAlive)).toEqual([true, true]);
    runner.kill('SIGKILL');
    await gone(pids);
    // The start is on record, the end is not: the next start of the runner says that the outcome is unknown.
    const lines = readFileSync(join(fixture.folder, 'host.jsonl'), 'utf8').split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { event_type: string }).event_type)).toEqual([
      'execution_started',
    ]);
  },
);

async function startHost(
  folder: string,
  action: string,
  count: number,
): Promise<{ runner: ChildProcess; pids: number[] }> {
  const host = join(import.meta.dirname, 'engine-host.ts');
  const runner = spawn(process.execPath, [host, folder, action], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  runner.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
  await until('the action runs', () => printed.endsWith('\n'), 15_000);
  const pids = printed.trim().split(' ').map(Number);
  expect(pids).toHaveLength(count);
  return { runner, pids };
}

async function gone(pids: readonly number[]): Promise<void> {
  try {
    await until('the action is gone', () => !pids.some(isAlive));
  } finally {
    killed(pids);
  }
}

test('EX11: a program can open /dev/stdout and /dev/stderr again', async () => {
  await using fixture = await startFixture([
    { name: 'reopen', script: 'echo out > /dev/stdout; echo err > /dev/stderr' },
  ]);
  const run = fixture.start('reopen');
  expect(await run.outcome).toMatchObject({ status: 'success' });
  expect([run.text(), run.text('stderr')]).toEqual(['out\n', 'err\n']);
});

test('EX11: without mkfifo the output still arrives', async () => {
  using empty = temporaryFolder();
  await using fixture = await startFixture(
    [{ name: 'ping', script: '[ -S /proc/self/fd/1 ] && echo pong; exit 5' }],
    {
      environment: { PATH: empty.path },
    },
  );
  const run = fixture.start('ping');
  expect(await run.outcome).toMatchObject({ status: 'failed', exit_code: 5 });
  expect(run.text()).toBe('pong\n');
});

test('EX11: nothing stays open after a hundred runs', async () => {
  await using fixture = await startFixture([
    { name: 'ping', command: ['true'] },
    { name: 'bad', script: 'true', interpreter: '/etc/passwd' },
  ]);
  const open = (): number => readdirSync('/proc/self/fd').length;
  await fixture.start('ping').outcome;
  const before = open();
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 8 }, () => fixture.start('ping').outcome));
    await fixture.start('bad').outcome;
    const cancelled = fixture.start('ping');
    cancelled.cancel();
    await cancelled.outcome;
  }
  await until('descriptors are closed', () => open() <= before + 2);
});

test('EX11: an engine that has nothing to do does not keep its process alive', async () => {
  await using fixture = await startFixture([{ name: 'ping', command: ['echo', 'pong'] }]);
  const host = spawn(
    process.execPath,
    [join(import.meta.dirname, 'engine-host.ts'), fixture.folder, 'ping'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let isGone = false;
  host.on('exit', () => {
    isGone = true;
  });
  try {
    await until('the process has ended by itself', () => isGone, 15_000);
    expect(host.exitCode).toBe(0);
  } finally {
    host.kill('SIGKILL');
  }
});
