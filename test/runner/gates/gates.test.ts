// What is refused before anything runs, in which order, and what the journal says of it.
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPacks } from '../../../src/packs/load.ts';
import { compileAdmission, compileGlob, isAdmitted } from '../../../src/runner/gates/admission.ts';
import { inheritEnvFault } from '../../../src/runner/execution/environment.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { startFixture, type Fixture } from '../execution/engine-fixture.ts';

const ping = { name: 'ping', command: ['echo', 'pong'] } as const;
const touch = {
  name: 'touch',
  script: 'touch "$1"',
  argv: ['{{ args.file }}'],
  args: [{ name: 'file', type: 'path', required: true }],
};

async function lastEvent(fixture: Fixture): Promise<unknown> {
  return fixture.events().at(-1);
}

test.each([
  ['pack.yaml', (folder: string) => appendFileSync(join(folder, 'pack.yaml'), '\n')],
  ['an action file', (folder: string) => appendFileSync(join(folder, 'actions/touch.yaml'), '\n')],
  ['a script', (folder: string) => appendFileSync(join(folder, 'scripts/touch.sh'), '# x\n')],
  ['a missing file', (folder: string) => rmSync(join(folder, 'scripts/touch.sh'))],
])('GA1: %s changed on disk after loading is refused for every action of the pack', async (_what, tamper) => {
  await using fixture = await startFixture([ping, touch]);
  tamper(fixture.packFolder);
  const run = fixture.start('ping');
  expect(await run.outcome).toMatchObject({
    status: 'pack_hash_mismatch',
    exit_code: -1,
    event_id: expect.any(String),
  });
  expect(run.isStarted()).toBe(false);
  expect(await lastEvent(fixture)).toMatchObject({
    event_type: 'dispatch_refused',
    request: { reason: 'test' },
  });
});

