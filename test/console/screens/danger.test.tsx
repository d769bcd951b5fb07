// Nothing dangerous by a slip: held keys, moved rows, second paths, and a screen that is no longer true.
import { expect, test } from 'vitest';
import { deleteRunner, disableRunner, getRunner } from '../../../src/protocol/api/runners.ts';
import { listRuns } from '../../../src/protocol/api/runs.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { placeWords } from '../../../src/console/screens/place.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { keys, openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { run, runDetail, runner, runnerDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const changesOf = (plane: ControlPlane) =>
  plane.asked.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

function serveFleet(plane: ControlPlane) {
  const names = ['web-1', 'web-2', 'web-3'];
  plane.answer(getRunner, ({ params }) => runnerDetail(params['id'] ?? ''));
  plane.answer(listRuns, () => ({ items: [], next_cursor: null, total: 0 }));
  plane.answer(disableRunner, ({ params }) => runner(params['id'] ?? '', { state: 'disabled' }));
  plane.answer(deleteRunner, () => ({ deleted: true as const, id: 'rnr_web-1', name: 'web-1' }));
  const open = new Map([['run_1', { run: runDetail('run_1'), chunks: [], moreBefore: false }]]);
  return serveTopics(plane, {
    runners: names.map((name) => runner(`rnr_${name}`, { name })),
    runs: [run('run_1')],
    open,
  });
}

/** Types and waits until every key was taken, also those that change nothing to see: each draws once. */
async function press(screen: OpenedConsole, pressed: readonly string[]): Promise<void> {
  for (const key of pressed) {
    const before = screen.draws();
    screen.type(key);
    await eventually(() => screen.draws() > before);
  }
}

async function openDialog(screen: OpenedConsole, letter: string, title: RegExp): Promise<void> {
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/chooses/);
  screen.type(letter);
  await screen.shows(title);
}

test('T2: a held key opens a dialog and cannot confirm it, nor can an Enter that was on its way', async () => {
  await using plane = await startControlPlane();
  serveFleet(plane);
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/a act/);
  await press(screen, ['a', ...'cccccccc', keys.enter, keys.right, keys.enter, keys.enter]);
  await screen.shows(/╭ Stop linux\.uptime on web-1/);
  expect(await screen.shows(/▌ Cancel/)).not.toMatch(/asking the server/);
  // Once the dialog listens, the opening key means nothing in it.
  screen.pass(DEAF_MS);
  await press(screen, [...'cccccccc']);
  await screen.shows(/╭ Stop[^]*▌ Cancel/);
  expect(changesOf(plane)).toEqual([]);
});

test('T2: a dialog that asks for a name takes no character in its first moments', async () => {
  await using plane = await startControlPlane();
  serveFleet(plane);
  await using screen = openScreen(plane.url, ':fleet');
  await openDialog(screen, 'd', /╭ Disable web-1/);
  await press(screen, [...'ddddweb-1', keys.enter]);
  screen.pass(DEAF_MS);
  screen.type('web-');
  await screen.shows(/│ +web- +│/);
  await press(screen, [keys.enter, '1']);
  await screen.shows(/web-1.*✓/);
  expect(changesOf(plane)).toEqual([]);
});

test('T3: what is drawn as focused is what Enter does, from the first frame of the dialog on', async () => {
  await using plane = await startControlPlane();
  serveFleet(plane);
  await using screen = openScreen(plane.url, ':run run_1');
  await openDialog(screen, 'c', /▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right);
  await screen.shows(/▌ Stop the run/);
  screen.type(keys.tab);
  await screen.shows(/▌ Cancel/);
  screen.type(keys.enter);
  await screen.hides(/╭ Stop/);
  expect(changesOf(plane)).toEqual([]);
});

const verbWords = [
  'disable',
  'enable',
  'delete',
  'revoke-token',
  'trust',
  'cancel',
  'mint',
  'hold',
  'approve',
];

test.each([...placeWords.flatMap(({ names }) => names), ...verbWords])(
  'T4: the command line leads to places only; :%s changes nothing',
  async (word) => {
    await using plane = await startControlPlane();
    serveFleet(plane);
    for (const rest of ['', ' web-1']) {
      await using screen = openScreen(plane.url, ':fleet');
      await screen.shows(/web-3[^]*a act/);
      screen.type(`:${word}${rest}`);
      await screen.shows(new RegExp(`^ :${word}${rest}`, 'm'));
      screen.type(keys.enter);
      await screen.hides(/^ :(?! go)/m);
    }
    expect(changesOf(plane)).toEqual([]);
  },
);

