// Reading what is there: paused output stays painted, times say their zone, copies are what was printed.
import { afterEach, expect, test, vi } from 'vitest';
import { linkSpan } from '../../../src/console/components/frame-lines.tsx';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { chunk, run, runDetail, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const numbered = Array.from({ length: 60 }, (_, index) =>
  chunk(
    index + 1,
    `line ${index + 1}${index % 20 === 0 ? ' needle' : ''}.\n`,
    index % 2 ? 'stderr' : 'stdout',
  ),
);

function serveOutput(plane: ControlPlane, chunks = numbered) {
  const open = { run: runDetail('run_1'), chunks, moreBefore: false };
  return serveTopics(plane, {
    runners: [runner('rnr_1', { name: 'web-1', labels: { role: 'db' } })],
    runs: [run('run_1', { status: 'success', finished_at: '2026-11-25T12:00:01.000Z' })],
    open: new Map([['run_1', open]]),
  });
}

test('T14: with follow off, a search, one stream alone, stamps and wrapping still show lines at once', async () => {
  await using plane = await startControlPlane();
  const served = serveOutput(plane);
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/following[^]*line 60\./);
  screen.type('k');
  await screen.shows(/paused/);
  screen.type('/needle');
  await screen.shows(/\/needle[^]*line 5\d\./);
  screen.type('\r');
  screen.type('N');
  await screen.shows(/paused[^]*line 41 needle\./);
  screen.type('v');
  await screen.shows(/── stdout[^]*line 41 needle\./);
  screen.type('v');
  expect(await screen.shows(/── stderr[^]*▏ line \d+\./)).not.toMatch(/needle\./);
  screen.type('vtW');
  await screen.shows(/stdout \+ stderr[^]*\d\d:\d\d:\d\dZ[^]*line \d+/);
  // What arrives while it is paused is painted when one goes there, without following.
  await served.tell('run:run_1', { type: 'run.output', chunks: [chunk(61, 'the newest\n')] });
  await screen.shows(/paused · 1 new line /);
  screen.type('\u001b[6~'.repeat(8));
  await screen.shows(/paused[^]*the newest/);
});

test('T13: the header says how far behind the screen is, and how old it is when nothing comes', () => {
  const now = Date.parse('2026-11-25T12:00:10.000Z');
  const live = { kind: 'live', since: 0, retryAt: null } as const;
  expect(linkSpan(live, now)).toMatchObject({ text: '● live', tone: 'good' });
  expect(linkSpan({ ...live, lagSince: now - 3_200 }, now)).toMatchObject({
    text: '◐ lag 3s',
    tone: 'caution',
  });
  expect(linkSpan({ ...live, kind: 'stale', since: now - 9_000 }, now).text).toBe('! stale since 12:00:01Z');
});

test('T16: Z turns relative, local and UTC times, and each says which it is', async () => {
  vi.stubEnv('TZ', 'Asia/Kolkata');
  await using plane = await startControlPlane();
  serveOutput(plane);
  await using screen = openScreen(plane.url, ':runs', { columns: 120 });
  await screen.shows(/WHEN[^]* (?:\d+[smhd] ago|in \d+[smhd])/);
  screen.type('Z');
  await screen.shows(/(?:11-25 17:30|17:30:00)\+05:30/);
  screen.type('Z');
  await screen.shows(/(?:11-25 12:00|12:00:00)Z/);
  screen.type('Z');
  await screen.shows(/\d+[smhd] ago/);
  screen.type(':run run_1\r');
  await screen.shows(/line 60\./);
  screen.type('t');
  await screen.shows(/ 12:00:00Z *▏ line 60\./);
  screen.type('Z');
  await screen.shows(/ 17:30:00\+05:30 *▏ line 60\./);
});

test('T22: however fast events come, they cost ten frames a second at most, and the last one is shown', async () => {
  await using plane = await startControlPlane();
  const served = serveOutput(plane);
  await using screen = openScreen(plane.url, ':fleet', { columns: 120 });
  await screen.shows(/● live[^]*web-1/);
  const [drawn, from] = [screen.draws(), performance.now()];
  let sent = 0;
  await eventually(async () => {
    sent += 1;
    await served.tell('fleet', {
      type: 'runner.state_changed',
      runner: runner('rnr_1', { name: 'web-1', unfinished_runs: sent }),
    });
    return performance.now() - from > 1000;
  });
  await screen.shows(new RegExp(` ${sent} +1\\.4\\.0`));
  const seconds = (performance.now() - from) / 1000;
  expect(sent).toBeGreaterThan(50);
  // One more each for the first at once and the clock in the header.
  expect(screen.draws() - drawn).toBeLessThanOrEqual(seconds * 11 + 2);
});

/** What the terminal was last asked to put on its clipboard. */
async function copied(screen: OpenedConsole, key: string): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  screen.type(key);
  const [, encoded = ''] = await eventually(() => /\u001b\]52;c;([^\u0007]*)\u0007/.exec(written.join('')));
  vi.restoreAllMocks();
  return Buffer.from(encoded, 'base64').toString();
}

test('T33: copied output is whole lines as they were printed, whatever the window cuts or wraps', async () => {
  await using plane = await startControlPlane();
  const long = `${'word '.repeat(60)}END`;
  serveOutput(plane, [chunk(1, `${long}\nsecond\n`)]);
  await using screen = openScreen(plane.url, ':run run_1', { columns: 60 });
  await screen.shows(/word word/);
  expect(await copied(screen, 'Y')).toBe(`${long}\nsecond\n`);
  screen.type('Wt');
  await screen.shows(/END/);
  expect(await copied(screen, 'Y')).toBe(`${long}\nsecond\n`);
});

test('T33: a copied field has no padding and is never cut; a copied row is its JSON', async () => {
  await using plane = await startControlPlane();
  const name = `${'very-long-'.repeat(8)}name`;
  const { rows } = serveTopics(plane);
  rows.runners.push(runner('rnr_1', { name, labels: { role: 'db' } }));
  await using screen = openScreen(plane.url, ':fleet', { columns: 60 });
  await screen.shows(/very-long-.*…/);
  expect(await copied(screen, 'y')).toBe(name);
  expect(JSON.parse(await copied(screen, 'Y'))).toMatchObject({ id: 'rnr_1', name, labels: { role: 'db' } });
});
