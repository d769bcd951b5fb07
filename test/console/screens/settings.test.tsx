// Settings that are changed on the command line of the screen.
import { afterEach, expect, test, vi } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('with reduced motion clock and ages are counted again every ten seconds, else every second', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: [runner('rnr_1')] });
  await using screen = openScreen(plane.url, ':fleet', { flags: { reducedMotion: true } });
  await screen.shows(/● live/);
  const clock = () => /(\d\d:\d\d:\d\d)Z/.exec(screen.frame())?.[1];
  const before = clock();
  screen.pass(9_000);
  vi.advanceTimersByTime(9_000);
  screen.type('?');
  await screen.shows(/╭ Keys/);
  expect(clock()).toBe(before);
  screen.pass(1_000);
  vi.advanceTimersByTime(1_000);
  await screen.hides(new RegExp(`${before}Z`));
  screen.type('x');
  await screen.hides(/╭/);
  screen.type(`:motion full${keys.enter}`);
  await screen.shows(/motion is full/);
  const then = clock();
  screen.pass(1_000);
  vi.advanceTimersByTime(1_000);
  await screen.hides(new RegExp(`${then}Z`));
});

test('a setting that cannot be kept holds for now, and the reason is told', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  const kept: string[] = [];
  await using screen = openScreen(plane.url, ':fleet', {
    keepSetting: (word, value) => {
      kept.push(`${word} ${value}`);
      throw new Error('disk full');
    },
  });
  await screen.shows(/● live/);
  screen.type(`:bell off${keys.enter}`);
  await screen.shows(/✗ .*disk full|✗ /);
  screen.type(`:bell${keys.enter}`);
  await screen.shows(/bell is off +:bell off \| bell \| notify/);
  expect(kept).toEqual(['bell off']);
});
