// From any fault on a screen one key leads to what it means and the commands to copy.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  explanations,
  explanationsOf,
  faultOfRun,
  faultOfRunner,
} from '../../../src/console/store/explanations.ts';
import { faults } from '../../../src/protocol/faults.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { AT, run, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';
import { environment, verb } from '../support/verb-run.ts';

const away = runner('rnr_1', { name: 'web-1', state: 'offline', last_disconnected_at: AT });

test('x on a runner that is away says why and what to type; y copies it', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: [away] });
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-1[^]*a act/);
  screen.type('x');
  await screen.shows(
    /╭ runner\.offline[^]*means +The host, its network or its service is down[^]*▌ systemctl status emisar/,
  );
  screen.type('jy');
  await screen.shows(/▌ sudo emisar doctor/);
  screen.type(keys.escape);
  await screen.hides(/╭/);
});

test('the guide is searched by words and opened by its place', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  await using screen = openScreen(plane.url, ':explain code:pack_untrusted');
  await screen.shows(/▌ +pack_untrusted[^]*1 of|1 of[^]*pack_untrusted/);
  screen.type(keys.escape);
  await screen.shows(/enroll\.401/);
  screen.type('/systemd');
  await screen.shows(/service\.failed/);
  screen.type(keys.enter + keys.enter);
  await screen.shows(/reset-failed emisar/);
});

test('nothing is wrong is an answer', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: [runner('rnr_1', { name: 'web-1' })] });
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-1[^]*a act/);
  screen.type('x');
  await screen.shows(/Nothing is wrong here/);
});

test.each([
  [runner('a', { state: 'offline' }), 'runner.offline'],
  [runner('a', { stale: true }), 'runner.stale'],
  [runner('a', { held: true }), 'runner.held'],
  [runner('a', { state: 'disabled' }), 'connect.403'],
  [runner('a', { degraded_count: 1 }), 'pack.degraded'],
  [runner('a', { packs_pending: 1 }), 'pack.pending'],
  [runner('a', { version_class: 'outdated' }), 'runner.outdated'],
  [runner('a'), null],
])('%o has the fault %s', (row, fault) => {
  expect(faultOfRunner(row)).toBe(fault);
});

test.each([
  ['failed', null, 'run.failed'],
  ['refused', 'pack_untrusted', 'pack_untrusted'],
  ['error', 'never_reached', 'run.error.unreached'],
  ['error', 'lost_in_flight', 'run.error.unknown'],
  ['success', null, null],
] as const)('a run that is %s because of %s is explained by %s', (status, cause, fault) => {
  expect(faultOfRun(run('run_1', { status }), cause)).toBe(fault);
});

test('every code has one entry, every fault of a refusal exists, and each knows what to do', () => {
  const ids = explanations.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, means, fix } of explanations) {
    expect(means.length, id).toBeGreaterThan(10);
    expect(fix.length, id).toBeGreaterThan(5);
    expect(explanationsOf(id).some((entry) => entry.id === id)).toBe(true);
  }
  const source =
    readFileSync('src/protocol/errors.ts', 'utf8') + readFileSync('src/protocol/start-refusals.ts', 'utf8');
  for (const [, fault = ''] of source.matchAll(/fault: '([\w.]+)'/g))
    expect(Object.keys(faults)).toContain(fault);
});

test('every command that the guide names is one that the programs have', async () => {
  const env = environment();
  const { out } = await verb(['--help'], { env });
  const toolbox = spawnSync(process.execPath, ['src/runner/main.ts', '--help'], { encoding: 'utf8' }).stdout;
  for (const command of Object.values(faults).flatMap((fault): readonly string[] => fault.commands)) {
    const [, program = '', word = ''] = /(?:^|sudo )(emisar-console|emisar) (\w[\w-]*)/.exec(command) ?? [];
    if (program === 'emisar-console') expect(out, command).toMatch(new RegExp(`^ +${word}\\b`, 'm'));
    if (program === 'emisar') expect(toolbox, command).toMatch(new RegExp(`^ +${word}\\b`, 'm'));
  }
});