test('GA1: without an expected hash, with another one, or with a wrong reference nothing runs', async () => {
  await using fixture = await startFixture([ping]);
  const hash = fixture.engine.loaded().packs[0]?.hash ?? '';
  const { expectedPackHash: _hash, ...unbound } = fixture.facts('ping');
  const statuses = [];
  for (const facts of [
    unbound,
    fixture.facts('ping', { expectedPackHash: hash.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
    fixture.facts('ping', { packRef: `demo@1.0.1/${hash}` }),
    fixture.facts('ping', { packRef: `demo@1.0.0/${hash}` }),
  ]) {
    statuses.push((await fixture.engine.run(facts, { started: () => {}, output: () => {} }).outcome).status);
  }
  expect(statuses).toEqual(['pack_hash_mismatch', 'pack_hash_mismatch', 'pack_hash_mismatch', 'success']);
});

test('GA1: a pack edited and trusted again, but not reloaded, is refused until it is', async () => {
  await using fixture = await startFixture([ping]);
  const file = join(fixture.packFolder, 'actions/ping.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('pong', 'other'));
  const reloaded = loadPacks([join(fixture.folder, 'packs')]);
  const expectedPackHash = reloaded.packs[0]?.hash ?? '';
  expect(await fixture.start('ping', { expectedPackHash }).outcome).toMatchObject({
    status: 'pack_hash_mismatch',
  });
  fixture.engine.replacePacks(reloaded);
  const run = fixture.start('ping', { expectedPackHash });
  expect(await run.outcome).toMatchObject({ status: 'success' });
  expect(run.text()).toBe('other\n');
});

test('C32: a script replaced between the gate and the start does not run', async () => {
  let packFolder = '';
  const journal = {
    // The moment after the gates: the start is being recorded.
    append: async () => writeFileSync(join(packFolder, 'scripts/touch.sh'), 'echo evil'),
    close: async () => {},
  };
  await using fixture = await startFixture([touch], { journal });
  packFolder = fixture.packFolder;
  const run = fixture.start('touch', { argsText: '{"file":"/tmp/x"}' });
  expect(await run.outcome).toMatchObject({
    status: 'error',
    exit_code: -1,
    error: expect.stringContaining('changed'),
  });
  expect([run.text(), run.isStarted()]).toEqual(['', false]);
});

test('GA2: trust is judged before admission, admission before reason, reason before arguments', async () => {
  const args = [{ name: 'n', type: 'integer', required: true }];
  const actions = [
    { ...ping, args },
    { name: 'risky', command: ['true'] as const, risk: 'high' as const },
  ];
  await using fixture = await startFixture(actions, {
    admission: { allow: [], deny: ['*.denied'], maxRisk: 'medium' },
  });
  const status = async (name: string, changes = {}) => (await fixture.start(name, changes).outcome).status;
  expect(await status('risky', { expectedPackHash: 'sha256:0', reason: '' })).toBe('pack_hash_mismatch');
  expect(await status('risky', { reason: '' })).toBe('blocked_by_admission');
  expect(await lastEvent(fixture)).toMatchObject({
    event_type: 'action_blocked_by_admission',
    pack_id: 'demo',
  });
  expect(await status('denied')).toBe('blocked_by_admission');
  expect(await status('absent')).toBe('unknown_action');
  expect(await fixture.start('ping', { reason: ' \n' }).outcome).toMatchObject({
    status: 'validation_failed',
    reason: 'reason required',
  });
  expect(await fixture.start('ping').outcome).toMatchObject({
    status: 'validation_failed',
    reason: 'argument n: is required',
  });
  expect(await lastEvent(fixture)).toMatchObject({ event_type: 'validation_failed' });
  expect(JSON.stringify(fixture.events())).not.toContain('execution_started');
});

test("GA3: a path argument may not reach the runner's own directories, by any spelling or link", async () => {
  using roots = temporaryFolder();
  const root = join(roots.path, 'emisar');
  mkdirSync(root);
  await using fixture = await startFixture([touch], { protectedRoots: [root, '/'] });
  const link = join(fixture.folder, 'link');
  mkdirSync(join(fixture.folder, 'own'));
  symlinkSync(root, link);
  for (const file of [
    `${root}/token`,
    `/etc/..${root}`,
    `${root.slice(1)}/x`,
    `${link}/token`,
    `${link}/new/x`,
  ]) {
    const outcome = await fixture.start('touch', { argsText: JSON.stringify({ file }) }).outcome;
    expect([file, outcome.status]).toEqual([file, 'validation_failed']);
  }
  const fine = await fixture.start('touch', {
    argsText: JSON.stringify({ file: join(fixture.folder, 'own/x') }),
  }).outcome;
  expect(fine.status).toBe('success');
});

test('GA4: a local run is not bound to a pack hash, and its caller is empty', async () => {
  await using fixture = await startFixture([ping]);
  const { expectedPackHash: _hash, ...facts } = fixture.facts('ping', { requestId: '' });
  expect(await fixture.engine.run(facts, { started: () => {}, output: () => {} }).outcome).toMatchObject({
    status: 'success',
  });
  expect(await lastEvent(fixture)).toMatchObject({ caller: {} });
});

test('JR9: when the start cannot be recorded nothing runs', async () => {
  const journal = { append: () => Promise.reject(new Error('disk full')), close: async () => {} };
  await using fixture = await startFixture([ping], { journal });
  const run = fixture.start('ping');
  expect(await run.outcome).toMatchObject({ status: 'error', exit_code: -1, local_audit_failed: true });
  expect([run.isStarted(), run.text()]).toEqual([false, '']);
  expect(await fixture.engine.refuse(fixture.facts('ping'), 'why')).toBeNull();
});

test('C28: when only the end cannot be recorded the outcome stands and says so', async () => {
  let count = 0;
  const journal = {
    append: () => ((count += 1) > 1 ? Promise.reject(new Error('disk full')) : Promise.resolve()),
    close: async () => {},
  };
  await using fixture = await startFixture([ping], { journal });
  const outcome = await fixture.start('ping').outcome;
  expect(outcome).toMatchObject({ status: 'success', exit_code: 0, local_audit_failed: true });
  expect(outcome.event_id).toBeUndefined();
});

test('GA4: a refusal by the link is journalled with its reason and without arguments', async () => {
  await using fixture = await startFixture([ping]);
  const facts = fixture.facts('ping', { argsText: '{"x":"secret"}' });
  const id = await fixture.engine.refuse(facts, 'dispatch id conflict');
  expect(await lastEvent(fixture)).toEqual({
    event_id: id,
    time: expect.any(String),
    event_type: 'dispatch_refused',
    group: 'web',
    runner_id: 'web-01',
    caller: { control_plane_request_id: facts.requestId },
    action_id: 'demo.ping',
    request: { reason: 'test' },
    error: 'dispatch id conflict',
  });
});

test.each([
  ['linux.*', 'linux.disk.usage', true],
  ['linux.?f', 'linux.df', true],
  ['linux.[a-d]f', 'linux.df', true],
  ['linux.[^a-d]f', 'linux.df', false],
  ['linux.df', 'linux.dfx', false],
  ['linux.\\*', 'linux.x', false],
  ['a.b', 'axb', false],
  ['*', 'anything.at_all', true],
  ['l(i|n)+*', 'linux.df', false],
])('GA5: the glob %s on %s gives %s', (glob, id, expected) => {
  expect(compileGlob(glob, 'admission.allow')(id)).toBe(expected);
});

test.each(['', '[', 'a[', 'a[]', 'a[z-a]', 'a\\', 'a[b-]'])('GA5: the glob %j refuses the start', (glob) => {
  expect(() => compileAdmission({ allow: [glob], deny: [] })).toThrow(/admission\.allow/);
});

test('GA5: deny wins over allow, and the risk ceiling over both', () => {
  const admission = compileAdmission({ allow: ['linux.*'], deny: ['linux.df'], maxRisk: 'medium' });
  const admitted = [
    ['linux.df', 'low'],
    ['linux.ps', 'medium'],
    ['linux.kill', 'high'],
    ['redis.info', 'low'],
  ] as const;
  expect(admitted.map(([id, risk]) => isAdmitted(admission, { id, risk }))).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test.each(['EMISAR_AUTH_KEY', 'EMISAR_X', 'NODE_OPTIONS', 'LD_PRELOAD', 'DYLD_X', 'BASH_ENV', '', 'A=B'])(
  'EX1: the variable %j may not be inherited',
  (name) => {
    expect(inheritEnvFault(name)).not.toBeNull();
    expect(inheritEnvFault('PGHOST')).toBeNull();
  },
);