test('T5: rows that move under an open menu or dialog do not change what it is about', async () => {
  await using plane = await startControlPlane();
  const served = serveFleet(plane);
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-3/);
  screen.type('j');
  await screen.shows(/▌.*web-2/);
  screen.type('a');
  await screen.shows(/╭ web-2/);
  await served.tell('fleet', { type: 'runner.deleted', runner_id: 'rnr_web-1' });
  const newcomer = runner('rnr_aaa', { name: 'aaa', state: 'offline' });
  await served.tell('fleet', { type: 'runner.connected', runner: newcomer });
  await eventually(() => screen.session.store.getState().runners.has('rnr_aaa'));
  screen.type('d');
  await screen.shows(/╭ Disable web-2/);
  screen.pass(DEAF_MS);
  await served.tell('fleet', { type: 'runner.deleted', runner_id: 'rnr_aaa' });
  await eventually(() => !screen.session.store.getState().runners.has('rnr_aaa'));
  screen.type('web-2');
  await screen.shows(/web-2.*✓/);
  screen.type(keys.enter);
  await screen.shows(/web-2 is disabled/);
  expect(changesOf(plane)).toEqual(['POST /api/v1/runners/rnr_web-2/disable']);
});

test('T5: marks hold the runners that were marked, whatever comes and goes', async () => {
  await using plane = await startControlPlane();
  const served = serveFleet(plane);
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-3/);
  screen.type('j');
  screen.type('  ');
  await screen.shows(/2 marked/);
  const newcomer = runner('rnr_aaa', { name: 'aaa', state: 'offline' });
  await served.tell('fleet', { type: 'runner.connected', runner: newcomer });
  await served.tell('fleet', { type: 'runner.deleted', runner_id: 'rnr_web-1' });
  await screen.shows(/aaa/);
  await openDialog(screen, 'd', /╭ Disable 2 runners/);
  expect(screen.frame()).toMatch(/web-2 web-3/);
  screen.pass(DEAF_MS);
  screen.type('2');
  await screen.shows(/2.*✓/);
  screen.type(keys.enter);
  await eventually(() => changesOf(plane).length === 2);
  expect(changesOf(plane).sort()).toEqual([
    'POST /api/v1/runners/rnr_web-2/disable',
    'POST /api/v1/runners/rnr_web-3/disable',
  ]);
});

test('T8: over a lost link the screen stays and says so, and a change is refused with its reason', async () => {
  await using plane = await startControlPlane();
  const served = serveFleet(plane);
  served.rows.runners[0] = runner('rnr_web-1', { name: 'web-1', state: 'offline' });
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/● live/);
  await openDialog(screen, 'x', /╭ Delete web-1/);
  plane.refuseStream(503);
  for (const { socket } of plane.connected()) socket.terminate();
  await screen.shows(/◌ reconnecting/);
  screen.pass(DEAF_MS);
  screen.type('web-1');
  await screen.shows(/web-1.*✓/);
  screen.type(keys.enter);
  const frame = await screen.shows(/stale_data/);
  expect(frame).toMatch(/╭ Delete web-1/);
  expect(frame).toMatch(/web-1 +✓/);
  expect(changesOf(plane)).toEqual([]);
  screen.type(keys.escape);
  await screen.hides(/╭/);
  await screen.shows(/web-1[^]*web-2[^]*web-3/);
  plane.refuseStream(null);
  await screen.shows(/● live/);
});

test('T31: a pattern that is wrong says so while it is typed, and the rows stay', async () => {
  await using plane = await startControlPlane();
  serveFleet(plane);
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-3/);
  for (const odd of ['~(', '~[z', '~*', '"', '-', ':::', '漢\u0301🚀', '\\', '%s', '~a{9999}']) {
    screen.type(`/${odd}`);
    const wrong = /^~[([*]/.test(odd);
    const frame = await screen.shows(wrong ? /Cannot / : new RegExp(`^ /`, 'm'));
    if (wrong) expect(frame).toMatch(/web-1[^]*web-3/);
    screen.type(keys.escape);
    await screen.shows(/web-1[^]*web-3[^]*a act/);
  }
});

test('T12: fifty visits to each of four screens keep one connection and one subscription a topic', async () => {
  await using plane = await startControlPlane();
  serveFleet(plane);
  await using screen = openScreen(plane.url, ':fleet', { columns: 120 });
  await screen.shows(/web-3/);
  for (let visit = 0; visit < 50; visit += 1) screen.type('2341');
  screen.type('?');
  await screen.shows(/╭ Keys/);
  expect(plane.viewers).toHaveLength(1);
  const asked = plane.viewers.flatMap(({ requests }) => requests);
  const topics = asked.flatMap((request) => (request.type === 'subscribe' ? [request.topic] : []));
  expect(topics.sort()).toEqual([...new Set(topics)]);
  expect(topics).toContain('fleet');
});

test.each([
  [401, /! signed out/, /Sign in again: :login/],
  [403, /! not allowed/, /Ask an owner or admin/],
])('T9: %i stops and says what to do, on an empty screen too', async (status, word, remedy) => {
  await using plane = await startControlPlane();
  plane.refuseStream(status);
  await using screen = openScreen(plane.url, ':fleet', { columns: 160 });
  await screen.shows(word);
  // Where the rows would be, and in the notice.
  const frame = await screen.shows(new RegExp(`${remedy.source}[^]*${remedy.source}`));
  expect(frame).toMatch(/✗ Cannot show the fleet/);
  expect(frame).not.toMatch(/Reading the fleet/);
  expect(plane.viewers).toEqual([]);
});
