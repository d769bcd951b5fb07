// The settings of notices: flags, and a mail server that is never named on the command line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNoticeConfig, type NoticeFlags } from '../../../src/cloud/notice-config.ts';

const from = { mailFrom: 'emisar@example.net' };
const mailOf = (url: string, flags: NoticeFlags = from) =>
  readNoticeConfig(flags, { EMISAR_SMTP_URL: url }).mail;

test.each([
  ['smtps://mail.example.net', { port: 465, secure: true, mustBeEncrypted: true, user: null }],
  ['smtp://mail.example.net', { port: 587, secure: false, mustBeEncrypted: true }],
  ['smtp://u%40x:p%3Aw@mail.example.net:2525', { port: 2525, user: 'u@x', password: 'p:w' }],
  ['smtp://127.0.0.1:25', { host: '127.0.0.1', mustBeEncrypted: false }],
  ['smtp://[::1]:25', { host: '::1', mustBeEncrypted: false }],
])('%s is read', (url, expected) => {
  expect(mailOf(url)).toMatchObject({ ...expected, from: 'emisar@example.net' });
});

test('the address of the mail server may stand in a file; without one there is no mail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-smtp-'));
  const file = join(folder, 'smtp');
  writeFileSync(file, 'smtps://u:p@mail.example.net\n');
  expect(readNoticeConfig(from, { EMISAR_SMTP_URL_FILE: file }).mail).toMatchObject({
    user: 'u',
    password: 'p',
  });
  expect(readNoticeConfig({}, {}).mail).toBeNull();
  rmSync(folder, { recursive: true });
  expect(() => readNoticeConfig(from, { EMISAR_SMTP_URL_FILE: file })).toThrow(/EMISAR_SMTP_URL_FILE/);
});

test.each<[string, NoticeFlags, Record<string, string>, string]>([
  ['a sender without a server', from, {}, '--mail-from'],
  ['a server without a sender', {}, { EMISAR_SMTP_URL: 'smtps://mail.example.net' }, '--mail-from'],
  [
    'two senders',
    { mailFrom: 'a@b.net, c@d.net' },
    { EMISAR_SMTP_URL: 'smtps://m.example.net' },
    '--mail-from',
  ],
  ['another protocol', from, { EMISAR_SMTP_URL: 'https://u:hidden@mail.example.net' }, 'EMISAR_SMTP_URL'],
  [
    'a password that is not encoded',
    from,
    { EMISAR_SMTP_URL: 'smtps://u:hidden%zz@mail.example.net' },
    '%25',
  ],
  ['no address', from, { EMISAR_SMTP_URL: 'hidden' }, 'EMISAR_SMTP_URL'],
  ['a list that is none', { noticesAllow: 'intranet' }, {}, '--notices-allow'],
  ['an authority that is not there', { noticesCa: '/nowhere.pem' }, {}, '--notices-ca'],
])('%s is refused by name, without saying what stood there', (_what, flags, env, names) => {
  const attempt = () => readNoticeConfig(flags, env);
  expect(attempt).toThrow(names);
  expect(attempt).not.toThrow(/hidden/);
});
