// The account's own screens with the real programs: what waits, the rules, actions, tokens, devices and grants.
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listGrants } from '../../src/protocol/api/grants.ts';
import { inviteMember, listMembers } from '../../src/protocol/api/members.ts';
import { resolvePolicy } from '../../src/protocol/api/policy.ts';
import { getMe } from '../../src/protocol/api/session.ts';
import { createApi } from '../../src/console/client/api.ts';
import { repository, runBin, startBin } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { trustPending } from '../support/trust-pending.ts';
import { typistAt } from '../support/typist.ts';

const pack = {
  actions: [
    { name: 'restart', command: ['true'] as const, risk: 'high' as const },
    { name: 'broken', command: ['false'] as const },
  ],
};

let fleet: SystemFleet;
let folder = '';
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-account-'));
  fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await fleet.whenRunner(({ packs_pending: waiting }) => waiting === 1);
  await trustPending(fleet.api);
  const words = ['login', '--url', fleet.url, '--token-stdin'];
  const env = { EMISAR_CONFIG_DIR: folder };
  const { code, stderr } = await runBin('emisar-console', words, { env, input: `${fleet.token}\n` });
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(place: string): Pty {
  return startPty(process.execPath, [join(repository, 'bin/emisar-console.js'), place], {
    columns: 80,
    rows: 24,
    env: { EMISAR_CONFIG_DIR: folder },
  });
}

test('the dashboard shows what waits and what failed; an approval there leaves a grant, which is ended in Grants', async () => {
  const failed = await fleet.start('demo.broken');
  await fleet.whenFinished(failed.runId ?? '');
  await fleet.start('demo.restart');
  await using screen = open(':dashboard');
  const typist = typistAt(screen);
  await screen.shows(/▲ approval +demo\.restart on[^]*✗ failed +demo\.broken on/);
  await typist.press('a', /a act/);
  await typist.press('g', /let it repeat…/);
  await screen.shows(/Approve and grant on 127\.0\.0\.1:\d+/);
  screen.type(keys.tab.repeat(5));
  await typist.press(keys.enter, /▌ +Approve and grant/);
  await screen.shows(/Approved: demo\.restart on/);
  await screen.hides(/▲ approval/);
  screen.type('9');
  await typist.press('g', /g +Grants +:grants/);
  await screen.shows(/Grants › no cap[^]*▌ +● stands +demo\.restart/);
  expect((await fleet.api.call(listGrants, { query: {} })).items).toMatchObject([
    { state: 'active', duration: '1h', args: {} },
  ]);
  await typist.press('a', /a act/);
  await typist.press('x', /x +Revoke…/);
  await typist.pressIn(/asks people again/, keys.right);
  screen.type(keys.enter);
  await screen.shows(/No grant stands/);
});

test('rules are changed as a draft, tried out, saved, and decide from then on', async () => {
  await using screen = open(':policy');
  const typist = typistAt(screen);
  await screen.shows(/known actions[^]*▌ +· low risk[^]*space next/);
  screen.type('jj ');
  await screen.shows(/draft +high risk: asks → denied/);
  await typist.press('a', /a act/);
  await typist.press('c', /What would change/);
  await screen.shows(/1 action of \d+ that runners here have[^]*demo\.restart {2}▲ asks → ✗ denied/);
  screen.type(keys.escape);
  await screen.hides(/╭/);
  screen.type('a');
  await typist.press('w', /Save these rules…/);
  await typist.pressIn(/▌ Cancel/, keys.right);
  screen.type(keys.enter);
  await screen.shows(/The rules of the account are at version 2/);
  const query = { runner: hostname(), action: 'demo.restart' };
  expect(await fleet.api.call(resolvePolicy, { query })).toMatchObject({ decision: 'deny', version: 2 });
  screen.type(`:action demo.restart${keys.enter}`);
  await screen.shows(/Actions › demo\.restart[^]*✗ denied/);
});

