import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/console/store/clock.ts';
import { runVerb } from '../../../src/console/verbs/command-line.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { AT, run } from '../support/rows.ts';
import { collected, environment, verb } from '../support/verb-run.ts';

test('watch prints snapshot and events as one object a line until interrupted', async () => {
  await using plane = await startControlPlane();
  plane.onRequest((viewer, request) => {
    if (request.type !== 'subscribe') return;
    viewer.send({
      type: 'snapshot',
      id: request.id,
      cursor: 'c',
      at: AT,
      snapshot: { topic: 'runs', runs: [], more: false },
    });
    viewer.send({
      type: 'event',
      id: request.id,
      seq: 1,
      cursor: 'c',
      at: AT,
      event: { type: 'run.created', run: run('run_1') },
    });
  });
  const stop = new AbortController();
  const stdout = collected(false);
  const ended = runVerb(['watch', 'runs'], {
    stdin: Readable.from([]),
    stdout,
    stderr: collected(false),
    env: environment(plane.url),
    clock: systemClock,
    signal: stop.signal,
  });
  await eventually(() => stdout.text.trimEnd().split('\n').length === 2);
  const [first, second] = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ topic: 'runs', type: 'snapshot' });
  expect(second).toMatchObject({ topic: 'runs', type: 'run.created', seq: 1, run: { id: 'run_1' } });
  stop.abort();
  expect(await ended).toBe(130);
});

test('watch with a token that is refused exits 4', async () => {
  await using plane = await startControlPlane();
  const env = { ...environment(plane.url), EMISAR_TOKEN: 'emop-wrong' };
  expect((await verb(['watch'], { env })).code).toBe(4);
});
