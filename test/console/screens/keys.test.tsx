import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  mintEnrollmentKeys,
  MintKeysBody,
  revokeEnrollmentKey,
} from '../../../src/protocol/api/enrollment-keys.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { CHECKS_AFTER_MS } from '../../../src/console/screens/mint-follow.ts';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { enrollmentKey, hostSettings, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const secretOf = (host: string) => `emkey-auth-${host.padEnd(43, '0')}`;

function serveMint(plane: ControlPlane): void {
  plane.answer(mintEnrollmentKeys, ({ body }) => {
    const { hosts = [], count = 0 } = MintKeysBody.parse(body);
    const names = hosts.length > 0 ? hosts : Array.from({ length: count }, (_, index) => `n${index}`);
    const items = names.map((name) => ({
      key: enrollmentKey(`key_${name}`, { host: hosts.length > 0 ? name : null }),
      secret: secretOf(name),
      command: ` EMISAR_AUTH_KEY=${secretOf(name)} emisar connect`,
      settings: hostSettings,
    }));
    return { items };
  });
}

async function mintFor(screen: ReturnType<typeof openScreen>, hosts: string): Promise<void> {
  await screen.shows(/● live[^]*▌ hosts/);
  screen.type(keys.paste(hosts) + keys.up);
  await screen.shows(/▌ +Mint/);
  screen.type(keys.enter);
  await screen.shows(/shown here only/);
}

test('the list shows which host used which key, and revokes behind the act menu', async () => {
  await using plane = await startControlPlane();
  const active = enrollmentKey('key_1', { host: 'web-7' });
  const spent = enrollmentKey('key_2', { state: 'spent', uses_count: 1, runner_id: 'rnr_1', host: 'web-1' });
  serveTopics(plane, { keys: [spent, active], runners: [runner('rnr_1', { name: 'web-one' })] });
  plane.answer(revokeEnrollmentKey, () => enrollmentKey('key_1', { state: 'revoked' }));
  await using screen = openScreen(plane.url, ':keys');
  const frame = await screen.shows(/✓ used +web-1.*web-one/);
  expect(frame.indexOf('◌ waiting')).toBeLessThan(frame.indexOf('✓ used'));
  await screen.shows(/a act/);
  screen.type('ax');
  await screen.shows(/minted for web-7/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/is revoked/);
  expect(plane.asked.find(({ path }) => path.endsWith('/revoke'))?.params).toEqual({ id: 'key_1' });
});

test('a pasted list of hosts gives one key each; every row follows its own key until the host is online', async () => {
  await using plane = await startControlPlane();
  const served = serveTopics(plane);
  serveMint(plane);
  await using screen = openScreen(plane.url, ':keys mint');
  await mintFor(screen, 'a-1\na-2\na-1, a-3\n');
  expect(plane.asked.find(({ method }) => method === 'POST')?.body).toEqual({
    hosts: ['a-1', 'a-2', 'a-3'],
    expires_in_seconds: 86_400,
  });
  expect(screen.frame()).toMatch(/a-1[^\n]*◌ waiting[^]*a-2[^\n]*◌ waiting[^]*a-3/);
  await served.tell('fleet', {
    type: 'runner.connected',
    runner: runner('rnr_5', { name: 'web-2', packs_count: 3 }),
  });
  await served.tell('enrollment_keys', {
    type: 'enrollment_key.changed',
    key: enrollmentKey('key_a-2', { host: 'a-2', state: 'spent', uses_count: 1, runner_id: 'rnr_5' }),
  });
  const frame = await screen.shows(/a-2[^\n]*● online +as web-2, 3 packs/);
  expect(frame).toMatch(/a-1[^\n]*◌ waiting/);
});

test('a host that is late gets three checks', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  serveMint(plane);
  await using screen = openScreen(plane.url, ':keys mint');
  await mintFor(screen, 'late later c d e f g h i j');
  expect(screen.frame()).not.toMatch(/journalctl/);
  screen.pass(CHECKS_AFTER_MS);
  await screen.shows(
    /0 of 10 hosts arrived · waiting for late, later, [^]*1 Can the host reach[^]*2 Was the whole line[^]*3 Is the service[^]*shown here only/,
  );
  screen.type('v');
  await screen.shows(/as cloud-init[^]*2 Was it started with its user-data/);
});

test('leaving asks once while a secret is neither copied nor written, and then lets go of it', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  serveMint(plane);
  await using screen = openScreen(plane.url, ':keys');
  await screen.shows(/n new keys/);
  screen.type('n');
  await mintFor(screen, 'b-1 b-2');
  expect(screen.frame()).toContain(secretOf('b-1'));
  screen.type('1');
  await screen.shows(/╭ Forget 2 secrets/);
  screen.pass(DEAF_MS);
  screen.type(keys.enter);
  await screen.hides(/╭/);
  screen.type(keys.escape);
  await screen.shows(/╭ Forget/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  const frame = await screen.shows(/▌? *STATE|No enrollment key yet/);
  expect(frame).not.toContain('emkey-auth-b-1');
  screen.type('n');
  await screen.shows(/▌ hosts/);
  expect(screen.frame()).not.toContain('emkey-auth-b-1');
});

