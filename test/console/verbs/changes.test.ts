import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  listEnrollmentKeys,
  mintEnrollmentKeys,
  revokeEnrollmentKey,
} from '../../../src/protocol/api/enrollment-keys.ts';
import { getPackVersion, rejectPackVersion, trustPackVersion } from '../../../src/protocol/api/packs.ts';
import {
  deleteRunner,
  disableRunner,
  getRunner,
  revokeRunnerToken,
} from '../../../src/protocol/api/runners.ts';
import { cancelRun, getRun } from '../../../src/protocol/api/runs.ts';
import { listTokens, mintToken } from '../../../src/protocol/api/session.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import {
  enrollmentKey,
  hostSettings,
  HASH_A,
  HASH_B,
  operatorToken,
  packDetail,
  packVersion,
  runDetail,
  runner,
  runnerDetail,
} from '../support/rows.ts';
import { environment, verb } from '../support/verb-run.ts';

function answerAll(plane: ControlPlane, escalates = false): void {
  plane.answer(getRunner, () => runnerDetail('rnr_1', { name: 'web-1' }));
  plane.answer(disableRunner, () => runner('rnr_1', { name: 'web-1', state: 'disabled' }));
  plane.answer(revokeRunnerToken, () => runner('rnr_1', { name: 'web-1', state: 'revoked' }));
  plane.answer(deleteRunner, () => ({ deleted: true as const, id: 'rnr_1', name: 'web-1' }));
  plane.answer(listEnrollmentKeys, () => ({
    items: [enrollmentKey('key_1', { host: 'web-9' })],
    next_cursor: null,
    total: 1,
  }));
  plane.answer(revokeEnrollmentKey, () => enrollmentKey('key_1', { state: 'revoked' }));
  const change = {
    id: 'a.b',
    change: 'changed' as const,
    risk_before: 'low' as const,
    risk_after: 'high' as const,
    kind_before: 'exec' as const,
    kind_after: 'exec' as const,
    fields: ['risk'],
    escalates,
  };
  plane.answer(getPackVersion, () =>
    packDetail('pkv_1', { state: 'pending', pending_hash: HASH_B, changes: [change] }),
  );
  plane.answer(trustPackVersion, () => packVersion('pkv_1', { trusted_hash: HASH_B }));
  plane.answer(rejectPackVersion, () => packVersion('pkv_1', { trusted_hash: HASH_A }));
  plane.answer(getRun, () => runDetail('run_1'));
  plane.answer(cancelRun, () => runDetail('run_1', { status: 'cancelling' }));
}

const mutations = (plane: ControlPlane) =>
  plane.asked.filter(({ method }) => method !== 'GET').map(({ path }) => path);

const typed = '"linux-core v1.0.0"';
test.each([
  [['runners', 'disable', 'web-1'], 'web-1'],
  [['runners', 'revoke-token', 'web-1'], 'web-1'],
  [['runners', 'delete', 'web-1'], 'web-1'],
  [['packs', 'reject', 'linux-core@1.0.0', '--expect', HASH_B], typed],
])('T32: %j without a terminal needs --confirm NAME and changes nothing without it', async (argv, name) => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const env = environment(plane.url);
  for (const flags of [[], ['--yes'], ['--confirm', 'web-2']]) {
    const { code, err } = await verb([...argv, ...flags], { env });
    expect(code).toBe(2);
    expect(err).toContain('Nothing was changed');
    expect(err).toContain(name);
  }
  expect(mutations(plane)).toEqual([]);
  expect((await verb([...argv, '--confirm', name.replaceAll('"', '')], { env })).code).toBe(0);
  expect(mutations(plane)).toHaveLength(1);
});

test.each([
  [['keys', 'revoke', 'web-9']],
  [['runs', 'cancel', 'run_1']],
  [['packs', 'trust', 'linux-core@1.0.0', '--expect', HASH_B]],
])('T32: %j without a terminal needs --yes', async (argv) => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const env = environment(plane.url);
  const { code, err } = await verb(argv, { env });
  expect([code, err]).toEqual([2, expect.stringContaining('--yes')]);
  expect(mutations(plane)).toEqual([]);
  expect((await verb([...argv, '--yes'], { env })).code).toBe(0);
  expect(mutations(plane)).toHaveLength(1);
});

test('T3: on a terminal the name is typed, and anything else changes nothing', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const env = environment(plane.url);
  for (const wrong of ['\n', 'y\n', 'web-1 \n']) {
    expect((await verb(['runners', 'disable', 'web-1'], { env, terminal: true, typed: wrong })).code).toBe(2);
  }
  expect(mutations(plane)).toEqual([]);
  expect((await verb(['runners', 'disable', 'web-1'], { env, terminal: true, typed: 'web-1\n' })).code).toBe(
    0,
  );
});

test('TR3: trust sends the hash that was looked at, and a moved one is a conflict that changes nothing', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const env = environment(plane.url);
  expect(
    (await verb(['packs', 'trust', 'linux-core@1.0.0', '--expect', HASH_A, '--yes'], { env })).code,
  ).toBe(6);
  expect((await verb(['packs', 'trust', 'linux-core@1.0.0', '--yes'], { env })).code).toBe(2);
  expect(mutations(plane)).toEqual([]);
  expect(
    (await verb(['packs', 'trust', 'linux-core@1.0.0', '--expect', HASH_B, '--yes'], { env })).code,
  ).toBe(0);
  expect(plane.asked.at(-1)?.body).toEqual({ expected_hash: HASH_B });
});

