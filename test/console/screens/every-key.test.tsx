import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { getAction, listActions } from '../../../src/protocol/api/actions.ts';
import { listAuditEvents } from '../../../src/protocol/api/audit.ts';
import { listDevices } from '../../../src/protocol/api/devices.ts';
import { getGrantCap } from '../../../src/protocol/api/grants.ts';
import { getMember, listMembers } from '../../../src/protocol/api/members.ts';
import { getPackVersion } from '../../../src/protocol/api/packs.ts';
import { getPolicy } from '../../../src/protocol/api/policy.ts';
import { getRunner, listRunnerActions, type RunnerAction } from '../../../src/protocol/api/runners.ts';
import { getOperation, listAnswers, listRuns } from '../../../src/protocol/api/runs.ts';
import { commandIds, commands } from '../../../src/console/keymap/commands.ts';
import { startControlPlane, type Asked, type ControlPlane } from '../support/control-plane.ts';
import { grant } from '../support/decision-rows.ts';
import { descriptor } from '../support/descriptor.ts';
import { openScreen } from '../support/opened-console.tsx';
import { catalogueAction, device, policy } from '../support/account-rows.ts';
import {
  auditEvent,
  chunk,
  enrollmentKey,
  HASH_B,
  member,
  operation,
  operatorToken,
  packDetail,
  packVersion,
  run,
  runDetail,
  runner,
  runnerDetail,
} from '../support/rows.ts';
import { eventually } from '../support/eventually.ts';
import { toldMember, toldToken } from '../support/decision-rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const places = [
  ':fleet',
  ':runner rnr_1',
  ':packs',
  ':pack pkv_1',
  ':runs',
  ':run run_1',
  ':run on rnr_1',
  ':run on group:default',
  ':operation op_1',
  ':keys',
  ':audit',
  ':approvals',
  ':troubleshooting',
  ':team',
  ':member mem_2',
  ':dashboard',
  ':grants',
  ':oncall',
  ':actions',
  ':action x.y',
  ':policy',
  ':tokens',
  ':devices',
  ':profiles',
] as const;
const sequences: Record<string, string> = {
  enter: '\r',
  esc: '\u001b',
  space: ' ',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  up: '\u001b[A',
  down: '\u001b[B',
  pgup: '\u001b[5~',
  pgdn: '\u001b[6~',
  home: '\u001b[H',
  end: '\u001b[F',
};
const leaving = ['ctrl-c', 'ctrl-z', 'q', 'esc', ':', '?', '[', ']', 'enter', ...'123456789'];
const plainKeys = [...new Set(commandIds.flatMap((id) => commands[id].keys))].filter(
  (key) => !leaving.includes(key),
);

function serveAll(plane: ControlPlane): void {
  const waiting = packVersion('pkv_1', { state: 'pending', pending_hash: HASH_B });
  const open = new Map([
    ['run_1', { run: runDetail('run_1'), chunks: [chunk(1, 'hello\n')], moreBefore: false }],
  ]);
  serveTopics(plane, {
    members: [member('mem_1'), member('mem_2')].map(toldMember),
    tokens: [toldToken(operatorToken)],
    runners: [runner('rnr_1')],
    packs: [waiting],
    runs: [run('run_1')],
    keys: [enrollmentKey('key_1')],
    grants: [grant('grt_1')],
    events: [auditEvent(1)],
    open,
  });
  plane.answer(getPackVersion, () =>
    packDetail('pkv_1', { ...waiting, pending_actions: [descriptor('x.y')] }),
  );
  plane.answer(getRunner, () => runnerDetail('rnr_1'));
  plane.answer(listRuns, () => ({ items: [run('run_1')], next_cursor: null, total: 1 }));
  const offered: RunnerAction = {
    action: descriptor('x.y'),
    pack_version: '1',
    pack_hash: 'x',
    blocked_by: null,
    policy: 'allow',
  };
  plane.answer(getOperation, () => operation('op_1', [run('run_1', { status: 'failed', exit_code: 1 })]));
  plane.answer(listAnswers, () => ({ items: [{ run_id: 'run_1', digest: 'd', lines: ['no'] }] }));
  plane.answer(listMembers, () => ({ items: [member('mem_1', { you: true }), member('mem_2')] }));
  plane.answer(getMember, () => member('mem_2'));
  plane.answer(listAuditEvents, () => ({ items: [auditEvent(1)], next_cursor: null, total: 1 }));
  plane.answer(listActions, () => ({ items: [catalogueAction('x.y')], next_cursor: null, total: 1 }));
  plane.answer(getAction, () => ({
    ...catalogueAction('x.y'),
    contracts: [],
    runners: { items: [], next_cursor: null, total: 0 },
  }));
  plane.answer(getGrantCap, () => ({ max_seconds: null }));
  plane.answer(getPolicy, () => policy);
  plane.answer(listDevices, () => ({ items: [device] }));
  plane.answer(listRunnerActions, () => ({ items: [offered] }));
}

/** Trying rules out takes a body and stores nothing. */
const changesSomething = ({ method, path }: Asked) => method !== 'GET' && !path.endsWith('/policy/simulate');

const bytesOf = (key: string) =>
  sequences[key] ?? (key.startsWith('ctrl-') ? String.fromCharCode(key.charCodeAt(5) - 0x60) : key);

beforeEach(() => {
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(mkdtempSync(join(tmpdir(), 'emisar-every-key-')));
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => {
    cwd.mockRestore();
    write.mockRestore();
  };
});

async function pressAll(url: string, place: string, ready: RegExp): Promise<void> {
  await using screen = openScreen(url, place);
  await screen.shows(ready);
  if (ready.test('● live')) await screen.hides(/◌ Reading/);
  const crumb = () => screen.frame().split('\n')[2]?.slice(0, 24);
  const home = crumb();
  const isHome = () => crumb() === home && !/╭|^ [/:](?! go)/m.test(screen.frame());
  const drawnAfter = async (bytes: string) => {
    const before = screen.draws();
    screen.type(bytes);
    // Keys that change nothing to see draw nothing.
    await eventually(() => screen.draws() > before, 60).catch(() => {});
  };
  for (const key of plainKeys) {
    await drawnAfter(bytesOf(key));
    // Whatever the key opened is left again.
    while (!isHome()) await drawnAfter('\u001b');
  }
  // It still answers.
  screen.type(':');
  await screen.shows(/^ :(?! go)/m);
}

test.each(places)('T1, T30: no plain key on %s changes anything or breaks the screen', async (place) => {
  await using plane = await startControlPlane();
  serveAll(plane);
  await pressAll(plane.url, place, /● live/);
  expect(plane.asked.filter(changesSomething)).toEqual([]);
  expect(plane.asked.length).toBeGreaterThan(0);
});

test.each(places)('T30: every key on %s while there is nothing, or nothing can be read', async (place) => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  await pressAll(plane.url, place, /● live/);
  plane.refuseStream(503);
  await pressAll(plane.url, place, /◌ connecting/);
  expect(plane.asked.filter(changesSomething)).toEqual([]);
});
