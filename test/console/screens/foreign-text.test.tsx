// Text of others in every place of every screen: it moves nothing, hides nothing, and keeps columns straight.
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { getPackVersion } from '../../../src/protocol/api/packs.ts';
import { getRunner, listRunnerActions } from '../../../src/protocol/api/runners.ts';
import { listRuns } from '../../../src/protocol/api/runs.ts';
import { approvalWith, grantWith, serveAccountTexts } from '../support/account-texts.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { descriptor } from '../support/descriptor.ts';
import { openScreen } from '../support/opened-console.tsx';
import {
  AT,
  chunk,
  enrollmentKey,
  HASH_A,
  HASH_B,
  packDetail,
  packVersion,
  run,
  runDetail,
  runner,
  runnerDetail,
} from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const places = [
  ':fleet',
  ':runner rnr_0',
  ':packs',
  ':pack pkv_0',
  ':runs',
  ':run run_0',
  ':run on rnr_0',
  ':run x.y on rnr_0',
  ':keys',
  ':grants',
  ':devices',
  ':actions',
] as const;
/** With lines between their rows that keep to no column. */
const mixedPlaces = [':dashboard', ':oncall', ':action x.y', ':policy'] as const;

/** A row for each text in every list, with the text wherever it is free; details have all of them in one. */
function serveTexts(plane: ControlPlane, texts: readonly string[]): void {
  const all = texts.join(' ');
  const open = new Map([
    [
      'run_0',
      { run: runWith(all), chunks: texts.map((text, seq) => chunk(seq, `${text}\n`)), moreBefore: false },
    ],
  ]);
  serveTopics(plane, {
    runners: texts.map((text, index) => runner(`rnr_${index}`, runnerWith(text))),
    packs: texts.map((text, index) => packWith(text, index)),
    runs: texts.map((text, index) => run(`run_${index}`, { ...runWith(text), id: `run_${index}` })),
    keys: texts.map((text, index) =>
      enrollmentKey(`key_${index}`, { description: text, host: text, created_by: text }),
    ),
    grants: texts.map(grantWith),
    approvals: texts.map(approvalWith),
    open,
  });
  serveAccountTexts(plane, texts);
  const action = descriptor('x.y', {
    title: all,
    summary: all,
    description: all,
    side_effects: [...texts],
    args: [{ name: 'path', type: 'string', required: false, description: all }],
  });
  plane.answer(getPackVersion, () =>
    packDetail('pkv_0', {
      ...packWith(all, 0),
      pending_actions: [action],
      runners: [{ id: 'rnr_0', name: all, group: all, hash: HASH_B }],
    }),
  );
  plane.answer(getRunner, () => runnerDetail('rnr_0', { ...runnerWith(all), ...troubleWith(all) }));
  plane.answer(listRuns, () => ({ items: [runWith(all)], next_cursor: null, total: 1 }));
  const offered = {
    action,
    pack_version: all,
    pack_hash: HASH_A,
    blocked_by: null,
    policy: 'allow' as const,
  };
  plane.answer(listRunnerActions, () => ({ items: [offered] }));
}

const runnerWith = (text: string) =>
  ({
    name: text,
    group: text,
    hostname: text,
    version: text,
    labels: { [text]: text },
    disconnect_note: text,
    state: 'offline',
  }) as const;

const troubleWith = (text: string) => ({
  address: text,
  conflict: { addresses: [text, text], at: AT },
  degraded_packs: [{ pack: text, reason: text }],
  packs: [
    {
      pack_id: text,
      version: text,
      hash: HASH_A,
      pack_version_id: 'pkv_0',
      trust: 'pending' as const,
      actions_count: 1,
    },
  ],
});

const packWith = (text: string, index: number) =>
  packVersion(`pkv_${index}`, {
    pack_id: text,
    version: text,
    state: 'pending',
    pending_hash: HASH_B,
    decided_by: text,
  });

const runWith = (text: string) =>
  runDetail('run_0', {
    action_id: text,
    pack_id: text,
    runner_name: text,
    requested_by: text,
    reason: text,
    args: { [text]: text },
    explanation: text,
    cause: text,
    cancel_reason: text,
    executed_command: text,
    status: 'error',
  });

const spoofs = [
  'untrusted\rtrusted',
  'a\b\b\bb',
  '\u0007bell',
  'tab\there',
  'line\nforged ● online',
  '\u001b[2J\u001b[Hgone',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007',
  '\u001b[8mhidden\u001b[28m',
  '\u009b31mred',
  'abc\u202egnp.exe',
  '\u2066isolate\u2069',
  'zero\u200bwidth\ufeff',
];
/** What the program itself sends: moves, colours, modes. Everything else of that kind would be a stranger's. */
const own = /\u001b\[(?:\?\d+[hl]|[\d;]*[mABCDEFGHJK])|\u001b\[\d+;\d+t|\n/g;
const hostile = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

test.each([...places, ...mixedPlaces])('T17: nothing that a stranger wrote acts on %s', async (place) => {
  await using plane = await startControlPlane();
  serveTexts(plane, spoofs);
  await using screen = openScreen(plane.url, place, { columns: 200, rows: 60 });
  await screen.shows(/● live/);
  await screen.shows(/trusted/);
  expect(screen.written().replaceAll(own, '')).not.toMatch(hostile);
  // Colours are the program's: concealing is none of them.
  expect(screen.written()).not.toMatch(/\u001b\[8m/);
});

const wide = ['漢字のホスト名', '👩‍👩‍👧‍👦 family 🚀', 'e\u0301a\u0308o\u0302 combined', 'ﷺ مرحبا', '🇩🇪🇫🇷', 'x'];

test.each(places)('T27: on %s every line fits and columns begin where their titles do', async (place) => {
  for (const columns of [60, 80, 200]) {
    await using plane = await startControlPlane();
    serveTexts(plane, wide);
    await using screen = openScreen(plane.url, place, { columns, rows: 40 });
    await screen.shows(/● live/);
    const lines = (await screen.shows(/漢/)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expectStraight(lines);
  }
});

/** Below a line of titles, the cell before each title is blank in every row. */
function expectStraight(lines: readonly string[]): void {
  const at = lines.findIndex((line) => /(?:NAME|PACK|WHEN|STATE) {2,}/.test(line));
  if (at < 0) return;
  const titles = [...(lines[at] ?? '').matchAll(/[A-Z]+(?: [A-Z]+)*[↓↑]?/g)].map((match) => match.index);
  for (const row of lines.slice(at + 1, at + 1 + wide.length)) {
    for (const start of titles) {
      const before = cellsBefore(row, start);
      expect(before ?? ' ', lines.join('\n')).toMatch(/ $/);
    }
  }
}

/** The text that takes exactly the first `cells` cells, or null when the row is shorter or a character straddles. */
function cellsBefore(row: string, cells: number): string | null {
  let out = '';
  for (const { segment } of new Intl.Segmenter('en').segment(row)) {
    if (stringWidth(out) >= cells) break;
    out += segment;
  }
  if (stringWidth(out) < cells) return null;
  return stringWidth(out) === cells ? out : 'straddles';
}
