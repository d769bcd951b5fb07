// Mail about approvals: to whom it goes, what it says, and what becomes of it at a real mail server.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MailServer as MailSettings } from '../../../src/cloud/notices/mail.ts';
import { createCertificate } from '../../support/certificate.ts';
import { startMailServer, type MailServer } from '../../support/mail-server.ts';
import { tokenOf } from '../../support/member-token.ts';
import { until } from '../../support/until.ts';
import { startToldCloud, type ToldCloud } from './told-cloud.ts';

let server: MailServer;
let told: ToldCloud;
const settings = (port: number, more: Partial<MailSettings> = {}): MailSettings => ({
  host: '127.0.0.1',
  port,
  secure: false,
  mustBeEncrypted: false,
  user: null,
  password: null,
  from: 'emisar@ops.example.net',
  ...more,
});
beforeEach(async () => {
  server = await startMailServer();
  told = await startToldCloud({ mail: settings(server.port) });
});
afterEach(async () => {
  await told[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const patch = (path: string, body: unknown, token?: string) =>
  told.cloud.call('PATCH', `/api/v1${path}`, body, token);
const member = async (name: string, role: 'admin' | 'operator' | 'viewer', access?: unknown) => {
  const token = await tokenOf(told.cloud, role, name);
  await patch(`/members/${name}`, { email: `${name}@example.net`, ...(access !== undefined && { access }) });
  return token;
};
const headOf = (raw: string) => raw.slice(0, raw.indexOf('\r\n\r\n'));
/** As a reader sees it: quoted-printable undone. */
const textOf = (raw: string) =>
  raw
    .slice(raw.indexOf('\r\n\r\n') + 4)
    .replace(/=\r\n/g, '')
    .replace(/(?:=[0-9A-F]{2})+/g, (hex) => Buffer.from(hex.replaceAll('=', ''), 'hex').toString('utf8'));
const recipients = () => server.mails.flatMap(({ to }) => to).toSorted();

test('NO7: a request is told to who may decide and reaches it, a decision to who asked', async () => {
  await told.host('web-1');
  await told.host('db-1', 'db');
  await told.trustDemo();
  const olga = await member('olga', 'operator');
  await member('ada', 'admin');
  await member('vera', 'viewer');
  await member('dora', 'operator', { runner_access: 'restricted', runner_selectors: ['group:db'] });
  await tokenOf(told.cloud, 'operator', 'nomail');
  await told.dispatch('demo.restart', ['web-1'], olga);
  await server.next(1);
  // Of the terms of the account: who asked may approve, and is told as well.
  expect(recipients()).toEqual(['ada@example.net', 'olga@example.net']);
  const asked = server.mails.find(({ to }) => to[0] === 'ada@example.net')?.raw ?? '';
  expect(headOf(asked)).toContain('From: emisar@ops.example.net');
  expect(headOf(asked)).toMatch(/Message-ID: <dlv_[0-9A-Z]+@ops\.example\.net>/);
  expect(headOf(asked)).toContain('Auto-Submitted: auto-generated');
  expect(headOf(asked)).toContain('Subject: Approval needed: demo.restart on web-1');
  const { body } = await told.cloud.call('GET', '/api/v1/approvals');
  const [request] = body.items as { id: string }[];
  expect(textOf(asked)).toContain(`emisar-console approvals show ${request?.id}`);

  await told.cloud.call('POST', `/api/v1/approvals/${request?.id}/deny`, { note: 'not today' });
  const decided = await server.next(2);
  expect(decided.to).toEqual(['olga@example.net']);
  expect(textOf(decided.raw)).toContain(
    'Denied by owner: demo.restart on web-1, asked for by olga: not today',
  );
});

test('C30: what a host or an operator wrote adds no line to the head of a letter and no receiver', async () => {
  await told.host('web-1 <x@example.org>, y@example.org');
  await told.trustDemo();
  await member('ada', 'admin');
  const reason = 'see\r\nBcc: eve@example.org\r\n\r\nfree money';
  await told.cloud.call('POST', '/api/v1/dispatches', { action_id: 'demo.restart', group: 'web', reason });
  const mail = await server.next();
  expect(mail.to).toEqual(['ada@example.net']);
  expect(headOf(mail.raw)).not.toMatch(/^bcc:/im);
  expect(headOf(mail.raw)).not.toMatch(/^(to|cc):.*example\.org/im);
  for (const email of [
    'eve@example.org\r\nBcc: x@example.org',
    'a@b.example, c@d.example',
    'Eve <eve@example.org>',
  ])
    expect(await patch('/me', { email })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('a member sets their own address; others see it only where they manage members', async () => {
  const viewer = await tokenOf(told.cloud, 'viewer', 'vera');
  expect((await patch('/me', { email: 'vera@example.net' }, viewer)).body).toMatchObject({
    name: 'vera',
    email: 'vera@example.net',
    you: true,
  });
  await patch('/me', { email: 'owner@example.net' });
  const list = async (token?: string) => {
    const { body } = await told.cloud.call('GET', '/api/v1/members', undefined, token);
    return (body.items as { email: string | null }[]).map(({ email }) => email);
  };
  expect(await list(viewer)).toEqual([null, 'vera@example.net']);
  expect(await list()).toEqual(['owner@example.net', 'vera@example.net']);
  expect(await patch('/members/owner', { email: 'x@example.net' }, viewer)).toMatchObject({ status: 403 });
  await patch('/members/vera', { email: null });
  expect(await list()).toEqual(['owner@example.net', null]);
  const events = (await told.cloud.auditEvents()).filter((event) => event === 'user.email_changed');
  expect(events).toHaveLength(3);
});

test('a letter that is not taken for now comes again under the same id; one refused for good is on record', async () => {
  await told.host('web-1');
  await told.trustDemo();
  await member('ada', 'admin');
  server.reply = (at) => (at === 'data' ? '451 later' : '250 ok');
  await told.dispatch('demo.restart', ['web-1']);
  const queued = () => told.cloud.cloud.database.read.selectFrom('notice_deliveries').selectAll().execute();
  await until('it was tried', async () => (await queued())[0]?.attempts === 1);
  expect(await queued()).toMatchObject([{ state: 'pending', last_error: 'the mail server answered 451' }]);
  server.reply = () => '250 ok';
  await until('it is taken', async () => {
    await told.cloud.clock.leap(5_000);
    return server.mails.length === 1;
  });
  expect((await server.next()).raw).toContain(`<${(await queued())[0]?.id}@`);

  server.reply = () => '550 no such person';
  await told.dispatch('demo.restart', ['web-1']);
  await until('on record', async () => (await told.cloud.auditEvents()).includes('mail.failed'));
  expect((await queued()).map(({ state }) => state).toSorted()).toEqual(['delivered', 'failed']);
});

test('where encryption is a must nothing is said in the clear; user and password go through it', async () => {
  const certificate = createCertificate([], ['127.0.0.1']);
  await using encrypted = await startMailServer(certificate);
  const signIn = { user: 'emisar', password: 'p@ss', mustBeEncrypted: true };
  const mail = settings(encrypted.port, signIn);
  await using secure = await startToldCloud({ mail, ca: certificate.cert });
  await secure.cloud.call('PATCH', '/api/v1/me', { email: 'owner@example.net' });
  await secure.host('web-1');
  await secure.trustDemo();
  await secure.dispatch('demo.restart', ['web-1']);
  expect(await encrypted.next()).toMatchObject({ wasEncrypted: true, signedInAs: 'emisar:p@ss' });
  expect(secure.cloud.logged.join('')).not.toContain('p@ss');

  await using clear = await startToldCloud({ mail: settings(server.port, signIn) });
  await clear.cloud.call('PATCH', '/api/v1/me', { email: 'owner@example.net' });
  await clear.host('web-1');
  await clear.trustDemo();
  await clear.dispatch('demo.restart', ['web-1']);
  const queued = () => clear.cloud.cloud.database.read.selectFrom('notice_deliveries').selectAll().execute();
  await until('it was tried', async () => (await queued())[0]?.attempts === 1);
  expect(await queued()).toMatchObject([
    { state: 'pending', last_error: expect.stringContaining('no encryption') },
  ]);
  expect(server.mails).toEqual([]);
});
