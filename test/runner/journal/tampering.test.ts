// Whatever somebody does to the files of a journal is found; only its very end can be cut unseen, and that is
// what the control plane's record is for (invariant 9).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { verifyJournal } from '../../../src/runner/journal/verify-journal.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { smallEvent } from './events.ts';

type Lines = readonly string[];
type Change = (lines: Lines, a: number, b: number) => Lines;

const changes: Readonly<Record<string, Change>> = {
  'a line left out': (lines, a) => lines.filter((_line, place) => place !== a),
  'a line twice': (lines, a) => lines.flatMap((line, place) => (place === a ? [line, line] : [line])),
  'two lines exchanged': (lines, a, b) =>
    lines.map((line, place) => (place === a ? lines[b] : place === b ? lines[a] : line) ?? ''),
  'one character another': (lines, a, b) =>
    lines.map((line, place) => {
      if (place !== a) return line;
      const at = b % line.length;
      return line.slice(0, at) + (line[at] === 'x' ? 'y' : 'x') + line.slice(at + 1);
    }),
  'a blank more': (lines, a) => lines.map((line, place) => (place === a ? line.replace('{', '{ ') : line)),
  'the end cut off': (lines, a) => lines.slice(0, a),
  'the beginning cut off': (lines, a) => lines.slice(a + 1),
};

const suffixes = ['.3', '.2', '.1', ''] as const;

test('JR2, JR10: any change of any file is found, but for the last lines of the active one', async () => {
  using folder = temporaryFolder('tamper-');
  const path = join(folder.path, 'events.jsonl');
  const journal = await openJournal({ path, maxSizeBytes: 1_500, maxBackups: 3 });
  for (let number = 1; number <= 30; number += 1) await journal.append(smallEvent(number));
  await journal.close();
  expect((await verifyJournal(path)).every(({ intact }) => intact)).toBe(true);
  const linesOf = (suffix: string) =>
    readFileSync(path + suffix, 'utf8')
      .split('\n')
      .slice(0, -1);
  const whole = new Map(suffixes.map((suffix) => [suffix, linesOf(suffix)]));
  const write = (suffix: string, lines: Lines) =>
    writeFileSync(path + suffix, lines.map((line) => `${line}\n`).join(''));

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...suffixes),
      fc.constantFrom(...Object.keys(changes)),
      fc.nat(),
      fc.nat(),
      async (suffix, name, first, second) => {
        const before = whole.get(suffix) ?? [];
        // Of the active file, what stands behind its last line but one is invisible to the host alone.
        const reach = suffix === '' ? before.length - 1 : before.length;
        const after =
          changes[name]?.(before, first % reach, name.startsWith('two') ? second % reach : second) ?? before;
        fc.pre(after.join('\n') !== before.join('\n') && !(suffix === '' && isPrefix(after, before)));
        write(suffix, after);
        const verdicts = await verifyJournal(path);
        write(suffix, before);
        expect(verdicts.filter(({ intact }) => !intact).map((verdict) => verdict.path)).toEqual([
          path + suffix,
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

function isPrefix(lines: Lines, of: Lines): boolean {
  return lines.every((line, place) => line === of[place]);
}
