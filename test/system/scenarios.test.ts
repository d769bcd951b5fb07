// What an operator does in a day, on the built console with a real control plane and real hosts, and how many
// keys it takes from the Fleet screen; names and reasons are not counted.
import { readdirSync, readFileSync, rmSync, statSync, mkdtempSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { writePack } from '../support/pack-builder.ts';
import { childrenOf } from '../support/processes.ts';
import { repository, runBin, type Program } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { typistAt } from '../support/typist.ts';
import { until } from '../support/until.ts';
import { connect, type WireRunner } from '../support/wire-runner.ts';

const disk = '#!/bin/sh\necho "/dev/sda1 62% /"\necho "df: /mnt/data: Input/output error" >&2\nexit 1\n';
const slow = '#!/bin/sh\ni=0\nwhile [ $i -lt 400 ]; do i=$((i+1)); echo "step $i"; sleep 0.05; done\n';
const pack = {
  actions: [
    { name: 'disk', script: disk },
    { name: 'slow', script: slow, timeout: '60s' },
  ],
};

let fleet: SystemFleet;
let folder = '';
let host: Program;
const strangers: WireRunner[] = [];
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-scenarios-'));
  host = fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  const { code, stderr } = await runBin('emisar-console', ['login', '--url', fleet.url, '--token-stdin'], {
    env: { EMISAR_CONFIG_DIR: folder },
    input: `${fleet.token}\n`,
  });
  if (code !== 0) throw new Error(stderr);
  await trustWhatWaits();
});
afterAll(async () => {
  for (const stranger of strangers) stranger[Symbol.dispose]();
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function trustWhatWaits(): Promise<void> {
  await fleet.whenRunner((each) => each.packs_pending === 1);
  const { items } = await fleet.api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash: hash } of items) {
    if (hash !== null)
      await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: hash } });
  }
}

async function openFleet(cwd = folder): Promise<Pty> {
  const screen = startPty(process.execPath, [join(repository, 'bin/emisar-console.js')], {
    cwd,
    env: { EMISAR_CONFIG_DIR: folder },
  });
  await screen.shows(/● live/);
  await screen.shows(new RegExp(`${hostname()} +● online`));
  await screen.shows(/a act/);
  return screen;
}

async function stateOf(name: string): Promise<string | undefined> {
  const { items } = await fleet.api.call(listRunners, { query: { limit: 100 } });
  return items.find((each) => each.name === name)?.state;
}

