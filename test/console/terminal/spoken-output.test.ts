import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSpokenOutput } from '../../../src/console/terminal/spoken-output.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});
afterEach(() => {
  vi.clearAllTimers();
});

function open() {
  const written: string[] = [];
  const spoken = createSpokenOutput({
    output: (text) => written.push(text),
    spokenLine: (line) => line.trim(),
    news: (before, after) => after.filter((line) => !before.includes(line)),
  });
  return { spoken, written };
}

test('frames that follow one another at once are one, and only what is new of it is written', () => {
  const { spoken, written } = open();
  spoken.write('reading…');
  vi.advanceTimersByTime(50);
  spoken.write(' a \n\n b');
  expect(written).toEqual([]);
  vi.advanceTimersByTime(120);
  expect(written).toEqual(['a\r\nb\r\n']);
  spoken.write('a\nb\nc');
  vi.advanceTimersByTime(120);
  expect(written.at(-1)).toBe('c\r\n');
  spoken.write('a\nb\nc');
  vi.advanceTimersByTime(1000);
  expect(written).toHaveLength(2);
});

test('what never rests is said every half second', () => {
  const { spoken, written } = open();
  for (let frame = 0; frame < 10; frame += 1) {
    spoken.write(`step ${frame}`);
    vi.advanceTimersByTime(100);
  }
  expect(written).toEqual(['step 4\r\n', 'step 9\r\n']);
});

test('control sequences pass at once, but the cursor is never hidden; a new page begins on an empty screen', () => {
  const { spoken, written } = open();
  spoken.write('\u001b[?1049h\u001b[?25l');
  expect(written).toEqual(['\u001b[?1049h']);
  spoken.turnPage();
  spoken.write('a');
  vi.advanceTimersByTime(120);
  expect(written.at(-1)).toBe('\u001b[2J\u001b[Ha\r\n');
  spoken.repeat();
  vi.advanceTimersByTime(120);
  expect(written.at(-1)).toBe('a\r\n');
});
