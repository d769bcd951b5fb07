// When the console calls somebody who looks elsewhere, and when it keeps quiet.
import { expect, test } from 'vitest';
import { getMe } from '../../../src/protocol/api/session.ts';
import { permissionsOf, type Role } from '../../../src/protocol/permission.ts';
import type { BellWay } from '../../../src/console/console-settings.ts';
import { COOL_DOWN_MS } from '../../../src/console/store/attention.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { approval } from '../support/decision-rows.ts';
import { keys, openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { HASH_A, HASH_B, packVersion, run } from '../support/rows.ts';
import { serveTopics, type ServedTopics } from '../support/served-topics.ts';

interface Opened extends AsyncDisposable {
  readonly screen: OpenedConsole;
  readonly served: ServedTopics;
  readonly calls: [BellWay, string][];
  readonly titles: string[];
}

const waiting = packVersion('pkv_1', { pack_id: 'nginx', state: 'pending', pending_hash: HASH_A });
const asked = approval('apr_1', { requested_by: 'noor' });

async function open(plane: ControlPlane, role: Role = 'owner', name = 'acme'): Promise<Opened> {
  const served = serveTopics(plane, { packs: [waiting], approvals: [asked] }, role);
  const { answer } = plane;
  const member = { id: 'mem_1', name: 'mara', role };
  answer(getMe, () => ({
    server: { product: 'emisar-cloud' as const, version: '1' },
    account: { id: 'acc_1', name },
    member,
    token: { id: 'tok_1', name: 'laptop', expires_at: null },
    permissions: permissionsOf(role),
  }));
  const calls: [BellWay, string][] = [];
  const titles: string[] = [];
  const screen = openScreen(plane.url, ':fleet', {
    call: (way, text) => void calls.push([way, text]),
    setTitle: (title) => void titles.push(title),
  });
  await screen.shows(/2 Packs ▲1 [^]*4 Approvals ▲1/);
  return { screen, served, calls, titles, [Symbol.asyncDispose]: () => screen[Symbol.asyncDispose]() };
}

const requested = (id: string, by: string, change: Parameters<typeof approval>[1] = {}) =>
  ({ type: 'approval.requested', approval: approval(id, { requested_by: by, ...change }) }) as const;

test('what was there at the start calls nobody; what is new calls once a kind in half a minute', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane);
  const { screen, served, calls } = opened;
  expect(calls).toEqual([]);
  await served.tell('approvals', requested('apr_2', 'noor'));
  await screen.shows(/4 Approvals ▲2[^]*! noor asks for linux.systemctl_restart on \S+ +:approvals/);
  expect(calls).toEqual([
    ['bell', expect.stringMatching(/^emisar: noor asks for linux.systemctl_restart on /)],
  ]);
  await served.tell('approvals', requested('apr_3', 'noor'));
  await screen.shows(/4 Approvals ▲3/);
  expect(calls).toHaveLength(1);
  // Another kind has a time of its own.
  const moved = packVersion('pkv_1', { ...waiting, pending_hash: HASH_B });
  await served.tell('packs', { type: 'pack_version.changed', pack_version: moved });
  await screen.shows(/! nginx \S+ waits for a decision +:packs/);
  expect(calls).toHaveLength(2);
  screen.pass(COOL_DOWN_MS);
  await served.tell('approvals', requested('apr_4', 'noor'));
  await screen.shows(/4 Approvals ▲4/);
  expect(calls).toHaveLength(3);
});

test('a failed run calls who started it, once, and nobody else', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane, 'operator');
  const { screen, served, calls } = opened;
  const finished = (id: string, change: Parameters<typeof run>[1]) =>
    ({ type: 'run.finished', run: run(id, change) }) as const;
  await served.tell('runs', finished('run_5', { status: 'failed', requested_by: 'noor' }));
  await served.tell('runs', finished('run_6', { status: 'failed', requested_by: 'mara', source: 'agent' }));
  await served.tell('runs', finished('run_7', { status: 'success', requested_by: 'mara' }));
  await served.tell('runs', finished('run_8', { status: 'timed_out', requested_by: 'mara' }));
  await screen.shows(/✗ linux.uptime on \S+ failed +:run run_8/);
  screen.pass(COOL_DOWN_MS);
  // The same ending told again is no news.
  await served.tell('runs', finished('run_8', { status: 'timed_out', requested_by: 'mara' }));
  await served.tell('approvals', requested('apr_9', 'noor'));
  await screen.shows(/4 Approvals ▲2/);
  expect(calls.map(([, text]) => text)).toEqual([
    expect.stringContaining('failed'),
    expect.stringContaining('noor asks for'),
  ]);
});

test('nobody is called for what they may not decide, or asked for themselves', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane, 'operator');
  const { screen, served, calls } = opened;
  await served.tell('approvals', requested('apr_2', 'mara'));
  const other = packVersion('pkv_2', { state: 'pending', pending_hash: HASH_B });
  await served.tell('packs', { type: 'pack_version.changed', pack_version: other });
  await screen.shows(/2 Packs ▲2 [^]*4 Approvals ▲2/);
  expect(calls).toEqual([]);
});

test('after a resync what is there calls nobody; what comes then does', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane);
  const { screen, served, calls } = opened;
  served.rows.approvals.push(approval('apr_2', { requested_by: 'noor' }));
  screen.type('\u0012');
  await screen.shows(/4 Approvals ▲2/);
  expect(calls).toEqual([]);
  await served.tell('approvals', requested('apr_3', 'noor'));
  await screen.shows(/4 Approvals ▲3/);
  expect(calls).toHaveLength(1);
});

test('the bell is off, rings, or is a notification, as it is set; text from hosts stays text', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane);
  const { screen, served, calls } = opened;
  screen.type(`:bell off${keys.enter}`);
  await screen.shows(/bell is off/);
  await served.tell('approvals', requested('apr_2', 'noor'));
  await screen.shows(/4 Approvals ▲2/);
  expect(calls).toEqual([]);
  screen.type(`:bell notify${keys.enter}`);
  await screen.shows(/bell is notify/);
  await served.tell('approvals', requested('apr_3', 'noor', { runner_name: 'a\u0007\u001b]0;x' }));
  await screen.shows(/4 Approvals ▲3/);
  expect(calls).toEqual([['notify', 'emisar: noor asks for linux.systemctl_restart on a␇␛]0;x']]);
});

test('T17: the window is named after what waits and the account, whatever the account is called', async () => {
  await using plane = await startControlPlane();
  await using opened = await open(plane, 'owner', 'ac\u0007me\u001b[2J');
  expect(opened.titles.at(-1)).toBe('emisar ▲2 ac␇me␛[2J');
});
