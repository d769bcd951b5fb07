import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addChunks,
  addPage,
  buildLog,
  chunksOf,
  emptyOutput,
  WINDOW_MAX_CHUNKS,
  type OutputLog,
} from '../../../src/console/store/output-log.ts';
import {
  findLines,
  gapTotal,
  lineAt,
  lineTotal,
  visibleLines,
} from '../../../src/console/store/run-output.ts';
import { chunk } from '../support/rows.ts';

function shown(log: OutputLog): string[] {
  return visibleLines(log, { from: 0, count: 1000 }).map((line) =>
    line.kind === 'gap'
      ? `gap ${line.from}-${line.to}`
      : `${line.stream === 'stderr' ? '!' : ''}${line.text}`,
  );
}

test('lines join over chunks, by stream', () => {
  const log = addChunks(emptyOutput(), [
    chunk(1, 'one\ntw'),
    chunk(2, 'oops\n', 'stderr'),
    chunk(3, 'o\nthr'),
  ]);
  expect(shown(log)).toEqual(['one', '!oops', 'two', 'thr']);
});

test('RN5: a hole in the numbers is marked where it is, and filling it closes the mark', () => {
  const log = addChunks(emptyOutput(), [chunk(1, 'a\n'), chunk(4, 'd\n')]);
  expect(shown(log)).toEqual(['a', 'gap 2-3', 'd']);
  expect(gapTotal(log)).toBe(2);
  const filled = addChunks(log, [chunk(3, 'c\n'), chunk(2, 'b\n')]);
  expect(shown(filled)).toEqual(['a', 'b', 'c', 'd']);
});

test('RN5: any order and any repeat of chunks shows the same', () => {
  const chunks = Array.from({ length: 12 }, (_, index) =>
    chunk(index + 1, `l${index}${index % 3 === 0 ? '' : '\n'}`),
  );
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...chunks, ...chunks], { minLength: 24, maxLength: 24 }),
      fc.integer({ min: 1, max: 7 }),
      (order, size) => {
        let log = emptyOutput();
        for (let from = 0; from < order.length; from += size)
          log = addChunks(log, order.slice(from, from + size));
        expect(shown(log)).toEqual(shown(buildLog(chunks, false, false)));
      },
    ),
  );
});

test('an older state still shows what it showed after newer ones grew from it', () => {
  const first = addChunks(emptyOutput(), [chunk(1, 'a\n')]);
  const second = addChunks(first, [chunk(2, 'b\n')]);
  const other = addChunks(first, [chunk(2, 'B\n')]);
  expect([shown(first), shown(second), shown(other)]).toEqual([['a'], ['a', 'b'], ['a', 'B']]);
});

test('the window is bounded: the head goes while following, the tail while paging back', () => {
  const many = Array.from({ length: WINDOW_MAX_CHUNKS + 10 }, (_, index) => chunk(index + 1, 'x\n'));
  const following = addChunks(emptyOutput(), many);
  expect(following.chunkCount).toBeLessThanOrEqual(WINDOW_MAX_CHUNKS);
  expect(following).toMatchObject({ moreBefore: true, moreAfter: false, lastSeq: many.length });
  const start = buildLog(many.slice(100), true, false);
  const back = addPage(start, { items: many.slice(0, 100), more_before: false, more_after: true }, 'before');
  expect(back).toMatchObject({ firstSeq: 1, moreBefore: false, moreAfter: true });
  expect(addChunks(back, [chunk(many.length + 1, 'y\n')])).toBe(back);
});

test('T17: lines are neutralised, chunks stay exact', () => {
  const log = addChunks(emptyOutput(), [chunk(1, '\u001b[31mred\u202e\n')]);
  expect(lineAt(log, 0)).toMatchObject({ text: '␛[31mred·' });
  expect(chunksOf(log)[0]?.chunk).toBe('\u001b[31mred\u202e\n');
});

test('one stream can be shown alone, and text can be found', () => {
  const log = addChunks(emptyOutput(), [chunk(1, 'a\nneedle\n'), chunk(2, 'b\n', 'stderr')]);
  expect(visibleLines(log, { from: 1, count: 5, stream: 'stdout' })).toHaveLength(1);
  expect(findLines(log, 'NEED')).toEqual([1]);
  expect(lineTotal(log)).toBe(3);
});

test('a line without end is cut, so that it cannot grow for ever', () => {
  const log = addChunks(
    emptyOutput(),
    Array.from({ length: 40 }, (_, index) => chunk(index + 1, 'x'.repeat(1000))),
  );
  expect(log.lineCount).toBeGreaterThan(0);
  for (const line of visibleLines(log, { from: 0, count: 99 }))
    expect(line.kind === 'text' && line.text.length).toBeLessThanOrEqual(16 * 1024);
});