test('the catalogue is searched by words and leads to the form', async () => {
  await using screen = open(':actions');
  const typist = typistAt(screen);
  await screen.shows(/demo\.broken[^]*demo\.restart/);
  screen.type('/broken');
  await screen.hides(/demo\.restart/);
  screen.type(keys.enter);
  await typist.press(keys.enter, /▌ +· low +demo\.broken/);
  await screen.shows(/Actions › demo\.broken[^]*● ready +✓ allowed/);
  await typist.press('r', /r run/);
  await screen.shows(/new run › demo\.broken/);
});

test('a token is minted on screen and works; it is seen in the list', async () => {
  await using screen = open(':tokens mint');
  const typist = typistAt(screen);
  await screen.shows(/▌ name/);
  screen.type(`script${keys.tab.repeat(4)}`);
  await typist.press(keys.enter, /▌ +Mint the token/);
  const [secret = ''] = await screen.shows(/emop-[A-Za-z0-9_-]{43}/);
  const api = createApi({ url: fleet.url, token: secret });
  expect((await api.call(getMe)).token.name).toBe('script');
  await api.close();
  screen.type('y');
  await screen.shows(/nothing is lost/);
  screen.type(`:tokens${keys.enter}`);
  await screen.shows(/● in use here[^]*● active +script/);
  expect(screen.screen()).not.toContain(secret);
});

test('a device that waits is signed in by its code, typed on this console', async () => {
  const other = mkdtempSync(join(tmpdir(), 'emisar-device-'));
  try {
    await using device = startBin('emisar-console', ['login', '--url', fleet.url, '--device'], {
      env: { EMISAR_CONFIG_DIR: other },
    });
    const [code] = await device.says(/[B-Z]{4}-[B-Z]{4}/);
    await using screen = open(':devices');
    const typist = typistAt(screen);
    await screen.shows(new RegExp(`▌ +▲ waiting +${hostname().slice(0, 10)}[^]*127\\.0\\.0\\.1[^]*a act`));
    await typist.press(keys.enter, /⏎ open/);
    await typist.press('p', /Sign in as me…/);
    await screen.shows(/gets a token that speaks for you/);
    screen.type(`${code}${keys.enter}`);
    await screen.shows(/is signed in as you/);
    expect(await device.ended).toBe(0);
    await screen.shows(/No device waits/);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

test('who reaches what is a draft with its effect in sight; saved, it stands on record', async () => {
  await fleet.api.call(inviteMember, { body: { name: 'mara', role: 'operator' } });
  await using screen = open(':team');
  const typist = typistAt(screen);
  await typist.press(keys.enter, /▌ +mara +operator +◌ invited +none/);
  await typist.press('j', /Team › mara[^]*▌ \( \) every runner/);
  await typist.press('j', /▌ \(•\) no runner/);
  await typist.press(' ', /▌ \[ \] \S+ +group, 1 runner/);
  await screen.shows(/not saved[^]*draft +gains/);
  await typist.press('a', /a act/);
  await typist.press('w', /w +Save this access…/);
  await typist.pressIn(/▌ Cancel +Save/, keys.right);
  screen.type(keys.enter);
  await screen.hides(/not saved/);
  const { items } = await fleet.api.call(listMembers);
  expect(items.find(({ name }) => name === 'mara')?.access).toMatchObject({ runner_access: 'restricted' });
  screen.type(`:audit${keys.enter}`);
  await screen.shows(/membership\.runn\S+ +owner +mara/);
});

test('a fault leads to what it means and what to type, with one key', async () => {
  const failed = await fleet.start('demo.broken');
  await fleet.whenFinished(failed.runId ?? '');
  await using screen = open(`:run ${failed.runId}`);
  const typist = typistAt(screen);
  await typist.press('x', /✗ failed/);
  await screen.shows(/run\.failed[^]*non-zero|run\.failed[^]*exit/i);
});
