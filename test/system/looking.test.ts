// Looking as another member, with the real programs: their reach alone, no change, and back to where one was.
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noAccess, type Access } from '../../src/protocol/access.ts';
import { acceptInvitation, inviteMember } from '../../src/protocol/api/members.ts';
import { repository, runBin } from '../support/program.ts';
import { keys, startPty } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';

let fleet: SystemFleet;
let folder = '';
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-looking-'));
  fleet.startRunner('host', { key: await fleet.mintKey() });
  await fleet.whenRunner(({ state }) => state === 'online');
  const onTest: Access = { ...noAccess, runner_access: 'restricted', runner_selectors: ['group:test'] };
  for (const [name, access] of [
    ['noor', noAccess],
    ['ada', onTest],
  ] as const) {
    const body = { name, role: 'operator', access } as const;
    const { code } = await fleet.api.call(inviteMember, { body });
    await fleet.api.call(acceptInvitation, { body: { code } });
  }
  const words = ['login', '--url', fleet.url, '--token-stdin'];
  const env = { EMISAR_CONFIG_DIR: folder };
  const { code, stderr } = await runBin('emisar-console', words, { env, input: `${fleet.token}\n` });
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function open(...words: string[]) {
  const env = { EMISAR_CONFIG_DIR: folder };
  return startPty(process.execPath, [join(repository, 'bin/emisar-console.js'), ...words], {
    columns: 80,
    rows: 24,
    env,
  });
}

test('a member who reaches nothing sees nothing; one who reaches the host sees it and may change nothing', async () => {
  await using screen = open(':fleet');
  await screen.shows(new RegExp(`${hostname().slice(0, 10)}[^]*● online[^]*a act`));
  screen.type(`:as nobody${keys.enter}`);
  await screen.shows(/Cannot find this member/);
  screen.type(`:as noor${keys.enter}`);
  await screen.shows(/as noor sees it[^]*read-only[^]*No runner yet/);
  screen.type(`:as ada${keys.enter}`);
  await screen.shows(/as ada sees it[^]*● online/);
  expect(screen.screen()).not.toMatch(/a act|r run/);
  screen.type(keys.escape);
  await screen.shows(/owner@emisar[^]*● online[^]*a act/);
  expect(screen.screen()).not.toMatch(/sees it/);
  screen.type(keys.ctrlC);
  expect((await screen.ended).exitCode).toBe(0);
});

test('the shell opens it; an unknown member is refused before anything is shown', async () => {
  await using screen = open('--as', 'noor', ':runs');
  await screen.shows(/as noor sees it[^]*Runs/);
  await using wrong = open('--as', 'nobody');
  expect((await wrong.ended).exitCode).toBe(4);
  expect(wrong.raw()).toMatch(/Cannot find this member/);
});
