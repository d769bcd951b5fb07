// What speaks for one: tokens seen, minted once, ended; devices that wait for their code to be typed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { approveDevice, denyDevice, listDevices } from '../../../src/protocol/api/devices.ts';
import { mintToken, revokeToken, type OperatorToken } from '../../../src/protocol/api/session.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { device } from '../support/account-rows.ts';
import { toldToken } from '../support/decision-rows.ts';
import { AT, operatorToken, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const SECRET = `emop-${'s'.repeat(43)}`;
const here: OperatorToken = { ...operatorToken, id: 'tok_1', name: 'laptop', current: true };

function serve(plane: ControlPlane, role: Role = 'owner'): void {
  const old = { ...operatorToken, id: 'tok_3', name: 'old', revoked_at: AT };
  const ofAda = { ...here, id: 'tok_9', member_id: 'mem_9', member_name: 'ada' };
  const tokens = [operatorToken, old, here, ...(role === 'owner' ? [ofAda] : [])].map(toldToken);
  const runners = [runner('rnr_1', { name: 'web-1', group: 'web' })];
  const served = serveTopics(plane, { runners, tokens }, role);
  plane.answer(revokeToken, ({ params }) => {
    const token = { ...operatorToken, id: String(params['id']), revoked_at: AT };
    void served.tell('keys', { type: 'token.revoked', token: toldToken(token) });
    return token;
  });
  plane.answer(mintToken, ({ body }) => ({
    token: { ...operatorToken, name: (body as { name: string }).name },
    secret: SECRET,
  }));
}
const posted = (plane: ControlPlane) => plane.asked.filter(({ method }) => method === 'POST');

test('tokens stand with the one in use here on top; revoking another takes a second key', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':tokens');
  await screen.shows(/Tokens › yours[^]*● in use here +laptop[^]*● active +ci[^]*✗ revoked +old[^]*a act/);
  screen.type('ja');
  await screen.shows(/x +Revoke…/);
  screen.type('x');
  await screen.shows(/Every console and script that uses it is out at once[^]*▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/ci is revoked/);
  await screen.shows(/in use here[^]*✗ revoked +ci/);
  expect(posted(plane).map(({ path }) => path)).toEqual([expect.stringMatching(/tokens\/tok_2\/revoke$/)]);
});

test('ending the token that this console uses takes its name', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':tokens');
  await screen.shows(/▌ +● in use here[^]*a act/);
  screen.type('ax');
  await screen.shows(/you are signed out at[^]*Type +laptop/);
  screen.pass(DEAF_MS);
  screen.type(keys.enter);
  screen.type(`laptop${keys.enter}`);
  await screen.shows(/laptop is revoked/);
});

test('who manages tokens looks at those of everybody; an operator is not offered it', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':tokens');
  await screen.shows(/▌ +● in use here[^]*a act/);
  screen.type('t');
  await screen.shows(/everybody’s[^]*OF[^]*laptop +ada/);
  screen.type(keys.escape);
  await screen.shows(/Tokens › yours/);
  await using other = await startControlPlane();
  serve(other, 'operator');
  await using own = openScreen(other.url, ':tokens');
  await own.shows(/▌ +● in use here[^]*a act/);
  own.type('t');
  await own.shows(/t does nothing here/);
});

test('minting sends what is typed, shows the secret once, and asks before it is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-token-'));
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  try {
    await using plane = await startControlPlane();
    serve(plane);
    await using screen = openScreen(plane.url, ':tokens');
    await screen.shows(/n new token/);
    screen.type('n');
    await screen.shows(/▌ name/);
    screen.type(`ci${keys.tab.repeat(2)}web-9${keys.tab.repeat(2)}`);
    await screen.shows(/▌ +Mint the token/);
    screen.type(keys.enter);
    await screen.shows(/there is no runner or group web-9/);
    screen.type(`\u0015web web-1${keys.tab}linux-core${keys.tab}`);
    await screen.shows(/▌ +Mint the token/);
    screen.type(keys.enter);
    await screen.shows(new RegExp(`${SECRET}[^]*shown here only[^]*login --url`));
    expect(posted(plane)[0]?.body).toEqual({
      name: 'ci',
      expires_in_seconds: 90 * 86_400,
      scope: {
        runner_access: 'restricted',
        runner_selectors: ['group:web', 'runner:rnr_1'],
        pack_access: 'restricted',
        pack_ids: ['linux-core'],
      },
    });
    screen.type('q');
    await screen.shows(/1 token was neither copied nor/);
    screen.pass(DEAF_MS);
    screen.type(keys.escape);
    await screen.hides(/╭/);
    screen.type('w');
    await screen.shows(/Wrote the token to/);
    const [file = ''] = readdirSync(folder);
    expect(readFileSync(join(folder, file), 'utf8')).toBe(`${SECRET}\n`);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    screen.type('q');
    await screen.shows(/Tokens › yours/);
    expect(screen.frame()).not.toContain(SECRET);
  } finally {
    cwd.mockRestore();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a waiting device is shown with host and address, and signed in by its code alone', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  let waiting = [device];
  plane.answer(listDevices, () => ({ items: waiting }));
  plane.answer(approveDevice, ({ body }) => {
    if ((body as { user_code: string }).user_code !== 'BCDF-GHJK') throw new Problem('not_found');
    waiting = [];
    return device;
  });
  await using screen = openScreen(plane.url, ':devices');
  await screen.shows(/▌ +▲ waiting +laptop +10\.0\.0\.4[^]*a act/);
  screen.type(keys.enter);
  await screen.shows(/d +Send away…[^]*p +Sign in as me…/);
  screen.type('p');
  await screen.shows(/Sign in laptop on 127[^]*laptop at 10\.0\.0\.4 gets a token that speaks for you/);
  screen.type(`wrong${keys.enter}`);
  await screen.shows(/not_found/);
  screen.type(`\u0015BCDF-GHJK${keys.enter}`);
  await screen.shows(/laptop is signed in as you/);
  await screen.shows(/No device waits/);
  expect(posted(plane).at(-1)?.body).toEqual({ user_code: 'BCDF-GHJK', device_id: 'dev_1' });
});

test('a device that comes later appears by itself; sending it away takes its code too', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  let waiting: (typeof device)[] = [];
  plane.answer(listDevices, () => ({ items: waiting }));
  plane.answer(denyDevice, () => device);
  await using screen = openScreen(plane.url, ':devices');
  await screen.shows(/No device waits to be signed in[^]*emisar-console login --url/);
  waiting = [device];
  screen.pass(6000);
  await screen.shows(/▌ +▲ waiting +laptop[^]*a act/);
  screen.type('ad');
  await screen.shows(/Type the code that it shows/);
  screen.type(`BCDFGHJK${keys.enter}`);
  await screen.shows(/laptop was sent away/);
});

test('9 leads to every screen without a tab, by its letter', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(listDevices, () => ({ items: [] }));
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-1/);
  expect(screen.frame()).toMatch(/1 Fleet +2 Packs +3 Runs +4 Approvals +5 Keys +6 Team .*9 More/);
  screen.type('9');
  await screen.shows(/t +Tokens +:tokens[^]*v +Devices[^]*x +Troubleshooting[^]*p +Profiles/);
  screen.type('v');
  await screen.shows(/Devices › waiting to sign in/);
});
