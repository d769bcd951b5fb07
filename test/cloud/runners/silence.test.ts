import { expect, test } from 'vitest';
import { watchSilence } from '../../../src/cloud/runners/silence.ts';
import { CLOSE_AFTER_MS, STALE_AFTER_MS } from '../../../src/protocol/runner.ts';
import { createTurnedClock } from '../../support/turned-clock.ts';

function watched() {
  const clock = createTurnedClock();
  const told: string[] = [];
  const start = clock.now();
  const silence = watchSilence(clock, {
    stale: (key) => told.push(`${clock.now() - start} stale ${key}`),
    silent: (key) => told.push(`${clock.now() - start} silent ${key}`),
  });
  return { clock, told, silence };
}

test('HB2, HB3: each runner is told stale and silent exactly at its own bound', async () => {
  const { clock, told, silence } = watched();
  silence.heard('a');
  await clock.advance(10_000);
  silence.heard('b');
  await clock.advance(20_000);
  silence.heard('a');
  await clock.advance(CLOSE_AFTER_MS);
  expect(told).toEqual(['55000 stale b', '75000 stale a', '100000 silent b', '120000 silent a']);
});

test('who is forgotten is told nothing, also while others are told', async () => {
  const { clock, told, silence } = watched();
  for (const key of ['a', 'b', 'c']) silence.heard(key);
  silence.forget('b');
  await clock.advance(STALE_AFTER_MS);
  silence.forget('c');
  await clock.advance(CLOSE_AFTER_MS);
  expect(told).toEqual(['45000 stale a', '45000 stale c', '90000 silent a']);
  expect(clock.waiting()).toBe(0);
});

test('any number of runners and beats costs one timer', async () => {
  const { clock, silence } = watched();
  for (let round = 0; round < 5; round += 1) {
    for (let runner = 0; runner < 10_000; runner += 1) silence.heard(`r${runner}`);
    expect(clock.waiting()).toBe(1);
    await clock.advance(30_000);
  }
  expect(silence.isStale('r0')).toBe(false);
});