test('w writes every command to a file of mode 0600; nothing asks after that', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  serveMint(plane);
  const folder = mkdtempSync(join(tmpdir(), 'emisar-keys-'));
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  await using screen = openScreen(plane.url, ':keys mint');
  await mintFor(screen, 'c-1 c-2');
  screen.type('w');
  await screen.shows(/Wrote 2 commands as shell/);
  cwd.mockRestore();
  const [name = ''] = readdirSync(folder);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, name), 'utf8')).toBe(
    `# c-1\n EMISAR_AUTH_KEY=${secretOf('c-1')} emisar connect\n# c-2\n EMISAR_AUTH_KEY=${secretOf('c-2')} emisar connect\n`,
  );
  rmSync(folder, { recursive: true });
  screen.type('1');
  await screen.shows(/Fleet[^]*No runner yet/);
});

test('the form of the keys is chosen before or after minting; cloud-init is a file a host, for this user alone', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  serveMint(plane);
  const folder = mkdtempSync(join(tmpdir(), 'emisar-keys-'));
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  await using screen = openScreen(plane.url, ':keys mint', { columns: 110 });
  await screen.shows(/● live[^]*▌ hosts/);
  screen.type(`${keys.paste('c-1 c-2')}${keys.tab}c`);
  await screen.shows(/▌ form +‹ cloud-init ›/);
  screen.type(keys.up + keys.up + keys.enter);
  await screen.shows(/shown here only/);
  expect(screen.frame()).toMatch(/as cloud-init[^]*EMISAR_AUTH_KEY="emkey-auth-c-1/);
  screen.type('Y');
  await screen.shows(/each host gets one of its own/);
  screen.type('w');
  await screen.shows(/Wrote 2 keys as cloud-init/);
  screen.type('vw');
  await screen.shows(/Wrote 2 keys as ansible/);
  cwd.mockRestore();
  expect(readdirSync(folder).sort()).toEqual(['emisar-inventory.yaml', 'emisar-keys']);
  const inside = join(folder, 'emisar-keys');
  expect(statSync(inside).mode & 0o777).toBe(0o700);
  expect(readdirSync(inside).sort()).toEqual(['c-1.user-data.yaml', 'c-2.user-data.yaml']);
  const [first, second] = ['c-1', 'c-2'].map((host) =>
    readFileSync(join(inside, `${host}.user-data.yaml`), 'utf8'),
  );
  expect(statSync(join(inside, 'c-1.user-data.yaml')).mode & 0o777).toBe(0o600);
  expect([first?.includes(secretOf('c-2')), second?.includes(secretOf('c-2'))]).toEqual([false, true]);
  rmSync(folder, { recursive: true });
});

test('T24: y and Y put commands on the clipboard by OSC 52, and the rows say so', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  serveMint(plane);
  const written: string[] = [];
  const write = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => written.push(String(text)) > 0);
  await using screen = openScreen(plane.url, ':keys mint');
  await mintFor(screen, 'd-1 d-2');
  screen.type('y');
  await screen.shows(/d-1[^\n]*✓ kept[^]*d-2[^\n]*– /);
  screen.type('Y');
  await screen.shows(/d-2[^\n]*✓ kept/);
  write.mockRestore();
  const copied = written.join('').matchAll(/\u001b\]52;c;([^\u0007]*)\u0007/g);
  const texts = [...copied].map(([, encoded = '']) => Buffer.from(encoded, 'base64').toString());
  expect(texts[0]).toBe(` EMISAR_AUTH_KEY=${secretOf('d-1')} emisar connect`);
  expect(texts[1]).toContain(secretOf('d-2'));
});

test('what cannot be minted is said in the form, which stays as it was', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane);
  plane.answer(mintEnrollmentKeys, () => {
    throw new Problem('insufficient_privileges');
  });
  await using screen = openScreen(plane.url, ':keys mint');
  await screen.shows(/▌ hosts/);
  screen.type(
    `${keys.tab.repeat(2)}501${keys.tab.repeat(2)}x${keys.tab}${keys.tab}a b${keys.up.repeat(7)}${keys.enter}`,
  );
  await screen.shows(/✗ a whole number from 1 to 500[^]*✗ from 1m to 366d[^]*✗ key=value/);
  const wiped = '\u007f'.repeat(4);
  screen.type(`${wiped}2${keys.tab.repeat(2)}${wiped}1h${keys.tab.repeat(2)}${wiped}a=b${keys.up.repeat(7)}`);
  await screen.shows(/▌ +Mint 2 keys/);
  screen.type(keys.enter);
  await screen.shows(/✗ Cannot do this: your role[^]*insufficient_privileges[^]*keys +2/);
});

test('T6: a viewer is told that keys are not for this role', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, {}, 'viewer');
  await using screen = openScreen(plane.url, ':keys mint');
  await screen.shows(/You may not mint keys/);
});