test('trusting where a risk rises asks for the name', async () => {
  await using plane = await startControlPlane();
  answerAll(plane, true);
  const argv = ['packs', 'trust', 'linux-core@1.0.0', '--expect', HASH_B];
  const env = environment(plane.url);
  expect((await verb([...argv, '--yes'], { env })).code).toBe(2);
  expect((await verb([...argv, '--confirm', 'linux-core v1.0.0'], { env })).code).toBe(0);
});

function answerMint(plane: ControlPlane): void {
  plane.answer(mintEnrollmentKeys, ({ body }) => {
    const { hosts = [null] } = body as { hosts?: (string | null)[] };
    return {
      items: hosts.map((host, index) => ({
        key: enrollmentKey(`key_${index}`, { host }),
        secret: `emkey-auth-secret${index}`,
        command: ` curl -fsSL x | EMISAR_AUTH_KEY=emkey-auth-secret${index} sudo bash`,
        settings: hostSettings,
      })),
    };
  });
}

test('keys are minted one a host, from a file or stdin, and printed in each form once', async () => {
  await using plane = await startControlPlane();
  answerMint(plane);
  const env = environment(plane.url);
  const hosts = 'web-1 # first\n\n=web-2\nweb-1\n';
  const csv = await verb(
    ['keys', 'mint', '--hosts', '-', '--format', 'csv', '--expires', '24h', '--group', 'web'],
    { env, stdin: hosts },
  );
  expect(csv.out).toBe(
    "host,secret,expires_at,id\nweb-1,emkey-auth-secret0,,key_0\n'=web-2,emkey-auth-secret1,,key_1\n",
  );
  expect(csv.err).not.toContain('secret0');
  expect(plane.asked.at(-1)?.body).toEqual({
    hosts: ['web-1', '=web-2'],
    group: 'web',
    expires_in_seconds: 86_400,
  });
  const file = join(env['EMISAR_CONFIG_DIR'] ?? '', 'hosts');
  writeFileSync(file, 'db-1\n');
  expect((await verb(['keys', 'mint', '--hosts', file, '--format', 'plain'], { env })).out).toBe(
    'emkey-auth-secret0\n',
  );
  const shell = await verb(['keys', 'mint', '--hosts', file], { env });
  expect(shell.out).toBe('# db-1\n curl -fsSL x | EMISAR_AUTH_KEY=emkey-auth-secret0 sudo bash\n');
  expect(JSON.parse((await verb(['keys', 'mint', '--json'], { env })).out)).toMatchObject({
    items: [{ secret: 'emkey-auth-secret0' }],
  });
});

test('labels and packs are sent, and --output writes new files for this user alone', async () => {
  await using plane = await startControlPlane();
  answerMint(plane);
  const env = environment(plane.url);
  const folder = env['EMISAR_CONFIG_DIR'] ?? '';
  const [single, several] = [join(folder, 'hosts.yaml'), join(folder, 'user-data')];
  const argv = [
    'keys',
    'mint',
    '--hosts',
    '-',
    '--label',
    'role=db',
    '--label',
    'region=eu',
    '--packs',
    'a,b',
  ];
  const run = (...more: string[]) => verb([...argv, ...more], { env, stdin: 'web-1\nweb-2\n' });
  expect(await run('--format', 'ansible', '--output', single)).toMatchObject({ code: 0, out: '' });
  expect(plane.asked.at(-1)?.body).toEqual({
    hosts: ['web-1', 'web-2'],
    labels: { role: 'db', region: 'eu' },
    packs: ['a', 'b'],
  });
  expect(statSync(single).mode & 0o777).toBe(0o600);
  expect(readFileSync(single, 'utf8')).toContain('"web-2":');
  expect(await run('--format', 'cloud-init', '--output', several)).toMatchObject({ code: 0, out: '' });
  expect([statSync(several).mode & 0o777, readdirSync(several).sort()]).toEqual([
    0o700,
    ['web-1.user-data.yaml', 'web-2.user-data.yaml'],
  ]);
  const before = plane.asked.length;
  const taken = await run('--output', single);
  expect([taken.code, taken.err]).toEqual([2, expect.stringContaining('exists already')]);
  expect(plane.asked).toHaveLength(before);
  // What cannot be written is printed: it cannot be shown again.
  const lost = await run('--output', join(folder, 'no/such/folder'));
  expect([lost.code, lost.out]).toEqual([2, expect.stringContaining('emkey-auth-secret1')]);
});

test.each([
  [['keys', 'mint', '--count', '0'], '--count'],
  [['keys', 'mint', '--expires', 'soon'], '24h'],
  [['keys', 'mint', '--format', 'xml'], 'plain'],
  [['keys', 'mint', '--label', 'role'], 'key=value'],
  [['keys', 'mint', '--hosts', '/nowhere/at/all'], '/nowhere/at/all'],
  [['keys', 'mint', '--hosts', '-'], 'no host name'],
])('%j mints nothing and says why', async (argv, because) => {
  await using plane = await startControlPlane();
  const { code, err } = await verb(argv, { env: environment(plane.url) });
  expect([code, err]).toEqual([2, expect.stringContaining(because)]);
  expect(plane.asked).toEqual([]);
});

test('tokens are minted with the secret alone on stdout, and revoked by name', async () => {
  await using plane = await startControlPlane();
  plane.answer(mintToken, () => ({ token: operatorToken, secret: 'emop-new' }));
  plane.answer(listTokens, () => ({ items: [operatorToken], next_cursor: null, total: 1 }));
  const env = environment(plane.url);
  const minted = await verb(['tokens', 'mint', 'ci'], { env });
  expect(minted.out).toBe('emop-new\n');
  expect((await verb(['tokens', 'revoke', 'nope', '--yes'], { env })).code).toBe(5);
  expect((await verb(['tokens', 'revoke', 'ci'], { env })).code).toBe(2);
});