/** A host by its own hand, as an installer brings it online. */
async function enroll(name: string, key: string): Promise<WireRunner> {
  const response = await fetch(`${fleet.url}/runner/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: name, hostname: name }),
  });
  const { token } = (await response.json()) as { token: string };
  const runner = await connect(fleet.url, token);
  strangers.push(runner);
  runner.sendState({ hostname: name });
  await until(`${name} is online`, async () => (await stateOf(name)) === 'online');
  return runner;
}

async function comeAndGo(name: string): Promise<void> {
  const runner = await enroll(name, await fleet.mintKey());
  runner.socket.terminate();
  await until(`${name} is offline`, async () => (await stateOf(name)) === 'offline');
}

test('what has been offline longest, and why: 4 keys at most', async () => {
  await comeAndGo('gone-first');
  await using screen = await openFleet();
  await screen.shows(/gone-first +○ offline/);
  await comeAndGo('gone-later');
  await screen.shows(/gone-first +○ offline[^]*gone-later +○ offline/);
  const typist = typistAt(screen);
  await typist.press('g', /gone-first/);
  await typist.press(keys.enter, /▌ +gone-first/);
  await screen.shows(/Fleet › gone-first/);
  await screen.shows(/why +\S+/);
  expect(typist.strokes()).toBeLessThanOrEqual(4);
});

test('what changed in a pack that waits, and trusting it: 6 keys at most', async () => {
  const { actions } = pack;
  writePack(fleet.packFolder('host'), { actions: [...actions, { name: 'more', command: ['true'] }] });
  host.signal('SIGHUP');
  await fleet.whenRunner((each) => each.packs_pending === 1);
  await using screen = await openFleet();
  const typist = typistAt(screen);
  await typist.press('2', /2 Packs ▲1/);
  await typist.press(keys.enter, /▌ +demo +1\.0\.0 +▲ drifted/);
  await screen.shows(/what changes[^]*\+ demo\.more/);
  await typist.press('a', /a act/);
  await typist.press('t', /Trust…/);
  await typist.pressIn(/╭ Trust demo 1\.0\.0 on 127\.0\.0\.1/, keys.tab);
  await typist.press(keys.enter, /▌ Trust/);
  await screen.shows(/is trusted/);
  await fleet.whenRunner((each) => each.packs_pending === 0);
  expect(typist.strokes()).toBeLessThanOrEqual(6);
});

test('an action on a host with a reason, and what it printed as it failed: 12 keys at most', async () => {
  await using screen = await openFleet();
  const typist = typistAt(screen);
  await typist.press('/', /a act/);
  typist.write(hostname());
  await typist.press(keys.enter, /1 of \d/);
  await typist.press('r', new RegExp(`▌ +${hostname()}`));
  await typist.press('/', /demo\.disk/);
  typist.write('disk');
  await typist.press(keys.enter, /\/disk/);
  await typist.press(keys.enter, /▌.*demo\.disk/);
  await screen.shows(/▌ reason/);
  typist.write('nightly disk check');
  await typist.press(keys.enter, /nightly disk check/);
  await typist.press(keys.enter, /▌ +Run demo\.disk/);
  await screen.shows(/Runs › demo\.disk on .*✗ failed/);
  await screen.shows(/why +“nightly disk check” +by owner/);
  await screen.shows(/\/dev\/sda1 62% \/[^]*▏ df: \/mnt\/data: Input\/output error/);
  await typist.press('v', /stdout \+ stderr/);
  await typist.press('v', /── stdout ─/);
  await screen.shows(/── stderr/);
  await screen.hides(/sda1/);
  expect(typist.strokes()).toBeLessThanOrEqual(12);
  // Behind it the list of runs tells the same.
  screen.type(`:runs status:failed${keys.enter}`);
  await screen.shows(/✗ failed +demo\.disk +\S+ +owner/);
});

test('an action on a group, and only what failed of it: 12 keys at most', async () => {
  await using screen = await openFleet();
  const typist = typistAt(screen);
  await typist.press('t', /a act/);
  await screen.shows(/▌▾ test/);
  await typist.press('r', /▾ test +\d+ runner/);
  await screen.shows(/new run on group test/);
  await typist.press('/', /demo\.disk/);
  typist.write('disk');
  await typist.press(keys.enter, /\/disk/);
  await typist.press(keys.enter, /▌.*demo\.disk/);
  await screen.shows(/▌ reason/);
  typist.write('nightly disk check');
  await typist.press(keys.enter, /nightly disk check/);
  await typist.press(keys.enter, /▌ at once/);
  await typist.press(keys.enter, /▌ stop after/);
  await typist.press(keys.enter, /▌ +Run demo\.disk on group test/);
  await screen.shows(/Runs › demo\.disk on \d runners? +1 failed/);
  await typist.press('f', /same answers together/);
  await screen.shows(/failures only[^]*✗ \S+ +exit 1 +df: /);
  await typist.press(keys.enter, /▌/);
  await screen.shows(/▏ df: \/mnt\/data: Input\/output error/);
  expect(typist.strokes()).toBeLessThanOrEqual(12);
});

test('keys for ten pasted hosts as cloud-init, written to files for this user alone: 10 keys at most', async () => {
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  await using screen = await openFleet(cwd);
  const hosts = Array.from({ length: 10 }, (_, index) => `cass-prod-${10 + index}`);
  const typist = typistAt(screen);
  await typist.press('n', /n connect a runner|a act/);
  await screen.shows(/▌ hosts/);
  typist.write(keys.paste(hosts.join('\n')));
  await screen.shows(/Mint 10 keys, one a host/);
  await typist.press(keys.tab, /▌ hosts/);
  await typist.press('c', /▌ form/);
  await typist.press(keys.up, /‹ cloud-init ›/);
  await typist.press(keys.up, /▌ hosts/);
  await typist.press(keys.enter, /▌ +Mint 10 keys/);
  await screen.shows(/cass-prod-10 +emkey-auth-[^]*as cloud-init/);
  await typist.press('w', /! shown here only/);
  await screen.shows(/✓ Wrote 10 keys as cloud-init to/);
  expect(typist.strokes()).toBeLessThanOrEqual(10);
  const written = join(cwd, 'emisar-keys');
  expect(readdirSync(written).sort()).toEqual(hosts.map((host) => `${host}.user-data.yaml`));
  const secrets = hosts.map((host) => {
    const file = join(written, `${host}.user-data.yaml`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { write_files: files } = parse(readFileSync(file, 'utf8')) as {
      write_files: { content: string }[];
    };
    const [, secret = ''] = /^EMISAR_AUTH_KEY="(emkey-auth-[\w-]{43})"$/m.exec(files[0]?.content ?? '') ?? [];
    return secret;
  });
  expect(new Set(secrets).size).toBe(10);
  // One of them is used by its host, and the screen says who is still awaited.
  await enroll('cass-prod-10', secrets[0] ?? '');
  await screen.shows(/cass-prod-10[^\n]*● online +as cass-prod-10/);
  await screen.shows(/1 of 10 hosts arrived · waiting for cass-prod-11, /);
  // Leaving asks nothing more, and the secrets are gone from the screen.
  screen.type('q');
  await screen.hides(/emkey-auth-[\w-]{20}/);
  screen.type(`:keys cass${keys.enter}`);
  await screen.shows(/◌ waiting +cass-prod-1\d/);
});

test('connecting a host: the line is copied, and the screen waits until that very host is online', async () => {
  await using screen = await openFleet();
  const typist = typistAt(screen);
  await typist.press('n', /a act/);
  await typist.press(keys.up, /▌ hosts/);
  await typist.press(keys.enter, /▌ +Mint 1 key/);
  await typist.press('y', /◌ waiting/);
  await screen.shows(/✓ kept/);
  const [, copied = ''] = /\u001b\]52;c;([^\u0007]*)\u0007/.exec(screen.raw()) ?? [];
  const [, key = ''] = /EMISAR_AUTH_KEY=(\S+)/.exec(Buffer.from(copied, 'base64').toString()) ?? [];
  await enroll('newcomer', key);
  await screen.shows(/● online +as newcomer/);
  // That key is spent; another one is taken back before anybody used it.
  await fleet.mintKey({ description: 'spare' });
  screen.type(`:keys${keys.enter}`);
  await screen.shows(/✓ used/);
  screen.type(`/spare${keys.enter}`);
  await typist.press('a', /1 of \d+[^]*▌ +◌ waiting/);
  await typist.press('x', /Revoke…/);
  await typist.pressIn(/╭ Revoke emkey-auth-/, keys.right);
  await typist.press(keys.enter, /▌ Revoke/);
  await screen.shows(/▌ +✗ revoked/);
});

test('a run is followed, paused, and stopped with its whole process group', async () => {
  // The runner has a helper of its own.
  const before = childrenOf(host.pid).length;
  const { runId } = await fleet.start('demo.slow');
  await until('it runs', () => childrenOf(host.pid).length > before);
  await using screen = await openFleet();
  screen.type(`:run ${runId}${keys.enter}`);
  await screen.shows(/● following[^]*step \d+/);
  screen.type('k');
  await screen.shows(/paused · \d+ new lines?/);
  screen.type('G');
  await screen.shows(/● following/);
  const typist = typistAt(screen);
  await typist.press('a', /a act/);
  await typist.press('c', /Cancel|Stop/);
  await typist.pressIn(/╭ Stop demo\.slow/, keys.right);
  await typist.press(keys.enter, /▌ Stop the run/);
  await screen.shows(/– cancelled/);
  expect((await fleet.run(runId ?? '')).status).toBe('cancelled');
  await until('nothing of it is left', () => childrenOf(host.pid).length === before);
});

// The last one: afterwards this host is gone for good.
test('a host is contained: held, then its token revoked: 8 keys at most', async () => {
  await using screen = await openFleet();
  const typist = typistAt(screen);
  await typist.press('/', /a act/);
  typist.write(hostname());
  await typist.press(keys.enter, /1 of \d/);
  await typist.press('a', new RegExp(`▌ +${hostname()}`));
  await typist.press('h', /h +Hold/);
  await screen.shows(/■ held/);
  await typist.press('a', new RegExp(`▌ +${hostname()}`));
  await typist.press('t', /Revoke token…/);
  await typist.pressIn(/╭ Revoke token .* on 127\.0\.0\.1/, '');
  typist.write(hostname());
  await typist.press(keys.enter, new RegExp(`${hostname()} +✓`));
  await screen.shows(/✗ revoked/);
  expect(await host.ended).toBe(1);
  expect(typist.strokes()).toBeLessThanOrEqual(8);
});
